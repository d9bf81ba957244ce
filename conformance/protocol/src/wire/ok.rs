//! The answer of a call that returns no data.

use serde::{Deserialize, Serialize};

/// The answer of every call that returns no data.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct OkAnswer {
    /// Always true.
    pub ok: bool,
}
