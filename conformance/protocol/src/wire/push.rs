//! The answer to `POST /api/sync/push`: one result for each op.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::field::{optional_whole, whole};

/// `POST /api/sync/push`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PushAnswer {
    /// One for each op, in the order of the ops.
    pub results: Vec<OpResult>,
    /// At least the highest version in the results and at most the head.
    #[serde(deserialize_with = "whole")]
    pub server_version: u64,
}

/// The result of one op.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpResult {
    /// The op's idempotency key.
    pub op_id: String,
    /// Whether the op is in the change log.
    pub success: bool,
    /// Its version there.
    #[serde(default, deserialize_with = "optional_whole")]
    pub server_version: Option<u64>,
    /// A sentence for humans.
    pub error: Option<String>,
    /// The kind of failure.
    pub error_code: Option<ErrorCode>,
    /// Whether the op won.
    pub applied: Option<bool>,
    /// Whether the op was known already.
    pub replayed: Option<bool>,
    /// The winning write, if this one lost.
    pub winner: Option<Value>,
    /// The payload of the winning write.
    pub payload: Option<Value>,
}

/// The kinds of failure of one op.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs)] // the protocol names them and says no more
pub enum ErrorCode {
    ValidationError,
    Unauthorized,
    Conflict,
    NotFound,
    RateLimited,
    Oversized,
    NetworkError,
    ServerError,
    Unknown,
}
