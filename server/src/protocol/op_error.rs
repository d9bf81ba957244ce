//! Why one op of a batch is refused.

/// Why one op is refused while the rest of its batch goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpError {
    pub(crate) code: OpErrorCode,
    pub(crate) message: String,
}

/// The `errorCode` of a refused op, as far as this server uses them.
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
