//! The table of endpoints as requests: correct bodies that cases make wrong, and calls by users who may not make them.

use serde_json::Value;

use syncproof_harness::client::Request;
use syncproof_harness::world::{Context, EndpointCall, User};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint::{Access, Filling};
use syncproof_protocol::failure::Checked;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::{Id, Role};

/// A call of each endpoint of the target that takes a body, in the user's home. None of them adds to its change log.
pub(crate) async fn calls_with_body(context: &Context, user: &User) -> Checked<Vec<EndpointCall>> {
    let member_id = match context.has(Capability::Members) {
        true => user.new_member(&user.home, "member", Role::Viewer).await?.id,
        false => user.id.clone(),
    };
    let filling = Filling::of(&user.home, &member_id);
    let with_body = context.endpoints().filter(|endpoint| endpoint.has_body());
    Ok(with_body.map(|endpoint| EndpointCall::new(endpoint, &filling)).collect())
}

/// A request to every endpoint that requires a credential, to be sent without a valid one.
pub(crate) fn requests_of_users(context: &Context, workspace: &Id, user: &Id, op: &Op) -> Vec<Request> {
    let filling = Filling { ops: std::slice::from_ref(op), ..Filling::of(workspace, user) };
    let of_users = context.endpoints().filter(|endpoint| endpoint.access != Access::Anybody);
    of_users.map(|endpoint| EndpointCall::new(endpoint, &filling).request()).collect()
}

/// A call of every endpoint that names a workspace; of those that name a user, one for each of these, to be an owner.
pub(crate) fn calls_on(context: &Context, workspace: &Id, users: &[&Id]) -> Vec<EndpointCall> {
    let in_workspace = context.endpoints().filter(|endpoint| endpoint.names_workspace());
    let calls = in_workspace.flat_map(|endpoint| {
        let named = if endpoint.names_user() { users } else { &users[..users.len().min(1)] };
        let filling = |user| Filling { role: Role::Owner, ..Filling::of(workspace, user) };
        named.iter().map(move |user| EndpointCall::new(endpoint, &filling(user)))
    });
    calls.collect()
}

/// The call with a value that matches nothing in the workspace, for each field that has one; each with a description.
pub(crate) fn unmatched(call: &EndpointCall) -> Vec<(String, Request)> {
    let fields = call.endpoint.fields().filter_map(|field| Some((field.pointer, field.kind.unmatched_value()?)));
    let with = |(pointer, value): (&str, Value)| {
        let name = format!("{} with {value} for {pointer}", call.endpoint.name);
        (name, call.with(&call.replaced(pointer, value)))
    };
    fields.map(with).collect()
}
