//! A case and what became of it.

use std::time::Duration;

use super::definition::Case;
use super::status::{Stability, Status};
use crate::client::Transcript;
use syncproof_protocol::failure::Failure;

/// A case and what became of it.
#[derive(Debug, Clone)]
pub struct CaseReport {
    /// The case.
    pub case: &'static Case,
    /// What became of it: of several runs the worst.
    pub status: Status,
    /// What became of its other runs with the same seed, the first one included when a later one was worse. Empty
    /// where it was not run again.
    pub reruns: Vec<Status>,
    /// What is broken, a MUST first.
    pub failures: Vec<Failure>,
    /// Why it was skipped, not applicable, or not run.
    pub reason: Option<String>,
    /// Whether the suite itself is at fault.
    pub fault: bool,
    /// From start to end, of all runs together.
    pub duration: Duration,
    /// Requests that it sent in all runs.
    pub requests: u64,
    /// What it said and heard, when something is broken.
    pub transcript: Transcript,
}

impl CaseReport {
    /// A case that was not run, for that reason.
    #[must_use]
    pub fn without_run(case: &'static Case, status: Status, reason: String) -> Self {
        let (reruns, failures, duration) = (Vec::new(), Vec::new(), Duration::ZERO);
        let transcript = Transcript::default();
        CaseReport {
            case,
            status,
            reruns,
            failures,
            reason: Some(reason),
            fault: false,
            duration,
            requests: 0,
            transcript,
        }
    }

    /// Whether it came to this end every time; None when it was run only once.
    #[must_use]
    pub fn stability(&self) -> Option<Stability> {
        let same = self.reruns.iter().all(|status| *status == self.status);
        (!self.reruns.is_empty()).then_some(if same { Stability::Deterministic } else { Stability::Flaky })
    }

    /// Takes in a further run of the same case. The worst run stays the one that is told, so that a case that failed
    /// once is never green; a run that came to no verdict says nothing.
    #[must_use]
    pub fn with_rerun(self, rerun: CaseReport) -> Self {
        let (duration, requests) = (self.duration + rerun.duration, self.requests + rerun.requests);
        let judged = matches!(rerun.status, Status::Passed | Status::Warned | Status::Failed);
        let is_worse = rerun.fault || rerun.status > self.status;
        let (mut told, other) = if judged && is_worse { (rerun, self) } else { (self, rerun) };
        if judged {
            let mut reruns = other.reruns;
            reruns.append(&mut told.reruns);
            reruns.push(other.status);
            told.reruns = reruns;
        }
        CaseReport { duration, requests, ..told }
    }
}
