//! The report of a case without secrets.

use syncproof_harness::case::CaseReport;
use syncproof_harness::client::Transcript;
use syncproof_harness::redaction::Secrets;

/// The report of a case without secrets, and without its transcript, which contains them.
#[must_use]
pub fn redacted(report: &CaseReport, secrets: &Secrets) -> CaseReport {
    let mut clean = report.clone();
    clean.failures = report.failures.iter().map(|failure| secrets.failure(failure)).collect();
    clean.reason = report.reason.as_deref().map(|reason| secrets.text(reason));
    clean.transcript = Transcript::default();
    clean
}
