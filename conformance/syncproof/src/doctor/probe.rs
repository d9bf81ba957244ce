//! Finds out which capabilities a target has.

use std::sync::Arc;

use super::private_notifications::private_notifications;
use super::probe_report::{ProbeReport, ProbeResult};
use super::single_push::REQUIREMENT;
use super::tables_apart::tables_apart;
use super::tie_break::tie_break;
use syncproof_harness::client::Answer;
use syncproof_harness::world::{Context, EndpointCall, Run, User};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint::{ENDPOINTS, Endpoint, Filling};
use syncproof_protocol::failure::Stop;
use syncproof_protocol::wire::{Id, PushAnswer};

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
    // The workspace belongs to this user, and everything in it is new.
    for (capability, endpoint) in first_endpoints() {
        look.note_endpoint(capability, endpoint, &call(&user, endpoint).await);
    }
    match first_push(&user, &home).await {
        Err(problems) => look.problems.push(problems),
        Ok(applied) => {
            for (capability, endpoint) in first_endpoints() {
                if !look.shown().contains(&capability) {
                    look.note_with_content(capability, endpoint, &call(&user, endpoint).await);
                }
            }
            look.note(
                Capability::Applied,
                match applied {
                    true => (ProbeResult::Works, "results say `applied`"),
                    false => (ProbeResult::Absent, "results do not say `applied`"),
                },
            );
            let ties = tie_break(&user, &home, look.shown().contains(&Capability::Snapshot)).await;
            look.note(Capability::OpIdTieBreak, ties);
            look.tables_apart = tables_apart(&user, &home).await;
            let notifications = private_notifications(&user, &home, look.has(Capability::Members)).await;
            look.note(Capability::PrivateNotifications, notifications);
        }
    }
    Ok(look)
}

/// The first endpoint of each capability that has endpoints.
fn first_endpoints() -> impl Iterator<Item = (Capability, &'static Endpoint)> {
    [Capability::Members, Capability::Snapshot, Capability::Gc].into_iter().filter_map(|capability| {
        let endpoint = ENDPOINTS.iter().copied().find(|endpoint| endpoint.capability == Some(capability))?;
        Some((capability, endpoint))
    })
}

async fn call(user: &User, endpoint: &'static Endpoint) -> Answer {
    user.send(EndpointCall::new(endpoint, &Filling::of(&user.home, &user.id)).request()).await
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
