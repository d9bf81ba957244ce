//! A version, counted from the head or from the start.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A version, as a number or relative to the head: `3`, or `"head"`, `"head-2"`, `"head+1"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
pub enum VersionRef {
    /// The version with this number.
    At(u64),
    /// The current head plus this number; never less than 0.
    Head(i64),
}

/// The form in a file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    Number(u64),
    Text(String),
}

impl VersionRef {
    /// The version that it means when the head is at this one.
    #[must_use]
    pub fn version(self, head: u64) -> u64 {
        match self {
            VersionRef::At(version) => version,
            VersionRef::Head(over) => head.saturating_add_signed(over),
        }
    }
}

impl From<VersionRef> for Written {
    fn from(mark: VersionRef) -> Written {
        match mark {
            VersionRef::At(version) => Written::Number(version),
            VersionRef::Head(0) => Written::Text("head".to_owned()),
            VersionRef::Head(over) => Written::Text(format!("head{over:+}")),
        }
    }
}

impl TryFrom<Written> for VersionRef {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let text = match written {
            Written::Number(version) => return Ok(VersionRef::At(version)),
            Written::Text(text) => text,
        };
        let over = match text.strip_prefix("head") {
            Some("") => Some(0),
            Some(over) if over.starts_with(['+', '-']) => over.parse().ok(),
            _ => None,
        };
        over.map(VersionRef::Head)
            .ok_or_else(|| format!("`{text}` is no version: 3, \"head\", \"head-2\" or \"head+1\""))
    }
}
