//! What a push answers for one op.

use super::record::Record;

/// Why an op failed. The wire knows more words; the model needs these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The op itself is not in order.
    ValidationError,
    /// Its `opId` is taken by another op.
    Conflict,
    /// Its payload is too large.
    Oversized,
    /// It is not this user's to write.
    Unauthorized,
}

impl ErrorCode {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::ValidationError => "VALIDATION_ERROR",
            Self::Conflict => "CONFLICT",
            Self::Oversized => "OVERSIZED",
            Self::Unauthorized => "UNAUTHORIZED",
        }
    }
}

/// What became of one op.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It stands in the log.
    Accepted {
        /// Its version: a new one, or the first one if it was known (`op.replay-same-version`).
        version: u64,
        /// Whether it won when it arrived.
        applied: bool,
        /// Whether an earlier batch had brought it.
        replayed: bool,
        /// The record that beat it, if it lost (`lww.loser-told`).
        winner: Option<Record>,
    },
    /// It changed nothing and took no version.
    Refused {
        /// The kind of failure.
        code: ErrorCode,
        /// The reason, for a person.
        error: String,
    },
}

/// One op's result (`push.results-mirror-ops`).
#[derive(Clone, Debug, PartialEq)]
pub struct PushResult {
    /// The op that it answers.
    pub op_id: String,
    /// What became of it.
    pub outcome: Outcome,
}

impl PushResult {
    /// The version that the op has, if it was accepted.
    pub fn version(&self) -> Option<u64> {
        match self.outcome {
            Outcome::Accepted { version, .. } => Some(version),
            Outcome::Refused { .. } => None,
        }
    }
}
