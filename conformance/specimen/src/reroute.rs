//! Ops that end up elsewhere: mutants that look beyond the workspace of the request.

use super::app::{App, Caller};
use super::push::{append, rules};
use super::world::World;
use serde_json::Value;
use syncproof_model::{Op, Outcome, PushResult};

/// Answers ops that another workspace knows with that workspace's version, and takes in the rest.
pub(super) fn known_elsewhere(
    app: &App,
    world: &mut World,
    caller: &Caller,
    scope: &str,
    ops: &[Op],
) -> Vec<PushResult> {
    let one_by_one = |op: &Op| {
        let mut others = world.shelves.iter().filter(|(id, _)| *id != scope);
        if let Some(version) = others.find_map(|(_, shelf)| shelf.log.version_of(&op.stamp.op_id)) {
            let outcome = Outcome::Accepted { version, applied: true, replayed: true, winner: None };
            return PushResult { op_id: op.stamp.op_id.clone(), outcome };
        }
        into(app, world, caller, scope, op)
    };
    ops.iter().map(one_by_one).collect()
}

/// Takes each op into the workspace that its payload names, if it names one that exists.
pub(super) fn into_named(app: &App, world: &mut World, caller: &Caller, scope: &str, ops: &[Op]) -> Vec<PushResult> {
    let one_by_one = |op: &Op| {
        let named = op.payload.as_ref().and_then(|payload| payload.get("workspace_id")).and_then(Value::as_str);
        let named = named.filter(|id| world.directory.workspace(id).is_some()).map(str::to_owned);
        into(app, world, caller, named.as_deref().unwrap_or(scope), op)
    };
    ops.iter().map(one_by_one).collect()
}

fn into(app: &App, world: &mut World, caller: &Caller, scope: &str, op: &Op) -> PushResult {
    let ops = std::slice::from_ref(op);
    let rules = rules(app, world, caller, scope, ops);
    let mut results = append(app, world, caller, scope, ops, rules);
    results.swap_remove(0)
}
