//! Flaws: what can be wrong with an op by itself.

use super::push_result::ErrorCode;
use syncproof_protocol::table::MAX_PAYLOAD_BYTES;

/// Why an op is refused, whatever else stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Flaw {
    /// There is no such table (`push.unknown-table`).
    #[error("unknown table")]
    UnknownTable,
    /// The pk is empty, which a server may refuse (`push.text-exact`).
    #[error("pk is empty")]
    EmptyPk,
    /// A put's payload is no object (`push.payload-object`).
    #[error("payload has to be an object")]
    NotAnObject,
    /// A required field is not there (`push.payload-schema`).
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
    /// The kind of failure that the op's result tells.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::TooLarge => ErrorCode::Oversized,
            Self::NamesAnother => ErrorCode::Unauthorized,
            _ => ErrorCode::ValidationError,
        }
    }
}
