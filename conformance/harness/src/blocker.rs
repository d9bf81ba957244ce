//! Blockers: core operations that do not work at all. A case that needs one cannot be judged, and is blocked by it.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::case::{CaseReport, Status};
use crate::world::{Context, Run};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::failure::{Failure, Phase, Stop};
use syncproof_protocol::symptom::endpoint_of;

/// The requirement of a collection that takes something.
const COLLECTS: &str = "gc.collects";

/// A core operation that does not work at all. It is reported once.
#[derive(Debug, Clone)]
pub struct Blocker {
    /// What does not work, in a few words, such as `core endpoint missing: POST /api/sync/update-cursor`.
    pub summary: String,
    /// Method and path of the endpoint, with placeholders for ids.
    pub endpoint: String,
    /// Whether it answers with success and does nothing; otherwise it refuses every valid request.
    pub has_no_effect: bool,
    /// Whether it was found during the run, and not before it.
    pub is_late: bool,
    /// The broken requirement with its evidence.
    pub failure: Failure,
}

impl Blocker {
    /// Whether the case failed because this operation does not work. One that refuses blocks the cases whose failure is
    /// that refusal. One that does nothing blocks those that fail for the same requirement or with the same message, and
    /// those that used it in a setup that failed; other failures of cases that use it may have causes of their own.
    #[must_use]
    pub fn blocks(&self, report: &CaseReport) -> bool {
        let Some(failure) = report.failures.first().filter(|_| !report.fault) else { return false };
        if self.has_no_effect {
            let looks_alike = failure.message == self.failure.message;
            return looks_alike || depends_on(report, failure, self.failure.requirement, &self.endpoint);
        }
        failure.exchange.as_ref().is_some_and(|exchange| self.refuses(exchange))
    }

    /// Whether the server does not have the endpoint, as far as its answer shows.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        let status = self.failure.exchange.as_ref().and_then(|exchange| exchange.status);
        !self.has_no_effect && matches!(status, Some(404 | 405 | 501))
    }

    fn refuses(&self, exchange: &Exchange) -> bool {
        let status = self.failure.exchange.as_ref().and_then(|refusal| refusal.status);
        exchange.status == status && endpoint_of(exchange) == self.endpoint
    }
}

/// Whether the case failed for that requirement, or in a setup that called that endpoint.
fn depends_on(report: &CaseReport, failure: &Failure, requirement: &str, endpoint: &str) -> bool {
    let calls = || report.transcript.sent.iter().any(|sent| endpoint_of(&sent.exchange) == endpoint);
    failure.requirement == requirement || (failure.phase == Phase::Setup && calls())
}

/// The blockers of a run: those that were found before it, and whether collections take anything. To see that takes seconds,
/// so it is tried once, when a case fails that depends on it.
#[derive(Debug, Clone, Default)]
pub struct Blockers {
    found: Vec<Blocker>,
    /// Whether collections may be tried.
    may_try: bool,
    collection: OnceCell<Option<Blocker>>,
}

impl From<Vec<Blocker>> for Blockers {
    /// These, and the one that is found during the run.
    fn from(found: Vec<Blocker>) -> Self {
        Blockers { found, may_try: true, collection: OnceCell::new() }
    }
}

impl Blockers {
    /// The blocker that was found during the run.
    pub(crate) fn found_late(&self) -> Option<&Blocker> {
        self.collection.get()?.as_ref()
    }

    /// The report, blocked if one of these operations is why the case failed. The evidence of a blocked case is that of its
    /// blocker.
    pub(crate) async fn judged(&self, run: &Arc<Run>, report: CaseReport) -> CaseReport {
        let known = self.found.iter().find(|blocker| blocker.blocks(&report));
        let blocker = match known {
            None if self.may_depend_on_collection(run, &report) => {
                let tried = self.collection.get_or_init(|| takes_nothing(run)).await;
                tried.as_ref().filter(|blocker| blocker.blocks(&report))
            }
            known => known,
        };
        match blocker {
            None => report,
            Some(blocker) => CaseReport {
                duration: report.duration,
                requests: report.requests,
                blocked_by: Some(blocker.failure.requirement),
                ..CaseReport::without_run(report.case, Status::Blocked, blocker.summary.clone())
            },
        }
    }

    fn may_depend_on_collection(&self, run: &Run, report: &CaseReport) -> bool {
        let endpoint = endpoint::GC_CHANGE_LOG.method_and_path();
        // The users of a fixed list keep their workspaces as they are.
        let may_try = self.may_try && run.credentials.invents() && run.target.capabilities.contains(&Capability::Gc);
        let failure = report.failures.first().filter(|_| may_try && !report.fault);
        failure.is_some_and(|failure| {
            let shows_collection = failure.exchange.as_ref().is_some_and(|exchange| endpoint_of(exchange) == endpoint);
            shows_collection || depends_on(report, failure, COLLECTS, &endpoint)
        })
    }
}

/// The blocker, if a collection succeeds and an old entry that the only device has read is still in the log.
async fn takes_nothing(run: &Arc<Run>) -> Option<Blocker> {
    let context = Context::new(Arc::clone(run), "collection").ok()?;
    let user = context.user("collector").await.ok()?;
    // Four entries, since a server that leaves the last ones takes something, too.
    let entries = ["old", "younger", "late", "last"].map(|pk| user.put("threads", pk));
    user.push_ok(&user.home, &entries, COLLECTS).await.ok()?;
    user.update_cursor_ok(&user.home, "device", 4, COLLECTS).await.ok()?;
    let Err(Stop::Failed(failure)) = user.collect_until_gone_ok(&user.home, 1, COLLECTS).await else { return None };
    let succeeded =
        failure.exchange.as_ref().is_some_and(|exchange| exchange.status.is_some_and(|status| status < 300));
    (succeeded && failure.requirement == COLLECTS).then(|| Blocker {
        summary: "a collection succeeds and takes nothing".to_owned(),
        endpoint: endpoint::GC_CHANGE_LOG.method_and_path(),
        has_no_effect: true,
        is_late: true,
        failure: *failure,
    })
}
