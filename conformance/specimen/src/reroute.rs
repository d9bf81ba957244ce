//! Mutants that look up or write ops in another workspace than that of the request.

use super::app::App;
use super::caller::Caller;
use super::push_rules::{append, rules};
use super::state::ServerState;
use serde_json::Value;
use syncproof_model::{Op, Outcome, PushResult};

/// Answers an op that another workspace knows with that workspace's version, and appends any other.
pub(super) fn known_elsewhere(app: &App, state: &mut ServerState, caller: &Caller, scope: &str, op: &Op) -> PushResult {
    let mut others = state.workspaces.iter().filter(|(id, _)| *id != scope);
    if let Some(version) = others.find_map(|(_, workspace)| workspace.log.version_of(&op.stamp.op_id)) {
        let outcome = Outcome::Accepted { version, applied: true, replayed: true, winner: None };
        return PushResult { op_id: op.stamp.op_id.clone(), outcome };
    }
    into(app, state, caller, scope, op)
}

/// Appends an op to the workspace that its payload names, if it names one that exists.
pub(super) fn into_named(app: &App, state: &mut ServerState, caller: &Caller, scope: &str, op: &Op) -> PushResult {
    let named = op.payload.as_ref().and_then(|payload| payload.get("workspace_id")).and_then(Value::as_str);
    let named = named.filter(|id| state.directory.workspace(id).is_some());
    into(app, state, caller, named.unwrap_or(scope), op)
}

fn into(app: &App, state: &mut ServerState, caller: &Caller, scope: &str, op: &Op) -> PushResult {
    let ops = std::slice::from_ref(op);
    let rules = rules(app, state, caller, scope, ops);
    let mut results = append(app, state, caller, scope, ops, rules);
    results.swap_remove(0)
}
