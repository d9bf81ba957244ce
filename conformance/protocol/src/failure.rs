//! Why a case ended early: a broken requirement with its evidence, or a reason to skip.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::exchange::Exchange;

/// Whether a failure is in the check or in the setup before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The setup failed; the failure names the requirement that prevented it.
    Setup,
    /// The check failed.
    Check,
}

/// One broken requirement, with its evidence.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// The requirement that is broken.
    pub requirement: &'static str,
    /// Whether the check itself failed, or the setup before it.
    pub phase: Phase,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What the requirement asks for.
    pub expected: String,
    /// What the target did.
    pub actual: String,
    /// The request and the answer that show it.
    pub exchange: Option<Arc<Exchange>>,
    /// The id of another case whose request got that answer: both have to run to repeat the failure.
    #[serde(skip)]
    pub found_in: Option<String>,
}

impl Failure {
    /// A failed check without an exchange.
    pub fn new(
        requirement: &'static str,
        message: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Self {
        Failure {
            requirement,
            phase: Phase::Check,
            message: message.into(),
            expected: expected.into(),
            actual: actual.into(),
            exchange: None,
            found_in: None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (expected {}, got {})", self.requirement, self.message, self.expected, self.actual)
    }
}

/// Why a case ends early.
#[derive(Debug, Clone)]
pub enum Stop {
    /// A requirement is broken.
    Failed(Box<Failure>),
    /// The case cannot be set up, with the reason.
    Skipped(String),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Failed(Box::new(failure))
    }
}

/// The outcome of a step of a case.
pub type Checked<T = ()> = Result<T, Stop>;

/// Marks the steps of a case that belong to its setup.
pub trait Setup {
    /// The same outcome, in which a failure counts as one of the setup.
    #[must_use]
    fn in_setup(self) -> Self;
}

impl<T> Setup for Checked<T> {
    fn in_setup(self) -> Self {
        self.map_err(|stop| match stop {
            Stop::Failed(mut failure) => {
                failure.phase = Phase::Setup;
                Stop::Failed(failure)
            }
            Stop::Skipped(reason) => Stop::Skipped(reason),
        })
    }
}
