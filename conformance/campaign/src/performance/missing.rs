//! Finding out which endpoints a target does not have, before sequences use them.

use syncproof_harness::client::{Answer, Request};
use syncproof_harness::world::EndpointCall;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint::{Endpoint, Filling, Method, offered};
use syncproof_protocol::wire::Id;

use super::stage::{Stage, StepEnd};
use crate::target_handle::TargetHandle;

/// A path that no server has.
const NOWHERE: &str = "/api/syncproof-asks-for-a-path-that-does-not-exist";

/// The endpoints that the target should have and does not have; none if nobody can log in.
pub(crate) async fn missing_endpoints(handle: &TargetHandle, key: u64) -> Result<Vec<&'static Endpoint>, String> {
    let mut stage = Stage::new(handle, key, handle.recorder(), None);
    let actor = match stage.actor(0).await {
        Ok(actor) => actor,
        Err(StepEnd::Broken(reason)) => return Err(reason),
        Err(_) => return Ok(Vec::new()),
    };
    let own_id = stage.oracle.id_of(actor.known).cloned().unwrap_or_else(|| Id::text("nobody"));
    let filling = Filling::of(&actor.home, &own_id);
    let has = |capability: Capability| capability.is_met_by(handle.capabilities());
    let mut missing = Vec::new();
    for endpoint in offered(has) {
        let answer = actor.client.send(EndpointCall::new(endpoint, &filling).request()).await;
        let is_missing = match answer.status() {
            Some(405 | 501) => true,
            Some(404) => {
                let body = (endpoint.method != Method::Get).then(|| b"{}".to_vec());
                let method = syncproof_harness::world::method(endpoint);
                let nowhere = actor.client.send(Request::raw(method, NOWHERE, body)).await;
                refusal(&answer) == refusal(&nowhere)
            }
            _ => false,
        };
        if is_missing {
            missing.push(endpoint);
        }
    }
    Ok(missing)
}

/// What a refusal says, without the path that it may repeat.
fn refusal(answer: &Answer) -> serde_json::Value {
    answer.exchange().refusal(&answer.exchange().path)
}
