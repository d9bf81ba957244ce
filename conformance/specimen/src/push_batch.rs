//! Appends a batch to a workspace, or does what mutants do instead.

use super::app::App;
use super::caller::Caller;
use super::failure::Failure;
use super::push_rules::{append, rules};
use super::state::ServerState;
use super::switch::{Switch, deviations};
use super::{items, payload_forms, reroute};
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
            return Err(Failure::internal_error("no such table: unknown"));
        }
        Switch::BadOpDropsOthers if ops.iter().any(|op| Protocol.check(op).is_err()) => {
            return Ok(ops.iter().map(rolled_back).collect());
        }
        Switch::RecordTwiceBreaks if writes_twice(ops) => {
            return Err(Failure::internal_error("cannot affect row a second time"));
        }
        Switch::PutAfterEmptyingBreaks if is_emptied(state, scope) && has_put(ops) => {
            return Err(Failure::internal_error("no log entry at that offset"));
        }
        Switch::LongPkBreaks if ops.iter().any(|op| op.pk.len() > 2_700) => {
            return Err(Failure::internal_error("index row size exceeds maximum"));
        }
        Switch::NulInPayloadBreaks if ops.iter().any(holds_nul) => {
            return Err(Failure::internal_error("unsupported Unicode escape sequence"));
        }
        Switch::DollarKeysBreakUpdates if ops.iter().any(|op| updates_dollars(state, scope, op)) => {
            return Err(Failure::internal_error("unknown operator"));
        }
        Switch::VersionsByTable => {
            let mut order: Vec<usize> = (0..ops.len()).collect();
            order.sort_by(|left, right| ops[*left].table.cmp(&ops[*right].table));
            let sorted: Vec<Op> = order.iter().map(|place| ops[*place].clone()).collect();
            let rules = rules(app, state, caller, scope, &sorted);
            let results = append(app, state, caller, scope, &sorted, rules);
            let mut placed: Vec<(usize, PushResult)> = order.into_iter().zip(results).collect();
            placed.sort_by_key(|(place, _)| *place);
            return Ok(placed.into_iter().map(|(_, result)| result).collect());
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
        state.workspaces.get(id).is_some_and(|workspace| items::has_row(&workspace.log, &key))
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

/// Whether the batch writes one record twice.
fn writes_twice(ops: &[Op]) -> bool {
    let mut seen = HashSet::new();
    let valid = ops.iter().filter(|op| Protocol.check(op).is_ok());
    valid.map(|op| (&op.table, &op.pk)).any(|key| !seen.insert(key))
}

/// Whether several records are left, and all of them are deleted.
fn is_emptied(state: &ServerState, scope: &str) -> bool {
    let records = state.workspaces.get(scope).into_iter().flat_map(|workspace| workspace.log.state().records());
    let all: Vec<bool> = records.map(|(_, record)| record.is_tombstone()).collect();
    all.len() > 1 && all.iter().all(|is_deleted| *is_deleted)
}

fn has_put(ops: &[Op]) -> bool {
    ops.iter().any(|op| op.operation == Operation::Put)
}

fn holds_nul(op: &Op) -> bool {
    op.payload.as_deref().is_some_and(|payload| payload_forms::has_text(payload, &|text| text.contains('\0')))
}

/// Whether the op is a put over a live record, and a name in its payload begins with a dollar sign.
fn updates_dollars(state: &ServerState, scope: &str, op: &Op) -> bool {
    let key = Key::new(op.table.as_str(), op.pk.as_str());
    let is_live = state.workspaces.get(scope).is_some_and(|workspace| items::has_row(&workspace.log, &key));
    is_live && op.payload.as_deref().is_some_and(payload_forms::has_dollar_name)
}

fn rolled_back(op: &Op) -> PushResult {
    let outcome = Outcome::Refused { code: ErrorCode::ValidationError, error: "the batch was rolled back".to_owned() };
    PushResult { op_id: op.stamp.op_id.clone(), outcome }
}
