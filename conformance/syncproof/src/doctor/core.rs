//! Looks for core operations that do not work at all: the cases that need them are blocked, and fail for nothing else.

use std::sync::Arc;

use super::probe_report::ProbeReport;
use syncproof_harness::blocker::Blocker;
use syncproof_harness::world::{Context, EndpointCall, Run, User};
use syncproof_protocol::capability::Capabilities;
use syncproof_protocol::endpoint::{self, Endpoint, Filling};
use syncproof_protocol::failure::{Checked, Stop};
use syncproof_protocol::symptom::endpoint_of;
use syncproof_protocol::wire::{PullAnswer, Role};

/// How often an operation is tried before it counts as one that never works: a server may fail at the first request only,
/// and that is for the cases to find.
const TRIES: usize = 2;
const SESSION: &str = "session.provisions-user";
const STORES: &str = "pull.reads-own-writes";

/// The core operations of the target that do not work at all, tried in a workspace made for it. What `look` has seen work is
/// not tried again.
pub(crate) async fn blockers(run: &Arc<Run>, capabilities: &Capabilities, look: &ProbeReport) -> Vec<Blocker> {
    let Ok(context) = Context::new(Arc::clone(run), "core") else { return Vec::new() };
    let (owner, newcomer) = match (context.user("owner").await, context.user("newcomer").await) {
        (Ok(owner), Ok(newcomer)) => (owner, newcomer),
        (Err(stop), _) | (_, Err(stop)) => {
            return blocker("a first login fails", &endpoint::SESSION, stop).into_iter().collect();
        }
    };
    let made = owner.new_workspace("core").await;
    // Where a server limits workspaces, none can be made or deleted.
    let is_limited = matches!(made, Err(Stop::Skipped(_)));
    let workspace = made.unwrap_or_else(|_| owner.home.clone());
    let put = owner.put("threads", "core");
    let filling = Filling {
        newcomer: &newcomer.id,
        role: Role::Editor,
        ops: std::slice::from_ref(&put),
        ..Filling::of(&workspace, &newcomer.id)
    };
    let mut found = Vec::new();
    for endpoint in endpoint::offered(|capability| capabilities.contains(&capability)) {
        let works = look.works.contains(&endpoint);
        if !works && (!is_limited || ![&endpoint::CREATE_WORKSPACE, &endpoint::DELETE_WORKSPACE].contains(&endpoint)) {
            found.extend(refusal(&owner, endpoint, &filling).await);
        }
    }
    let works = |endpoint: &Endpoint| !found.iter().any(|blocker| blocker.endpoint == endpoint.method_and_path());
    let (activates, pushes) =
        (works(&endpoint::ACTIVATE) && !is_limited, works(&endpoint::PUSH) && works(&endpoint::PULL));
    if activates && let Err(stop) = moves_session(&owner).await {
        found.extend(blocker("an activation does not move the session", &endpoint::ACTIVATE, stop));
    }
    if pushes && let Err(stop) = stores(&newcomer).await {
        found.extend(blocker("a push that succeeds stores nothing", &endpoint::PUSH, stop));
    }
    found
}

/// The blocker, if every try of that valid request is refused.
async fn refusal(user: &User, endpoint: &'static Endpoint, filling: &Filling<'_>) -> Option<Blocker> {
    let call = EndpointCall::new(endpoint, filling);
    let mut answer = user.send(call.request()).await;
    for _ in 1..TRIES {
        if answer.is_success() {
            return None;
        }
        answer = user.send(call.request()).await;
    }
    if answer.is_success() {
        return None;
    }
    let name = endpoint.method_and_path();
    let (summary, requirement) = match answer.status() {
        Some(404 | 405 | 501) => (format!("core endpoint missing: {name}"), endpoint.served_by),
        Some(status @ 500..) => (format!("{name} always answers {status}"), "http.no-5xx"),
        Some(status) => (
            format!("{name} answers {status} to a valid request of an owner"),
            endpoint.broken_by_refusal(Some(status)),
        ),
        None => (format!("{name} is never answered"), "http.no-5xx"),
    };
    let stop = answer.fails(requirement, summary.clone(), "success", answer.outcome());
    blocker(&summary, endpoint, stop)
}

/// Activates a new workspace, and looks whether the session shows it.
async fn moves_session(user: &User) -> Checked {
    let workspace = user.new_workspace("activated").await?;
    // For a server that activates what it has just made: the other way round is judged by the cases.
    user.activate_ok(&user.home).await?;
    user.activate_ok(&workspace).await?;
    let (session, answer) = user.session(SESSION).await?;
    let shown = session.workspace.map(|workspace| workspace.id);
    let message = "the session stays in the workspace that was active before";
    answer.equal("workspace.activate-switches-session", message, &workspace, shown)
}

/// Pushes an op, and looks whether a pull shows any.
async fn stores(user: &User) -> Checked {
    user.push_ok(&user.home, &[user.put("threads", "stored")], STORES).await?;
    let answer = user.pull(&user.home, 0, 10).await?;
    let changes = answer.read::<PullAnswer>(STORES)?.changes.len();
    answer.check(STORES, changes > 0, "the pull after a push that succeeded is empty", "the change that was pushed")
}

/// The blocker of that failure. What could not be tried is none.
fn blocker(summary: &str, endpoint: &'static Endpoint, stop: Stop) -> Option<Blocker> {
    let Stop::Failed(failure) = stop else { return None };
    let has_no_effect =
        failure.exchange.as_ref().is_none_or(|exchange| endpoint_of(exchange) != endpoint.method_and_path());
    Some(Blocker {
        summary: summary.to_owned(),
        endpoint: endpoint.method_and_path(),
        has_no_effect,
        is_late: false,
        failure: *failure,
    })
}
