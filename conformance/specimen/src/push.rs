//! `POST /api/sync/push`.

use super::app::{App, Caller, Shared};
use super::failure::Failure;
use super::op_shape::{self, MAX_OPS};
use super::rules::LogMutation;
use super::shape::{self, Object};
use super::switch::Switch;
use super::world::World;
use super::{cursor, gc, items, notification, push_race, reroute, variant, wire};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Instant;
use syncproof_model::{Author, Change, ErrorCode, LogRules, Op, Operation, Outcome, Protocol, PushResult, Role};

/// Takes a batch in.
pub(super) async fn push(State(app): Shared, request: Request) -> Result<Json<Value>, Failure> {
    let (caller, body) = app.admit(request).await?;
    let scope = shape::scope(&body)?;
    let (ops, flaw) = batch(&app, &body)?;
    if let Some(flaw) = flaw {
        if app.is(Switch::BadBatchAppliesPrefix) && app.world().writer(&app, &caller.user, &scope).is_ok() {
            take(&app, &mut app.world(), &caller, &scope, &ops)?;
        }
        return Err(flaw);
    }
    let known = |op: &Op| app.world().shelf(&scope).log.version_of(&op.stamp.op_id).is_some();
    if app.is(Switch::ViewerReplays) && !ops.is_empty() && ops.iter().all(known) {
        let mut world = app.world();
        world.sync_role(&app, &caller.user, &scope)?;
        let results = take(&app, &mut world, &caller, &scope, &ops)?;
        let head = world.shelf(&scope).log.head();
        let results: Vec<Value> = results.iter().map(wire::result).collect();
        return Ok(Json(json!({"results": results, "serverVersion": head})));
    }
    app.world().writer(&app, &caller.user, &scope)?;
    variant::refuse(&app, &ops)?;
    if app.is(Switch::VersionsInBlocks) {
        let mut world = app.world();
        let writers = world.mischief.writers.entry(scope.clone()).or_default();
        if !writers.contains(&caller.user) {
            writers.push(caller.user.clone());
        }
    }
    if app.is(Switch::TenantsBlock) {
        push_race::alone(&app, &scope).await?;
    }
    let head_before = app.world().shelf(&scope).log.head();
    if ops.len() > 500 && app.is(Switch::LargeBatchHalfApplied) {
        take_now(&app, &caller, &scope, &ops[..500])?;
        return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "at most 500 ops"));
    }
    let mut results = match app.switch() {
        Some(switch) if push_race::is_push(switch) => push_race::push(&app, switch, &caller, &scope, &ops).await?,
        _ => take_now(&app, &caller, &scope, &ops)?,
    };
    as_one_batch(&mut results, head_before);
    match app.switch() {
        Some(Switch::FailuresLast) => results.sort_by_key(|result| result.version().is_none()),
        Some(Switch::OneResultPerOpId) => {
            let mut seen = HashSet::new();
            results.retain(|result| seen.insert(result.op_id.clone()));
        }
        Some(Switch::FailuresWithoutResult) => results.retain(|result| result.version().is_some()),
        Some(Switch::FailedOpsShowStatement) => results.iter_mut().for_each(explained),
        Some(Switch::LoserUntold) => results.iter_mut().for_each(untold),
        Some(Switch::RivalShown) => {
            notification::show_rivals(&app.world().shelf(&scope).log, &caller.user, &ops, &mut results);
        }
        _ => {}
    }
    let head = app.world().shelf(&scope).log.head();
    let head = match app.switch() {
        Some(Switch::HeadIsStale) => head_before,
        Some(Switch::HeadOverstated) => head + 1,
        _ => head,
    };
    let results: Vec<Value> = results.iter().map(wire::result).collect();
    Ok(Json(json!({"results": results, "serverVersion": head})))
}

/// Reads a batch as far as it is in order, with what is wrong with the rest.
fn batch(app: &App, body: &Object) -> Result<(Vec<Op>, Option<Failure>), Failure> {
    let values = shape::array(body, "ops")?;
    if values.is_empty() && app.is(Switch::EmptyBatchRefused) {
        return Err(Failure::bad("ops is empty"));
    }
    if values.len() > MAX_OPS {
        return Err(Failure::bad(format!("at most {MAX_OPS} ops")));
    }
    let mut ops = Vec::with_capacity(values.len());
    let mut queue_ids = HashSet::new();
    for value in values {
        if app.is(Switch::QueueIdsCount) && !queue_ids.insert(value["id"].as_str()) {
            continue;
        }
        match op_shape::op(app, value) {
            Ok(op) => ops.push(op),
            Err(flaw) => return Ok((ops, Some(flaw))),
        }
    }
    Ok((ops, None))
}

/// Access and push in one step, so that no deletion comes between them (`workspace.delete-closes-sync`).
fn take_now(app: &App, caller: &Caller, scope: &str, ops: &[Op]) -> Result<Vec<PushResult>, Failure> {
    let mut world = app.world();
    world.writer(app, &caller.user, scope)?;
    take(app, &mut world, caller, scope, ops)
}

/// Takes a batch into a workspace.
pub(super) fn take(
    app: &App,
    world: &mut World,
    caller: &Caller,
    scope: &str,
    ops: &[Op],
) -> Result<Vec<PushResult>, Failure> {
    match app.switch() {
        Some(Switch::GlobalPrimaryKey) if collides(world, scope, ops) => {
            return Err(Failure::broken("UNIQUE constraint failed: records.id"));
        }
        Some(Switch::DuplicateOpIdAborts) if repeats_new(world, scope, ops) => {
            return Err(Failure::broken("UNIQUE constraint failed: change_log.op_id"));
        }
        Some(Switch::NulBreaks) if ops.iter().any(|op| op.pk.contains('\0')) => {
            return Err(Failure::broken("unterminated string"));
        }
        Some(Switch::UnknownTableBreaks)
            if ops.iter().any(|op| Protocol.check(op) == Err(syncproof_model::Flaw::UnknownTable)) =>
        {
            return Err(Failure::broken("no such table"));
        }
        Some(Switch::BadOpDropsOthers) if ops.iter().any(|op| Protocol.check(op).is_err()) => {
            return Ok(ops.iter().map(rolled_back).collect());
        }
        Some(Switch::OpIdGlobal) => return Ok(reroute::known_elsewhere(app, world, caller, scope, ops)),
        Some(Switch::PayloadNamesWorkspace) => return Ok(reroute::into_named(app, world, caller, scope, ops)),
        Some(Switch::LastDuplicateWins) => {
            let last = |op: &Op| ops.iter().rfind(|other| other.stamp.op_id == op.stamp.op_id).unwrap_or(op).clone();
            let kept: Vec<Op> = ops.iter().map(last).collect();
            let rules = rules(app, world, caller, scope, &kept);
            let mut results = append(app, world, caller, scope, &kept, rules);
            for ((result, op), kept) in results.iter_mut().zip(ops).zip(&kept) {
                if let Outcome::Accepted { version, .. } = &mut result.outcome {
                    // Success for content that is gone, under a version that nothing has.
                    *version += u64::from(!op.same_content(kept));
                }
            }
            return Ok(results);
        }
        _ => {}
    }
    Ok(append(app, world, caller, scope, ops, rules(app, world, caller, scope, ops)))
}

/// Appends by these rules.
pub(super) fn append(
    app: &App,
    world: &mut World,
    caller: &Caller,
    scope: &str,
    ops: &[Op],
    rules: LogMutation,
) -> Vec<PushResult> {
    let results = match app.switch() {
        Some(switch @ (Switch::ForgedIdKept | Switch::InvalidIdKept | Switch::HijackIdKept)) => {
            notification::keep_refused(app, switch, world, (scope, &caller.user), ops, &rules)
        }
        _ => world.shelf(scope).log.push_by(&rules, ops, app.now_ms()),
    };
    gc::after_push(app, world, scope, ops);
    cursor::after_push(app, world, &caller.user, scope, ops);
    for result in &results {
        let key = (scope.to_owned(), result.op_id.clone());
        if app.is(Switch::ReplayPerUser) {
            world.mischief.senders.entry(key).or_insert_with(|| caller.user.clone());
        } else if let Some(version) = result.version().filter(|_| app.is(Switch::ReplicaLags)) {
            world.mischief.arrivals.entry((scope.to_owned(), version)).or_insert_with(Instant::now);
        }
    }
    results
}

/// The rules, with what wrong ones have to know.
pub(super) fn rules(app: &App, world: &World, caller: &Caller, scope: &str, ops: &[Op]) -> LogMutation {
    let log = world.shelves.get(scope).map(|shelf| &shelf.log);
    let ids = |counts: &dyn Fn(&Op) -> bool| -> HashSet<String> {
        ops.iter().filter(|op| counts(op)).map(|op| op.stamp.op_id.clone()).collect()
    };
    let mut rules = LogMutation {
        switch: app.switch(),
        freedoms: app.freedoms(),
        author: caller.user.clone(),
        ..LogMutation::default()
    };
    match app.switch() {
        Some(Switch::OwnerForges) => {
            rules.is_owner = world.directory.role(&caller.user, scope) == Ok(Role::Owner);
        }
        Some(Switch::VersionsReused) => {
            rules.start = log.map(|log| log.changes().last().map_or(0, |change| change.version));
        }
        Some(Switch::OpIdsForgotten | Switch::WinnersForgotten) => {
            let kept = |id: &str| log.is_some_and(|log| log.version_of(id).is_some_and(|v| v >= log.oldest_kept()));
            rules.known_ids = ids(&|op| kept(&op.stamp.op_id));
            let winners = log.into_iter().flat_map(|log| log.state().records());
            let winners = winners.map(|(_, record)| record.revision.op_id.clone());
            rules.collected = winners.filter(|id| !kept(id)).collect();
        }
        Some(Switch::VersionsGlobal) => {
            rules.highest_head = world.shelves.values().map(|shelf| shelf.log.head()).max().unwrap_or(0);
        }
        Some(Switch::ReplayPerUser) => {
            let senders = &world.mischief.senders;
            rules.known_ids = ids(&|op| {
                senders.get(&(scope.to_owned(), op.stamp.op_id.clone())).is_some_and(|sender| *sender == caller.user)
            });
        }
        Some(Switch::FirstOpChecked) => {
            rules.unchecked = ops.iter().skip(1).map(|op| op.stamp.op_id.clone()).collect();
        }
        Some(Switch::LostPushForgotten | Switch::TombstonesForgetOps) => {
            let forgotten = &world.mischief.forgotten;
            rules.known_ids = ids(&|op| !forgotten.contains(&op.stamp.op_id));
        }
        Some(switch @ (Switch::ReplaysForgotten | Switch::OldReplaysForgotten)) => {
            let head = log.map_or(0, syncproof_model::ChangeLog::head);
            let remembered = if switch == Switch::ReplaysForgotten { 3 } else { 1000 };
            let recent = |version: u64| version + remembered > head;
            rules.known_ids = ids(&|op| log.and_then(|log| log.version_of(&op.stamp.op_id)).is_some_and(recent));
        }
        Some(Switch::ReplaysByBatch) => {
            let known = |op: &Op| log.is_some_and(|log| log.version_of(&op.stamp.op_id).is_some());
            if ops.iter().all(known) {
                rules.known_ids = ids(&known);
            }
        }
        Some(Switch::VersionsInBlocks) => {
            const BLOCK: u64 = 1000;
            let writers = world.mischief.writers.get(scope);
            let place = writers.and_then(|writers| writers.iter().position(|user| *user == caller.user)).unwrap_or(0);
            let base = BLOCK * u64::try_from(place).unwrap_or(0);
            let own = log.into_iter().flat_map(|log| log.changes()).map(|change| change.version);
            let last = own.filter(|version| (base + 1..=base + BLOCK).contains(version)).max();
            rules.start = Some(last.unwrap_or(base));
        }
        Some(Switch::ReuseOverwrites) => {
            rules.known_ids =
                ids(&|op| log.and_then(|log| log.op(&op.stamp.op_id)).is_some_and(|known| known.same_content(op)));
        }
        Some(Switch::EmptyDeleteFails) => {
            rules.empty_deletes = ids(&|op| {
                let key = Change::new(0, op).owned_by(Author(&caller.user).owner(op)).key();
                op.operation == Operation::Delete
                    && log.is_none_or(|log| log.state().get(&key).is_none())
                    && !ops
                        .iter()
                        .any(|other| other.operation == Operation::Put && other.table == op.table && other.pk == op.pk)
            });
        }
        Some(
            Switch::NotificationOverwritten
            | Switch::NotificationDeleted
            | Switch::NotificationTombstoneOverwritten
            | Switch::GoneNotificationOverwritten,
        ) => {
            let shelf = world.shelves.get(scope);
            let owner = |op: &Op| notification::victim(app.switch(), shelf?, op, &caller.user);
            rules.owners = ops.iter().filter_map(|op| Some((op.stamp.op_id.clone(), owner(op)?))).collect();
        }
        _ => {}
    }
    rules
}

/// Whether a put meets a row of the same key in another workspace, with no row of its own to overwrite.
fn collides(world: &World, scope: &str, ops: &[Op]) -> bool {
    let holds = |id: &String, op: &Op| {
        let key = syncproof_model::Key::new(op.table.as_str(), op.pk.as_str());
        world.shelves.get(id).is_some_and(|shelf| items::rows(&shelf.log).contains_key(&key))
    };
    let puts = ops.iter().filter(|op| op.operation == Operation::Put && Protocol.check(op).is_ok());
    let scope = scope.to_owned();
    puts.filter(|op| !holds(&scope, op)).any(|op| world.shelves.keys().any(|id| *id != scope && holds(id, op)))
}

/// Whether one new op id comes twice.
fn repeats_new(world: &World, scope: &str, ops: &[Op]) -> bool {
    let known = |id: &str| world.shelves.get(scope).is_some_and(|shelf| shelf.log.version_of(id).is_some());
    let mut seen = HashSet::new();
    let valid = ops.iter().filter(|op| Protocol.check(op).is_ok());
    valid.map(|op| op.stamp.op_id.as_str()).filter(|id| !known(id)).any(|id| !seen.insert(id))
}

/// What came in with this request is no replay, even where a mutant took the ops one by one.
fn as_one_batch(results: &mut [PushResult], head_before: u64) {
    for result in results {
        if let Outcome::Accepted { version, replayed, .. } = &mut result.outcome {
            *replayed &= *version <= head_before;
        }
    }
}

fn rolled_back(op: &Op) -> PushResult {
    let outcome = Outcome::Refused { code: ErrorCode::ValidationError, error: "the batch was rolled back".to_owned() };
    PushResult { op_id: op.stamp.op_id.clone(), outcome }
}

fn explained(result: &mut PushResult) {
    if let Outcome::Refused { error, .. } = &mut result.outcome {
        "UNIQUE constraint failed: change_log.op_id".clone_into(error);
    }
}

fn untold(result: &mut PushResult) {
    if let Outcome::Accepted { applied, winner, .. } = &mut result.outcome {
        *applied = true;
        *winner = None;
    }
}
