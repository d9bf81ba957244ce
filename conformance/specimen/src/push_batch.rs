//! Appends a batch to a workspace, or does what mutants do instead.

use super::app::App;
use super::caller::Caller;
use super::failure::Failure;
use super::push_rules::{append, rules};
use super::state::ServerState;
use super::switch::{Switch, deviations};
use super::{items, reroute};
use std::collections::HashSet;
use syncproof_model::{ErrorCode, Flaw, Key, LogRules, Op, Operation, Outcome, Protocol, PushResult};

/// Appends a batch to a workspace, as this server does.
pub(super) fn take(
    app: &App,
    state: &mut ServerState,
    caller: &Caller,
    scope: &str,
    ops: &[Op],
) -> Result<Vec<PushResult>, Failure> {
    deviations!(match app.switches() {
        Switch::GlobalPrimaryKey if collides(state, scope, ops) => {
            return Err(Failure::internal_error("UNIQUE constraint failed: records.id"));
        }
        Switch::DuplicateOpIdAbortsBatch if repeats_new(state, scope, ops) => {
            return Err(Failure::internal_error("UNIQUE constraint failed: change_log.op_id"));
        }
        Switch::NulBreaks if ops.iter().any(|op| op.pk.contains('\0')) => {
            return Err(Failure::internal_error("unterminated string"));
        }
        Switch::UnknownTableBreaks if ops.iter().any(|op| Protocol.check(op) == Err(Flaw::UnknownTable)) => {
            return Err(Failure::internal_error("no such table"));
        }
        Switch::BadOpDropsOthers if ops.iter().any(|op| Protocol.check(op).is_err()) => {
            return Ok(ops.iter().map(rolled_back).collect());
        }
        Switch::OpIdGlobal => {
            return Ok(ops.iter().map(|op| reroute::known_elsewhere(app, state, caller, scope, op)).collect());
        }
        Switch::PayloadNamesWorkspace => {
            return Ok(ops.iter().map(|op| reroute::into_named(app, state, caller, scope, op)).collect());
        }
        Switch::LastDuplicateWins => {
            let last = |op: &Op| ops.iter().rfind(|other| other.stamp.op_id == op.stamp.op_id).unwrap_or(op).clone();
            let kept: Vec<Op> = ops.iter().map(last).collect();
            let rules = rules(app, state, caller, scope, &kept);
            let mut results = append(app, state, caller, scope, &kept, rules);
            for ((result, op), kept) in results.iter_mut().zip(ops).zip(&kept) {
                if let Outcome::Accepted { version, .. } = &mut result.outcome {
                    // It reports success for content that was dropped, under a version that no change has.
                    *version += u64::from(!op.same_content(kept));
                }
            }
            return Ok(results);
        }
        _ => {}
    });
    Ok(append(app, state, caller, scope, ops, rules(app, state, caller, scope, ops)))
}

/// Whether a put would insert a row whose key another workspace holds already.
fn collides(state: &ServerState, scope: &str, ops: &[Op]) -> bool {
    let holds = |id: &String, op: &Op| {
        let key = Key::new(op.table.as_str(), op.pk.as_str());
        state.workspaces.get(id).is_some_and(|workspace| items::rows(&workspace.log).contains_key(&key))
    };
    let puts = ops.iter().filter(|op| op.operation == Operation::Put && Protocol.check(op).is_ok());
    let scope = scope.to_owned();
    puts.filter(|op| !holds(&scope, op)).any(|op| state.workspaces.keys().any(|id| *id != scope && holds(id, op)))
}

/// Whether a new op id occurs twice in the batch.
fn repeats_new(state: &ServerState, scope: &str, ops: &[Op]) -> bool {
    let known = |id: &str| state.workspaces.get(scope).is_some_and(|workspace| workspace.log.version_of(id).is_some());
    let mut seen = HashSet::new();
    let valid = ops.iter().filter(|op| Protocol.check(op).is_ok());
    valid.map(|op| op.stamp.op_id.as_str()).filter(|id| !known(id)).any(|id| !seen.insert(id))
}

fn rolled_back(op: &Op) -> PushResult {
    let outcome = Outcome::Refused { code: ErrorCode::ValidationError, error: "the batch was rolled back".to_owned() };
    PushResult { op_id: op.stamp.op_id.clone(), outcome }
}
