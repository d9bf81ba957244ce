//! The answer of a call that returns nothing but that it succeeded.

use serde::{Deserialize, Serialize};

/// The answer of every call that only has to succeed.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct OkAnswer {
    /// Always true.
    pub ok: bool,
}
