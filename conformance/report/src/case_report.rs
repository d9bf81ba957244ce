//! The report of a case, and what was found before the run, without secrets.

use std::sync::Arc;

use syncproof_harness::blocker::Blocker;
use syncproof_harness::case::CaseReport;
use syncproof_harness::redaction::Secrets;

/// The report of a case without secrets. A failure and the transcript still share the exchange that shows the failure.
#[must_use]
pub fn redacted(report: &CaseReport, secrets: &Secrets) -> CaseReport {
    let mut clean = report.clone();
    clean.failures = report.failures.iter().map(|failure| secrets.failure(failure)).collect();
    clean.reason = report.reason.as_deref().map(|reason| secrets.text(reason));
    for sent in &mut clean.transcript.sent {
        let mut both = report.failures.iter().zip(&clean.failures);
        let same = both.find(|(raw, _)| raw.exchange.as_ref().is_some_and(|raw| Arc::ptr_eq(raw, &sent.exchange)));
        sent.exchange = match same.and_then(|(_, clean)| clean.exchange.as_ref()) {
            Some(shared) => Arc::clone(shared),
            None => Arc::new(secrets.exchange(&sent.exchange)),
        };
        sent.elsewhere = sent.elsewhere.as_deref().map(|address| secrets.text(address));
    }
    clean
}

/// What was found before the run, without secrets.
#[must_use]
pub fn redacted_blocker(blocker: &Blocker, secrets: &Secrets) -> Blocker {
    Blocker { failure: secrets.failure(&blocker.failure), ..blocker.clone() }
}
