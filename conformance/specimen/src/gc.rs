//! `POST /api/sync/gc-change-log` and `POST /api/sync/gc-tombstones`.

use super::app::{App, Shared};
use super::caller::Caller;
use super::failure::Failure;
use super::items::is_like;
use super::race;
use super::shape::{self, Object};
use super::state::ServerState;
use super::stored_snapshot::Snapshot;
use super::switch::{Switch, Switches, deviation, deviations};
use super::variant::Freedom;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use syncproof_model::{ChangeLog, Horizon, Key, MAX_CLOCK, Op, Operation, Record};

/// A horizon that includes everything.
pub(super) const EVERYTHING: Horizon = Horizon { seen: u64::MAX, accepted_by_ms: u64::MAX };
/// How long a mutant remembers a device that does not move its cursor.
const QUIET: Duration = Duration::from_secs(5);
/// About ten thousand years, which calendar libraries refuse.
const MAX_SECONDS: f64 = 316_224_000_000.0;
/// The most seconds whose milliseconds fit into a signed 64-bit integer.
const MAX_SECONDS_OF_64_BITS: f64 = 9_223_372_036_854_775.0;

/// Collects log entries; the answer has no body.
pub(super) async fn change_log(State(app): Shared, request: Request) -> Result<StatusCode, Failure> {
    let (caller, body) = app.caller_and_body(request).await?;
    let (scope, retention_s) = (shape::scope(&body)?, retention(&app, &body)?);
    app.state().collector(&app, &caller.user, &scope)?;
    if app.is(Switch::CollectionsCollide) {
        let alone = app.state().mutant_state.collecting.insert(scope.clone());
        if !alone {
            return Err(Failure::internal_error("database is locked"));
        }
        race::gap(&app, Switch::CollectionsCollide).await;
        app.state().mutant_state.collecting.remove(&scope);
    }
    let came_in_between = came_in_between(&app, &caller, &scope, retention_s).await;
    let mut state = app.state();
    state.collector(&app, &caller.user, &scope)?;
    let horizon = came_in_between.unwrap_or_else(|| horizon(&app, &mut state, &caller, &scope, retention_s));
    let log = &mut state.workspace(&scope).log;
    deviations!(match app.switches() {
        Switch::GcNever => return Ok(StatusCode::NO_CONTENT),
        Switch::GcOfNothingBreaks if log.changes().is_empty() => {
            return Err(Failure::internal_error("no rows in result"));
        }
        Switch::GcTakesRows => log.collect_records(horizon, |record| !record.is_tombstone()),
        Switch::GcTakesTombstones => log.collect_records(horizon, Record::is_tombstone),
        _ => {}
    });
    let deletes = log.changes().iter().filter(|change| change.operation == Operation::Delete);
    let deletes: Vec<u64> = deletes.map(|change| change.version).collect();
    log.collect_changes(horizon);
    let oldest = log.oldest_kept();
    if app.is(Switch::GapOfADeleteUntold) {
        let gone = deletes.into_iter().filter(|version| *version < oldest);
        state.mutant_state.collected_deletes.entry(scope.clone()).or_default().extend(gone);
    }
    if app.is(Switch::HistoryGoesWithTheLog) {
        let records = state.workspace(&scope).log.state().records();
        let present =
            records.map(|(key, record)| ((key.table.clone(), key.pk.clone()), record.revision.op_id.clone())).collect();
        state.workspace(&scope).snapshots.iter_mut().for_each(|snapshot| snapshot.lose_history(&present));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Collects tombstones; the answer has no body.
pub(super) async fn tombstones(State(app): Shared, request: Request) -> Result<StatusCode, Failure> {
    let (caller, body) = app.caller_and_body(request).await?;
    let (scope, retention_s) = (shape::scope(&body)?, retention(&app, &body)?);
    let mut state = app.state();
    state.collector(&app, &caller.user, &scope)?;
    let mut horizon = horizon(&app, &mut state, &caller, &scope, retention_s);
    let by_first_writes = by_first_writes(&app, &state, &scope, horizon);
    let workspace = state.workspace(&scope);
    if let Some(going) = by_first_writes {
        workspace.log.collect_records(EVERYTHING, |record| going.contains(&record.revision.op_id));
        return Ok(StatusCode::NO_CONTENT);
    }
    deviations!(match app.switches() {
        Switch::GcNever | Switch::TombstonesNeverCollected => return Ok(StatusCode::NO_CONTENT),
        Switch::TombstonesIgnoreDevices => horizon.seen = u64::MAX,
        Switch::TombstonesIgnoreRetention => horizon.accepted_by_ms = u64::MAX,
        Switch::TombstonesFollowTheLog => {
            let oldest = workspace.log.oldest_kept();
            let gone = tombstone_ids(&workspace.log).into_iter();
            let gone: HashSet<String> =
                gone.filter(|id| workspace.log.version_of(id).is_some_and(|version| version < oldest)).collect();
            workspace.log.collect_records(EVERYTHING, |record| gone.contains(&record.revision.op_id));
        }
        Switch::TombstonesOfFilesIgnoreDevices => {
            let files = op_ids(&workspace.log, |key, record| key.table == "file_meta" && record.is_tombstone());
            let horizon = Horizon { seen: u64::MAX, ..horizon };
            workspace.log.collect_records(horizon, |record| files.contains(&record.revision.op_id));
        }
        Switch::TombstonesOfOthersStay => {
            let seen = op_ids(&workspace.log, |key, record| record.is_tombstone() && key.is_for(&caller.user));
            workspace.log.collect_records(horizon, |record| seen.contains(&record.revision.op_id));
            return Ok(StatusCode::NO_CONTENT);
        }
        Switch::TombstonesTakeSoftDeleted => workspace.log.collect_records(horizon, is_soft_deleted),
        Switch::TombstonesOutOfSnapshots => workspace.snapshots.iter_mut().for_each(Snapshot::lose_tombstones),
        _ => {}
    });
    let go_together: Option<fn(&Key, &Key) -> bool> = deviation!(match app.switches() {
        Switch::TombstonesGoByPk => Some(|gone, other| gone.pk == other.pk),
        Switch::TombstonesGoByPattern => Some(|gone, other| gone.table == other.table && is_like(&gone.pk, &other.pk)),
        _ => None,
    });
    let before = go_together.map(|together| (together, keys(&workspace.log)));
    let ids_before = app.is(Switch::TombstonesForgetOps).then(|| tombstone_ids(&workspace.log));
    workspace.log.collect_tombstones(horizon);
    if let Some((together, before)) = before {
        let after = keys(&workspace.log);
        let gone: Vec<&Key> = before.iter().filter(|key| !after.contains(key)).collect();
        let rest = workspace.log.state().records().filter(|(key, _)| gone.iter().any(|gone| together(gone, key)));
        let ids: Vec<String> = rest.map(|(_, record)| record.revision.op_id.clone()).collect();
        workspace
            .log
            .collect_records(EVERYTHING, |record| record.is_tombstone() && ids.contains(&record.revision.op_id));
    }
    let ids_after = tombstone_ids(&workspace.log);
    let forgotten = ids_before.into_iter().flatten().filter(|id| !ids_after.contains(id));
    state.mutant_state.forgotten.extend(forgotten);
    if app.is(Switch::TombstonesGoEverywhere) {
        state.workspaces.values_mut().for_each(|workspace| workspace.log.collect_tombstones(horizon));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The retention of a request, in seconds (`gc.bad-retention`).
fn retention(app: &App, body: &Object) -> Result<u64, Failure> {
    let given = body.get("retentionSeconds").and_then(Value::as_f64).unwrap_or_default();
    deviation!(match app.switches() {
        Switch::RetentionOverflows if given >= MAX_SECONDS => {
            Err(Failure::internal_error("date value out of range"))
        }
        Switch::RetentionWraps if given > MAX_SECONDS_OF_64_BITS => Ok(0),
        Switch::RetentionZero if given == 0.0 && body.contains_key("retentionSeconds") => Ok(0),
        Switch::RetentionNegative if given < 0.0 => Ok(MAX_CLOCK),
        Switch::RetentionFraction if given > 0.0 && given.fract() != 0.0 => Ok(MAX_CLOCK),
        Switch::RetentionIn32Bits => {
            shape::integer(body, "retentionSeconds", 1, MAX_CLOCK).map(|seconds| seconds & u64::from(u32::MAX))
        }
        _ => shape::integer(body, "retentionSeconds", 1, MAX_CLOCK),
    })
}

/// For mutants that judge a tombstone by the first put or delete of its record: which of the two operations, and
/// whether they take its version (or else its time).
fn inherited(switches: Switches) -> Option<(Operation, bool)> {
    deviation!(match switches {
        Switch::TombstoneKeepsVersion => Some((Operation::Delete, true)),
        Switch::TombstoneKeepsTime => Some((Operation::Delete, false)),
        Switch::TombstoneTakesRowsVersion => Some((Operation::Put, true)),
        Switch::TombstoneTakesRowsTime => Some((Operation::Put, false)),
        _ => None,
    })
}

/// Remembers for these mutants when a record was first written.
pub(super) fn after_push(app: &App, state: &mut ServerState, scope: &str, ops: &[Op]) {
    if inherited(app.switches()).is_none() {
        return;
    }
    for op in ops {
        let log = &state.workspace(scope).log;
        let (version, at_ms) = (log.version_of(&op.stamp.op_id), log.accepted_at_ms(&op.stamp.op_id));
        if let (Some(version), Some(at_ms)) = (version, at_ms) {
            let key = (scope.to_owned(), op.table.clone(), op.pk.clone(), op.operation);
            state.mutant_state.first_writes.entry(key).or_insert((version, at_ms));
        }
    }
}

/// The op ids of the tombstones that these mutants collect.
fn by_first_writes(app: &App, state: &ServerState, scope: &str, horizon: Horizon) -> Option<HashSet<String>> {
    let (operation, takes_version) = inherited(app.switches())?;
    let log = &state.workspaces.get(scope)?.log;
    let goes = |key: &Key, record: &Record| {
        let op_id = &record.revision.op_id;
        let (version, at_ms) = (log.version_of(op_id)?, log.accepted_at_ms(op_id)?);
        let first = (scope.to_owned(), key.table.clone(), key.pk.clone(), operation);
        let first = state.mutant_state.first_writes.get(&first).copied().unwrap_or((version, at_ms));
        let (version, at_ms) = if takes_version { (first.0, at_ms) } else { (version, first.1) };
        horizon.admits(version, at_ms).then(|| op_id.clone())
    };
    let tombstones = log.state().records().filter(|(_, record)| record.is_tombstone());
    Some(tombstones.filter_map(|(key, record)| goes(key, record)).collect())
}

/// How far a collection goes, on this server.
fn horizon(app: &App, state: &mut ServerState, caller: &Caller, scope: &str, retention_s: u64) -> Horizon {
    let now_ms = app.now_ms();
    let lowest =
        |state: &ServerState| state.workspaces.values().filter_map(|workspace| workspace.cursors.lowest()).min();
    let everywhere = lowest(state).unwrap_or(u64::MAX);
    let recent = |user: &str, device: &str, last_moved: &HashMap<(String, String, String), Duration>| {
        let key = (scope.to_owned(), user.to_owned(), device.to_owned());
        last_moved.get(&key).is_some_and(|at| app.now().saturating_sub(*at) < QUIET)
    };
    let last_moved = state.mutant_state.last_moved.clone();
    let mut present = HashSet::new();
    if app.is(Switch::GcDevicesOfPresent) {
        present.extend(state.workspace(scope).cursors.iter().map(|(user, ..)| user.to_owned()));
        present.retain(|user| state.directory.user(user).is_some_and(|user| user.active.as_deref() == Some(scope)));
    }
    let workspace = state.workspace(scope);
    let mut horizon = Horizon::of(&workspace.cursors, retention_s, now_ms);
    let among = |counts: &dyn Fn(&str, u64) -> bool| {
        workspace.cursors.iter().filter(|(user, _, version)| counts(user, *version)).map(|(.., version)| version).min()
    };
    if app.takes(Freedom::KeepsNewestSeen) {
        horizon.seen = horizon.seen.min(workspace.log.head()).saturating_sub(1);
    }
    deviations!(match app.switches() {
        Switch::GcIgnoresDevices => horizon.seen = u64::MAX,
        Switch::GcFastestDevice => {
            horizon.seen = workspace.cursors.iter().map(|(.., version)| version).max().unwrap_or(u64::MAX);
        }
        Switch::GcCallersDevices => {
            horizon.seen = among(&|user, _| user == caller.user).unwrap_or(u64::MAX);
        }
        Switch::GcDevicesOfPresent => horizon.seen = among(&|user, _| present.contains(user)).unwrap_or(u64::MAX),
        Switch::QuietDevicesForgotten => {
            let last_moved = workspace.cursors.iter().filter(|(user, device, _)| recent(user, device, &last_moved));
            horizon.seen = last_moved.map(|(.., version)| version).min().unwrap_or(u64::MAX);
        }
        Switch::GcFirstHundredDevices => {
            let first = workspace.cursors.iter().take(100).map(|(.., version)| version);
            horizon.seen = first.min().unwrap_or(u64::MAX);
        }
        Switch::GcIgnoresGhosts => horizon.seen = among(&|_, version| version > 0).unwrap_or(u64::MAX),
        Switch::GcLooksAt256Devices => {
            let first = workspace.cursors.iter().take(256).map(|(.., version)| version);
            horizon.seen = first.min().unwrap_or(u64::MAX);
        }
        Switch::GcAllWorkspaces => horizon.seen = everywhere,
        Switch::GcOneTooFar => horizon.seen = horizon.seen.saturating_add(1),
        Switch::GcTwoTooFew => horizon.seen = horizon.seen.min(workspace.log.head()).saturating_sub(2),
        Switch::GcOneTooFew => horizon.seen = horizon.seen.min(workspace.log.head()).saturating_sub(1),
        Switch::GcIgnoresRetention => horizon.accepted_by_ms = now_ms,
        Switch::GcRetentionInMilliseconds => horizon.accepted_by_ms = now_ms.saturating_sub(retention_s),
        Switch::GcTakesYoungBesideOld => {
            let oldest =
                workspace.log.changes().first().and_then(|change| workspace.log.accepted_at_ms(&change.stamp.op_id));
            if oldest.is_some_and(|at_ms| at_ms <= horizon.accepted_by_ms) {
                horizon.accepted_by_ms = now_ms;
            }
        }
        _ => {}
    });
    horizon
}

/// For a mutant that decides to collect the whole log before the gap, and collects all that has arrived by the end of
/// it.
async fn came_in_between(app: &App, caller: &Caller, scope: &str, retention_s: u64) -> Option<Horizon> {
    if !app.is(Switch::GcTakesWhatComesIn) {
        return None;
    }
    let all_may_go = {
        let mut state = app.state();
        let horizon = horizon(app, &mut state, caller, scope, retention_s);
        let log = &state.workspace(scope).log;
        let last =
            log.changes().last().and_then(|change| Some((change.version, log.accepted_at_ms(&change.stamp.op_id)?)));
        last.is_some_and(|(version, at_ms)| horizon.admits(version, at_ms))
    };
    race::gap(app, Switch::GcTakesWhatComesIn).await;
    all_may_go.then_some(EVERYTHING)
}

fn tombstone_ids(log: &ChangeLog) -> HashSet<String> {
    op_ids(log, |_, record| record.is_tombstone())
}

/// The op ids of the records of that kind.
pub(super) fn op_ids(log: &ChangeLog, is_meant: impl Fn(&Key, &Record) -> bool) -> HashSet<String> {
    let records = log.state().records().filter(|(key, record)| is_meant(key, record));
    records.map(|(_, record)| record.revision.op_id.clone()).collect()
}

fn keys(log: &ChangeLog) -> Vec<Key> {
    log.state().records().map(|(key, _)| key.clone()).collect()
}

fn is_soft_deleted(record: &Record) -> bool {
    record.row.as_ref().is_some_and(|row| row["deleted"] == true)
}
