//! The status of a case as a word, and its report without secrets.

use syncproof_harness::case::{CaseReport, Status};
use syncproof_harness::client::Transcript;
use syncproof_harness::redaction::Secrets;

/// The word for a status that every report uses.
#[must_use]
pub fn status_name(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::Warned => "warned",
        Status::Failed => "failed",
        Status::Skipped => "skipped",
        Status::NotApplicable => "not_applicable",
        Status::NotRun => "not_run",
    }
}

/// The report of a case without secrets, and without its transcript, which contains them.
#[must_use]
pub fn redacted(report: &CaseReport, secrets: &Secrets) -> CaseReport {
    CaseReport {
        failures: report.failures.iter().map(|failure| secrets.failure(failure)).collect(),
        reason: report.reason.as_deref().map(|reason| secrets.text(reason)),
        transcript: Transcript::default(),
        ..report.clone()
    }
}
