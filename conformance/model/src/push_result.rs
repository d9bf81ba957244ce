//! The result of a push for one op.

use super::record::Record;

/// Why an op failed. The protocol has more codes; the model needs these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The op is invalid.
    ValidationError,
    /// Its `opId` belongs to another op.
    Conflict,
    /// Its payload is too large.
    Oversized,
    /// The user may not write it.
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

/// The outcome of one op.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is in the log.
    Accepted {
        /// Its version: a new one, or the earlier one if it was known (`op.replay-same-version`).
        version: u64,
        /// Whether it won when it arrived.
        applied: bool,
        /// Whether it was in an earlier batch.
        replayed: bool,
        /// The winning record, if it lost (`lww.loser-told`).
        winner: Option<Record>,
    },
    /// It changed nothing and got no version.
    Refused {
        /// The kind of failure.
        code: ErrorCode,
        /// The reason, for humans.
        error: String,
    },
}

/// One op's result (`push.results-mirror-ops`).
#[derive(Clone, Debug, PartialEq)]
pub struct PushResult {
    /// The id of the op.
    pub op_id: String,
    /// Its outcome.
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
