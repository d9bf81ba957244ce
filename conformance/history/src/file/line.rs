//! One line of the file, as it is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of the format that this suite writes and reads.
pub const FORMAT: u32 = 1;

/// One line of the file of a history.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Line {
    /// The first line.
    Header(Header),
    /// One request, and its answer if one came.
    Call(CallLine),
    /// A time in which the server or the network was disturbed.
    Fault(FaultLine),
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The version of the format: 1.
    pub syncproof_history: u32,
    /// What wrote the file.
    pub made_by: Option<String>,
    /// Which server was asked.
    pub target: Option<String>,
}

/// One request, and its answer if one came.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallLine {
    /// Who sent it. A client waits for an answer, or gives up on it, before it sends the next request.
    pub client: String,
    /// Whose credential it bore, by any name that no other user has; none for a request without one.
    pub user: Option<String>,
    /// When it was sent, in microseconds.
    pub began_us: u64,
    /// When the whole answer had arrived, in microseconds. None if no answer came: it may be carried out at any time later.
    pub ended_us: Option<u64>,
    /// `GET`, `POST`, `PATCH` or `DELETE`.
    pub method: String,
    /// The path, without the address of the server.
    pub path: String,
    /// The body that was sent.
    pub sent: Option<Value>,
    /// The status of the answer. 2xx counts as done, 4xx as refused and without effect, all else as unknown.
    pub status: Option<u16>,
    /// The body of the answer.
    pub saw: Option<Value>,
}

/// A time in which the server or the network was disturbed.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultLine {
    /// What was done, such as `kill`, `stop` or `full disk`.
    pub fault: String,
    /// When it began, in microseconds.
    pub began_us: u64,
    /// When it was over, in microseconds.
    pub ended_us: Option<u64>,
}

/// The JSON schema of a line.
#[must_use]
pub fn schema() -> String {
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(Line)).unwrap_or_default();
    text.push('\n');
    text
}
