//! What a campaign finds: a sequence that was shrunk, and what it shows.

use super::performance::Finding;
use crate::sequence::Step;

/// What a campaign found.
#[derive(Debug, Clone)]
pub struct Found<F = Finding> {
    /// The number of the sequence.
    pub sequence: u64,
    /// How many steps it had.
    pub steps: usize,
    /// The result of shrinking it.
    pub shrunk: Shrunk<F>,
    /// How long shrinking took, in seconds.
    pub shrinking_seconds: f64,
}

/// The shortest sequence that was found to show a finding.
#[derive(Debug, Clone)]
pub struct Shrunk<F = Finding> {
    /// The steps.
    pub steps: Vec<Step>,
    /// What it shows.
    pub finding: F,
    /// Whether the finding happened again: one that does not is flaky. None when it was not tried.
    pub repeats: Option<bool>,
    /// How many requests shrinking took.
    pub requests: u64,
}

impl<F> Shrunk<F> {
    /// The whole sequence, which was not tried again.
    pub(super) fn untried(steps: &[Step], finding: F) -> Self {
        Shrunk { steps: steps.to_vec(), finding, repeats: None, requests: 0 }
    }
}
