//! The status of a case, and whether it is the same in every run.

use serde::{Deserialize, Serialize};

/// The status of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Everything that it checked holds.
    Passed,
    /// A SHOULD is broken.
    Warned,
    /// A core operation that it needs does not work at all; its reason names it.
    Blocked,
    /// A MUST is broken.
    Failed,
    /// It could not be set up; its reason says why.
    Skipped,
    /// The target does not have a capability that it needs.
    NotApplicable,
    /// The run ended before the case did.
    NotRun,
}

impl Status {
    /// The word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Status::Passed => "passed",
            Status::Warned => "warned",
            Status::Blocked => "blocked",
            Status::Failed => "failed",
            Status::Skipped => "skipped",
            Status::NotApplicable => "not_applicable",
            Status::NotRun => "not_run",
        }
    }
}

/// Whether a case has the same status in every run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stability {
    /// It had the same status every time.
    Deterministic,
    /// It had different statuses, although only the names of its users changed.
    Flaky,
}

impl Stability {
    /// The word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Stability::Deterministic => "deterministic",
            Stability::Flaky => "flaky",
        }
    }
}
