//! What became of a case, and whether it comes to one end only.

use serde::Serialize;

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Everything it looked at holds.
    Passed,
    /// A SHOULD is broken.
    Warned,
    /// A MUST is broken.
    Failed,
    /// It could not be set up here; its reason says why.
    Skipped,
    /// The target does not have a capability that it needs.
    NotApplicable,
    /// The run ended before it did.
    NotRun,
}

/// Whether a case comes to one end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stability {
    /// It came to the same end every time.
    Deterministic,
    /// It came to different ends, although nothing about it had changed but the names of its users.
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
