//! Why one op of a batch is refused.

use serde::Serialize;

/// The error of one op; the rest of its batch is not affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpError {
    pub(crate) code: OpErrorCode,
    pub(crate) message: String,
}

/// The `errorCode` of a refused op: those of the protocol that this server uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum OpErrorCode {
    #[serde(rename = "VALIDATION_ERROR")]
    Validation,
    Oversized,
    Conflict,
    Unauthorized,
}
