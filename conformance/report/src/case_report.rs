//! What became of a case, as every report tells it.

use syncproof_harness::case::{CaseReport, Status};
use syncproof_harness::client::Transcript;
use syncproof_harness::redaction::Secrets;

/// What became of a case, in the word that every report uses.
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

/// What became of a case without secrets, and without its transcript, which holds them.
#[must_use]
pub fn redacted(report: &CaseReport, secrets: &Secrets) -> CaseReport {
    CaseReport {
        failures: report.failures.iter().map(|failure| secrets.failure(failure)).collect(),
        reason: report.reason.as_deref().map(|reason| secrets.text(reason)),
        transcript: Transcript::default(),
        ..report.clone()
    }
}
