//! Why a case ended early, and everything a reader needs to act on it.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::exchange::Exchange;

/// Whether a failure is of what the case checks or of what it needed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Something that the case needed before it could look; the requirement named is the one that stood in the way.
    Setup,
    /// What the case is about.
    Check,
}

/// One broken requirement, with its evidence.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// The requirement that is broken.
    pub requirement: &'static str,
    /// Of the case's subject, or of its setup.
    pub phase: Phase,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What the requirement asks for.
    pub expected: String,
    /// What the target did.
    pub actual: String,
    /// The request and the answer that show it.
    pub exchange: Option<Arc<Exchange>>,
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
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (expected {}, got {})", self.requirement, self.message, self.expected, self.actual)
    }
}

/// Why a case ends before its end.
#[derive(Debug, Clone)]
pub enum Stop {
    /// A requirement is broken.
    Failed(Box<Failure>),
    /// The case cannot be set up here, for that reason.
    Skipped(String),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Failed(Box::new(failure))
    }
}

/// The outcome of a step of a case.
pub type Checked<T = ()> = Result<T, Stop>;

/// Marks the steps that a case needs before it can look at its subject.
pub trait Setup {
    /// The same outcome; a failure in it counts as one of the setup.
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
