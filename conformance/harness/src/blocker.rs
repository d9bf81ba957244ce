//! Blockers: core operations that do not work at all. A case that needs one cannot be judged, and is blocked by it.

use crate::case::{CaseReport, Status};
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::failure::{Failure, Phase};
use syncproof_protocol::symptom::endpoint_of;

/// A core operation that does not work at all. It is found before the run, and reported once.
#[derive(Debug, Clone)]
pub struct Blocker {
    /// What does not work, in a few words, such as `core endpoint missing: POST /api/sync/update-cursor`.
    pub summary: String,
    /// Method and path of the endpoint, with placeholders for ids.
    pub endpoint: String,
    /// Whether it answers with success and does nothing; otherwise it refuses every valid request.
    pub has_no_effect: bool,
    /// The broken requirement with its evidence.
    pub failure: Failure,
}

impl Blocker {
    /// Whether the case failed because this operation does not work. One that refuses blocks the cases whose failure is
    /// that refusal. One that does nothing blocks those that fail for the same requirement, and those that used it
    /// in a setup that failed; other failures of cases that use it may have causes of their own.
    #[must_use]
    pub fn blocks(&self, report: &CaseReport) -> bool {
        let Some(failure) = report.failures.first().filter(|_| !report.fault) else { return false };
        if self.has_no_effect {
            let uses = || report.transcript.sent.iter().any(|sent| endpoint_of(&sent.exchange) == self.endpoint);
            return failure.requirement == self.failure.requirement || (failure.phase == Phase::Setup && uses());
        }
        failure.exchange.as_ref().is_some_and(|exchange| self.refuses(exchange))
    }

    fn refuses(&self, exchange: &Exchange) -> bool {
        let status = self.failure.exchange.as_ref().and_then(|refusal| refusal.status);
        exchange.status == status && endpoint_of(exchange) == self.endpoint
    }
}

/// The report, blocked if one of these operations is why the case failed. The evidence of a blocked case is that of its
/// blocker.
#[must_use]
pub(crate) fn blocked(report: CaseReport, blockers: &[Blocker]) -> CaseReport {
    match blockers.iter().find(|blocker| blocker.blocks(&report)) {
        None => report,
        Some(blocker) => CaseReport {
            duration: report.duration,
            requests: report.requests,
            ..CaseReport::without_run(report.case, Status::Blocked, blocker.summary.clone())
        },
    }
}
