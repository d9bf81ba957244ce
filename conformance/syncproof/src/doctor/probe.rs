//! Finds out which capabilities a target has.

use std::sync::Arc;

use serde_json::json;

use syncproof_harness::client::Answer;
use syncproof_harness::world::{Context, EndpointCall, Run, User};
use syncproof_protocol::capability::{Capabilities, Capability};
use syncproof_protocol::endpoint::{ENDPOINTS, Endpoint, Filling};
use syncproof_protocol::failure::{Checked, Stop};
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::{ErrorCode, Id, OpResult, PushAnswer};

const REQUIREMENT: &str = "session.provisions-user";

/// Whether a target has a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProbeResult {
    /// It works, as far as one probe shows.
    Works,
    /// It is not clearly absent, but did not work.
    Unclear,
    /// It is clearly absent.
    Absent,
}

/// The result of the probe of one capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The capability.
    pub capability: Capability,
    /// Whether the target has it.
    pub seen: ProbeResult,
    /// The request and the answer, in a few words.
    pub words: String,
}

/// The results of a probe of a target.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProbeReport {
    /// One for each capability, in the order of the probes.
    pub findings: Vec<Finding>,
    /// The endpoints that answered a valid request with success.
    pub works: Vec<&'static Endpoint>,
    /// What was wrong with the core of the protocol, one sentence each. If there is any, little is known about
    /// capabilities.
    pub problems: Vec<String>,
}

impl ProbeReport {
    /// The capabilities of a target that declares none: all that are not clearly absent, since the cases have to find
    /// those that are broken.
    #[must_use]
    pub(crate) fn shown(&self) -> Capabilities {
        self.those(|seen| seen != ProbeResult::Absent)
    }

    /// The capabilities that work.
    #[must_use]
    pub(crate) fn working(&self) -> Capabilities {
        self.those(|seen| seen == ProbeResult::Works)
    }

    /// Whether everything was answered as the protocol says, or is clearly absent.
    #[must_use]
    pub(crate) fn is_clear(&self) -> bool {
        self.problems.is_empty() && self.findings.iter().all(|finding| finding.seen != ProbeResult::Unclear)
    }

    fn those(&self, wanted: impl Fn(ProbeResult) -> bool) -> Capabilities {
        self.findings.iter().filter(|finding| wanted(finding.seen)).map(|finding| finding.capability).collect()
    }

    fn note(&mut self, capability: Capability, seen: ProbeResult, words: impl Into<String>) {
        self.findings.push(Finding { capability, seen, words: words.into() });
    }

    /// Notes an endpoint: it is absent when its route or its method is unknown.
    fn note_endpoint(&mut self, capability: Capability, endpoint: &'static Endpoint, answer: &Answer) {
        if answer.is_success() {
            self.works.push(endpoint);
        }
        let name = endpoint.method_and_path();
        let seen = match answer.status() {
            Some(404 | 405 | 501) => ProbeResult::Absent,
            _ if answer.is_success() => ProbeResult::Works,
            _ => ProbeResult::Unclear,
        };
        let words = match answer.status() {
            Some(status) => format!("{name} is answered {status}"),
            None => format!("{name}: {}", answer.outcome()),
        };
        self.note(capability, seen, words);
    }
}

/// Probes every capability that can be seen from outside, with one user of its own. A problem is noted, and the other
/// probes still run.
///
/// # Errors
/// The reason, when there is no credential for another user.
pub(crate) async fn probe(run: &Arc<Run>) -> Result<ProbeReport, String> {
    let context = Context::new(Arc::clone(run), "doctor")?;
    let mut look = ProbeReport::default();
    let user = match context.user("doctor").await {
        Ok(user) => user,
        Err(Stop::Skipped(reason)) => return Err(reason),
        Err(Stop::Failed(failure)) => {
            look.problems.push(format!("no user can be made: {failure}"));
            return Ok(look);
        }
    };
    let home = user.home.clone();
    // The first endpoint that needs each capability. The workspace belongs to this user, and everything in it is new.
    for capability in [Capability::Members, Capability::Snapshot, Capability::Gc] {
        if let Some(endpoint) = ENDPOINTS.iter().find(|endpoint| endpoint.capability == Some(capability)) {
            let call = EndpointCall::new(endpoint, &Filling::of(&home, &user.id));
            look.note_endpoint(capability, endpoint, &user.send(call.request()).await);
        }
    }
    match first_push(&user, &home).await {
        Err(problems) => look.problems.push(problems),
        Ok(applied) => {
            let (seen, words) = match applied {
                true => (ProbeResult::Works, "results say `applied`"),
                false => (ProbeResult::Absent, "results do not say `applied`"),
            };
            look.note(Capability::Applied, seen, words);
            let ties = breaks_ties_by_op_id(&user, &home).await;
            let (seen, words) = match ties.unwrap_or(false) {
                true => (ProbeResult::Works, "the greater op id won two ties of clock and hlc"),
                false => (ProbeResult::Absent, "two ties of clock and hlc do not show that the greater op id wins"),
            };
            look.note(Capability::OpIdTieBreak, seen, words);
            let (seen, words) = match refuses_forged_notifications(&user, &home).await {
                true => (ProbeResult::Works, "a notification for another user is UNAUTHORIZED"),
                false => (ProbeResult::Absent, "a notification for another user is not UNAUTHORIZED"),
            };
            look.note(Capability::PrivateNotifications, seen, words);
        }
    }
    Ok(look)
}

/// Whether the result of a plain put says if it was applied.
async fn first_push(user: &User, home: &Id) -> Result<bool, String> {
    let put = user.put("threads", "probe");
    let answer = user.push(home, std::slice::from_ref(&put)).await;
    let answer = answer.map_err(|stop| format!("nothing can be pushed: {}", reason(stop)))?;
    match answer.read::<PushAnswer>(REQUIREMENT) {
        Ok(body) if body.results.iter().any(|result| result.success) => {
            Ok(body.results.iter().any(|result| result.applied.is_some()))
        }
        Ok(_) => Err(format!("a plain put does not succeed: {}", answer.outcome())),
        Err(_) => Err(format!("a plain put is not answered as the protocol says: {}", answer.outcome())),
    }
}

fn reason(stop: Stop) -> String {
    match stop {
        Stop::Failed(failure) => failure.to_string(),
        Stop::Skipped(reason) => reason,
    }
}

async fn only_result(user: &User, home: &Id, op: &Op) -> Checked<Option<OpResult>> {
    let answer = user.push(home, std::slice::from_ref(op)).await?;
    Ok(answer.read::<PushAnswer>(REQUIREMENT)?.results.into_iter().next())
}

/// Makes two ties, with the greater op id first in one and last in the other: a server that keeps it both times breaks
/// ties by op id. The `applied` of each answer shows which op won, so no snapshot is needed.
async fn breaks_ties_by_op_id(user: &User, home: &Id) -> Checked<bool> {
    let ids = |order: [char; 2]| order.map(|first| format!("{first}{}", &uuid::Uuid::new_v4().to_string()[1..]));
    for (pk, order, wins) in [("tie-up", ['1', '2'], true), ("tie-down", ['2', '1'], false)] {
        let mut applied = None;
        for id in ids(order) {
            let result = only_result(user, home, &user.put("threads", pk).op_id(id)).await?;
            applied = result.and_then(|result| result.applied);
        }
        if applied != Some(wins) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Only the server knows who may receive a notification; a server that keeps them private refuses those of other users.
async fn refuses_forged_notifications(user: &User, home: &Id) -> bool {
    let forged = user.put("notifications", "forged").field("user_id", json!("somebody-else"));
    let result = only_result(user, home, &forged).await.ok().flatten();
    result.is_some_and(|result| !result.success && result.error_code == Some(ErrorCode::Unauthorized))
}
