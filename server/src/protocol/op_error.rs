//! Why one op of a batch is refused.

/// The error of one op; the rest of its batch is not affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpError {
    pub(crate) code: OpErrorCode,
    pub(crate) message: String,
}

/// The `errorCode` of a refused op: those of the protocol that this server uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpErrorCode {
    Validation,
    Oversized,
    Conflict,
    Unauthorized,
}

impl OpErrorCode {
    /// The name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Validation => "VALIDATION_ERROR",
            Self::Oversized => "OVERSIZED",
            Self::Conflict => "CONFLICT",
            Self::Unauthorized => "UNAUTHORIZED",
        }
    }
}
