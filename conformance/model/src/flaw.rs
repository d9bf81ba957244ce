//! Flaws: why a single op can be invalid.

use super::push_result::ErrorCode;
use syncproof_protocol::table::MAX_PAYLOAD_BYTES;

/// Why an op is refused, regardless of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Flaw {
    /// The table does not exist (`push.unknown-table`).
    #[error("unknown table")]
    UnknownTable,
    /// The pk is empty, which a server may refuse (`push.text-exact`).
    #[error("pk is empty")]
    EmptyPk,
    /// The payload of a put is not an object (`push.payload-object`).
    #[error("payload has to be an object")]
    NotAnObject,
    /// A required field is missing (`push.payload-schema`).
    #[error("{0} is required")]
    Missing(&'static str),
    /// A field has a wrong type (`push.payload-schema`).
    #[error("{0} has the wrong type")]
    WrongType(&'static str),
    /// The payload names another record (`push.pk-matches-payload`).
    #[error("{0} differs from pk")]
    PkDiffers(&'static str),
    /// The payload is too large (`push.large-payload`).
    #[error("payload is over {MAX_PAYLOAD_BYTES} bytes")]
    TooLarge,
    /// The write names another user (`notification.no-forging`).
    #[error("a notification is written by the user whom it names")]
    NamesAnother,
}

impl Flaw {
    /// The error code in the result of the op.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::TooLarge => ErrorCode::Oversized,
            Self::NamesAnother => ErrorCode::Unauthorized,
            _ => ErrorCode::ValidationError,
        }
    }
}
