//! The report of a case, and what was found before the run, without secrets.

use syncproof_harness::blocker::Blocker;
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

/// What was found before the run, without secrets.
#[must_use]
pub fn redacted_blocker(blocker: &Blocker, secrets: &Secrets) -> Blocker {
    Blocker { failure: secrets.failure(&blocker.failure), ..blocker.clone() }
}
