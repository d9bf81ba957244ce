//! The report of a case.

use std::time::Duration;

use super::definition::Case;
use super::status::{Stability, Status};
use crate::client::Transcript;
use syncproof_protocol::failure::Failure;

/// The report of a case, over all its runs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CaseReport {
    /// The case.
    pub case: &'static Case,
    /// Its status: the worst one of all runs.
    pub status: Status,
    /// The statuses of its other runs with the same seed, including the first one if a later one was worse. Empty if there
    /// was no rerun.
    pub reruns: Vec<Status>,
    /// The failures, a broken MUST first.
    pub failures: Vec<Failure>,
    /// Why it was blocked, skipped, not applicable, or not run.
    pub reason: Option<String>,
    /// The requirement that is broken by what blocks it.
    pub blocked_by: Option<&'static str>,
    /// Whether the suite itself is at fault.
    pub fault: bool,
    /// The total time of all runs.
    pub duration: Duration,
    /// The number of requests in all runs.
    pub requests: u64,
    /// Its exchanges, if it has a failure.
    pub transcript: Transcript,
}

impl CaseReport {
    /// The report of a case that was not run, with the reason.
    #[must_use]
    pub fn without_run(case: &'static Case, status: Status, reason: String) -> Self {
        let (reruns, failures, transcript) = (Vec::new(), Vec::new(), Transcript::default());
        let (reason, blocked_by, fault, duration, requests) = (Some(reason), None, false, Duration::ZERO, 0);
        CaseReport { case, status, reruns, failures, reason, blocked_by, fault, duration, requests, transcript }
    }

    /// The requirement that it is reported for: that of its first failure, or of what blocks it.
    #[must_use]
    pub fn fails_for(&self) -> Option<&'static str> {
        self.failures.first().map(|failure| failure.requirement).or(self.blocked_by)
    }

    /// The ids of the cases that have to run to repeat its failures: this one, and for a closing case those that got the
    /// answers which it judges.
    #[must_use]
    pub fn repeated_by(&self) -> Vec<&str> {
        let mut ids = vec![self.case.id];
        for id in self.failures.iter().filter_map(|failure| failure.found_in.as_deref()) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    /// Whether every run had the same status; None if there was only one.
    #[must_use]
    pub fn stability(&self) -> Option<Stability> {
        let same = self.reruns.iter().all(|status| *status == self.status);
        (!self.reruns.is_empty()).then_some(if same { Stability::Deterministic } else { Stability::Flaky })
    }

    /// Adds a rerun of the same case. The worst run is the one that is reported, so that a case that failed once never
    /// counts as passed. A rerun without a verdict is ignored.
    #[must_use]
    pub(crate) fn with_rerun(self, rerun: CaseReport) -> Self {
        let (duration, requests) = (self.duration + rerun.duration, self.requests + rerun.requests);
        let judged = matches!(rerun.status, Status::Passed | Status::Warned | Status::Failed);
        let is_worse = rerun.fault || rerun.status > self.status;
        let (mut worst, other) = if judged && is_worse { (rerun, self) } else { (self, rerun) };
        if judged {
            let mut reruns = other.reruns;
            reruns.append(&mut worst.reruns);
            reruns.push(other.status);
            worst.reruns = reruns;
        }
        CaseReport { duration, requests, ..worst }
    }
}
