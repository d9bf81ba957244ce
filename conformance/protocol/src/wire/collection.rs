//! The calls that collect what is no longer needed.

use serde::{Deserialize, Serialize};

/// What a collection removes. There is one call for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Collected {
    /// Entries of the log.
    Log,
    /// Tombstones.
    Tombstones,
}
