//! Appends a batch to the log of a workspace, by rules that hold what a mutant has to know about this push.

use super::app::App;
use super::caller::Caller;
use super::rules::LogMutation;
use super::state::ServerState;
use super::switch::{Switch, deviation, deviations};
use super::{cursor, gc, notification};
use std::collections::{HashMap, HashSet};
use syncproof_model::{Author, Change, ChangeLog, Key, LogRules, Op, Operation, Outcome, PushResult, Role};
use tokio::time::Instant;

/// Appends a batch by these rules.
pub(super) fn append(
    app: &App,
    state: &mut ServerState,
    caller: &Caller,
    scope: &str,
    ops: &[Op],
    rules: LogMutation,
) -> Vec<PushResult> {
    let results = deviation!(match app.switches() {
        Switch::ForgedIdKept | Switch::InvalidIdKept | Switch::HijackIdKept => {
            notification::keep_refused(app, state, (scope, &caller.user), ops, &rules)
        }
        Switch::AgeByCreatedAt => {
            let told = ops.iter().filter_map(|op| state.mutant_state.created_at.get(&op.stamp.op_id)).min().copied();
            state.workspace(scope).log.push_by(&rules, ops, told.unwrap_or_else(|| app.now_ms()))
        }
        _ => state.workspace(scope).log.push_by(&rules, ops, app.now_ms()),
    });
    gc::after_push(app, state, scope, ops);
    cursor::after_push(app, state, &caller.user, scope, ops);
    if app.is(Switch::LosersForgottenAfterAWin) {
        forget_losers(state, scope, ops, &results);
    }
    if app.is(Switch::FailedOpForgetsBatch) && results.iter().any(|result| result.version().is_none()) {
        let accepted = results.iter().filter(|result| result.version().is_some());
        state.mutant_state.forgotten.extend(accepted.map(|result| result.op_id.clone()));
    }
    for result in &results {
        let key = (scope.to_owned(), result.op_id.clone());
        if app.switches().has_any(&[Switch::ReplayPerUser, Switch::ChangesOfGoneMembersHidden]) {
            state.mutant_state.senders.entry(key).or_insert_with(|| caller.user.clone());
        }
        if let Some(version) = result.version().filter(|_| app.is(Switch::ReplicaLags)) {
            state.mutant_state.arrivals.entry((scope.to_owned(), version)).or_insert_with(Instant::now);
        }
    }
    results
}

/// How long mutants remember, in milliseconds.
const MEMORY_MS: u64 = 4000;

/// Whether an op was accepted so long ago that some mutants have forgotten it; an unknown op is as good as forgotten.
fn is_old(app: &App, log: &ChangeLog, op_id: &str) -> bool {
    log.accepted_at_ms(op_id).is_none_or(|at_ms| app.now_ms().saturating_sub(at_ms) > MEMORY_MS)
}

/// Forgets the ids of ops that lost on a record to which a write has now won.
fn forget_losers(state: &mut ServerState, scope: &str, ops: &[Op], results: &[PushResult]) {
    for (op, result) in ops.iter().zip(results) {
        let Outcome::Accepted { applied, replayed: false, .. } = result.outcome else { continue };
        let losers = state.mutant_state.losers.entry((scope.to_owned(), op.table.clone(), op.pk.clone())).or_default();
        if applied {
            let losers = std::mem::take(losers);
            state.mutant_state.forgotten.extend(losers);
        } else {
            losers.push(op.stamp.op_id.clone());
        }
    }
}

/// The rules for one push, with what a mutant has to know.
pub(super) fn rules(app: &App, state: &ServerState, caller: &Caller, scope: &str, ops: &[Op]) -> LogMutation {
    let log = state.workspaces.get(scope).map(|workspace| &workspace.log);
    let ids = |counts: &dyn Fn(&Op) -> bool| -> HashSet<String> {
        ops.iter().filter(|op| counts(op)).map(|op| op.stamp.op_id.clone()).collect()
    };
    let mut rules = LogMutation {
        switches: app.switches(),
        freedoms: app.freedoms(),
        author: caller.user.clone(),
        now_ms: app.now_ms(),
        ..LogMutation::default()
    };
    deviations!(match app.switches() {
        Switch::OwnerForges => {
            rules.is_owner = state.directory.role(&caller.user, scope) == Ok(Role::Owner);
        }
        Switch::VersionsReused => {
            rules.start = log.map(|log| log.changes().last().map_or(0, |change| change.version));
        }
        Switch::OpIdsForgotten | Switch::WinnersForgotten => {
            let kept = |id: &str| log.is_some_and(|log| log.version_of(id).is_some_and(|v| v >= log.oldest_kept()));
            rules.known_ids = ids(&|op| kept(&op.stamp.op_id));
            let winners = log.into_iter().flat_map(|log| log.state().records());
            let winners = winners.map(|(_, record)| record.revision.op_id.clone());
            rules.collected = winners.filter(|id| !kept(id)).collect();
        }
        Switch::VersionsGlobal => {
            rules.highest_head = state.workspaces.values().map(|workspace| workspace.log.head()).max().unwrap_or(0);
        }
        Switch::ReplayPerUser => {
            let senders = &state.mutant_state.senders;
            rules.known_ids = ids(&|op| {
                senders.get(&(scope.to_owned(), op.stamp.op_id.clone())).is_some_and(|sender| *sender == caller.user)
            });
        }
        Switch::FirstOpChecked => {
            rules.unchecked = ops.iter().skip(1).map(|op| op.stamp.op_id.clone()).collect();
        }
        Switch::SecondRevivalLost => rules.often_written = written_at_least(log, Operation::Delete, 2),
        Switch::ManyWritesBeatDeletes => rules.often_written = written_at_least(log, Operation::Put, 11),
        Switch::ReplaysPerDeviceWindow => {
            let is_recent = |version: u64, device: &str| {
                let later = log.into_iter().flat_map(|log| log.after(version));
                later.filter(|change| change.stamp.device_id == device).count() < 5
            };
            rules.known_ids = ids(&|op| {
                let version = log.and_then(|log| log.version_of(&op.stamp.op_id));
                version.is_some_and(|version| is_recent(version, &op.stamp.device_id))
            });
        }
        Switch::LostPushForgotten
        | Switch::TombstonesForgetOps
        | Switch::FailedOpForgetsBatch
        | Switch::LosersForgottenAfterAWin => {
            let forgotten = &state.mutant_state.forgotten;
            rules.known_ids = ids(&|op| !forgotten.contains(&op.stamp.op_id));
        }
        Switch::OpIdsExpire | Switch::TombstonesExpire => {
            let is_fresh = |id: &str| log.is_some_and(|log| !is_old(app, log, id));
            rules.known_ids = ids(&|op| is_fresh(&op.stamp.op_id));
            let tombstones = log.into_iter().flat_map(|log| log.state().records());
            let tombstones = tombstones.filter(|(_, record)| record.is_tombstone());
            let tombstones = tombstones.map(|(_, record)| record.revision.op_id.clone());
            rules.collected = tombstones.filter(|id| !is_fresh(id)).collect();
        }
        Switch::LookupCutAt90 => {
            let looked_up = ops.iter().take(90).map(|op| op.stamp.op_id.clone());
            rules.known_ids = looked_up.filter(|id| log.is_some_and(|log| log.version_of(id).is_some())).collect();
        }
        Switch::ReplaysForgotten | Switch::OldReplaysForgotten => {
            let head = log.map_or(0, ChangeLog::head);
            let remembered = if app.is(Switch::ReplaysForgotten) { 3 } else { 1000 };
            let recent = |version: u64| version + remembered > head;
            rules.known_ids = ids(&|op| log.and_then(|log| log.version_of(&op.stamp.op_id)).is_some_and(recent));
        }
        Switch::ReplaysByBatch => {
            let known = |op: &Op| log.is_some_and(|log| log.version_of(&op.stamp.op_id).is_some());
            if ops.iter().all(known) {
                rules.known_ids = ids(&known);
            }
        }
        Switch::VersionsInBlocks => {
            const BLOCK: u64 = 1000;
            let writers = state.mutant_state.writers.get(scope);
            let place = writers.and_then(|writers| writers.iter().position(|user| *user == caller.user)).unwrap_or(0);
            let base = BLOCK * u64::try_from(place).unwrap_or(0);
            let own = log.into_iter().flat_map(|log| log.changes()).map(|change| change.version);
            let last = own.filter(|version| (base + 1..=base + BLOCK).contains(version)).max();
            rules.start = Some(last.unwrap_or(base));
        }
        Switch::ReuseOverwrites => {
            rules.known_ids =
                ids(&|op| log.and_then(|log| log.op(&op.stamp.op_id)).is_some_and(|known| known.same_content(op)));
        }
        Switch::EmptyDeleteFails => {
            rules.empty_deletes = ids(&|op| {
                let key = Change::new(0, op).owned_by(Author(&caller.user).owner(op)).key();
                op.operation == Operation::Delete
                    && log.is_none_or(|log| log.state().get(&key).is_none())
                    && !ops
                        .iter()
                        .any(|other| other.operation == Operation::Put && other.table == op.table && other.pk == op.pk)
            });
        }
        Switch::NotificationOverwritten
        | Switch::NotificationDeleted
        | Switch::NotificationTombstoneOverwritten
        | Switch::GoneNotificationOverwritten => {
            let workspace = state.workspaces.get(scope);
            let owner = |op: &Op| notification::victim(app.switches(), workspace?, op, &caller.user);
            rules.owners = ops.iter().filter_map(|op| Some((op.stamp.op_id.clone(), owner(op)?))).collect();
        }
        _ => {}
    });
    rules
}

/// The records that the log has put, or deleted, at least so often.
fn written_at_least(log: Option<&ChangeLog>, operation: Operation, times: usize) -> HashSet<Key> {
    let changes = log.into_iter().flat_map(|log| log.changes());
    let mut counts = HashMap::<Key, usize>::new();
    for change in changes.filter(|change| change.operation == operation) {
        *counts.entry(change.key()).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| *count >= times).map(|(key, _)| key).collect()
}
