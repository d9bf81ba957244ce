//! How many cases have which status.

use serde::Serialize;

use super::report::CaseReport;
use super::status::Status;

/// How many cases have which status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[non_exhaustive]
pub struct Summary {
    /// All that were selected: the sum of the others.
    pub cases: usize,
    /// Everything held.
    pub passed: usize,
    /// A MUST is broken.
    pub failed: usize,
    /// A core operation that they need does not work at all.
    pub blocked: usize,
    /// A SHOULD is broken.
    pub warned: usize,
    /// Could not be set up.
    pub skipped: usize,
    /// The target lacks a capability.
    pub not_applicable: usize,
    /// The run ended first.
    pub not_run: usize,
}

impl Summary {
    /// Counts reports.
    #[must_use]
    pub fn of(reports: &[CaseReport]) -> Self {
        let mut summary = Summary { cases: reports.len(), ..Summary::default() };
        for report in reports {
            *match report.status {
                Status::Passed => &mut summary.passed,
                Status::Failed => &mut summary.failed,
                Status::Blocked => &mut summary.blocked,
                Status::Warned => &mut summary.warned,
                Status::Skipped => &mut summary.skipped,
                Status::NotApplicable => &mut summary.not_applicable,
                Status::NotRun => &mut summary.not_run,
            } += 1;
        }
        summary
    }

    /// Cases that were judged: a blocked one was not, although it makes the run fail.
    #[must_use]
    pub fn judged(&self) -> usize {
        self.passed + self.failed + self.warned
    }
}
