//! Race conditions of pushes: mutants that wait between reading the head, looking up op ids and writing.

use super::app::App;
use super::caller::Caller;
use super::failure::Failure;
use super::push_batch::take;
use super::push_rules::{append, rules};
use super::race;
use super::switch::Switch;
use std::time::Duration;
use syncproof_model::{Op, PushResult};

/// The switches of mutants with a race condition in push.
pub(super) const RACES: &[Switch] = &[
    Switch::HeadReadEarly,
    Switch::CommitsOutOfOrder,
    Switch::ConcurrentReplaysRace,
    Switch::BatchesInterleave,
    Switch::LongBatchesInterleave,
];

/// A push that unlocks the state in between.
pub(super) async fn push(
    app: &App,
    switch: Switch,
    caller: &Caller,
    scope: &str,
    ops: &[Op],
) -> Result<Vec<PushResult>, Failure> {
    match switch {
        Switch::HeadReadEarly => {
            let head = app.state().workspace(scope).log.head();
            race::gap(app, switch).await;
            start_at(app, caller, scope, ops, head)
        }
        Switch::CommitsOutOfOrder => {
            let start = reserve(app, scope, ops);
            if start.is_multiple_of(2) {
                race::gap(app, switch).await;
            }
            start_at(app, caller, scope, ops, start)
        }
        Switch::ConcurrentReplaysRace => {
            let is_known = |op: &&Op| app.state().workspace(scope).log.version_of(&op.stamp.op_id).is_some();
            let known_ids = ops.iter().filter(is_known).map(|op| op.stamp.op_id.clone()).collect();
            race::gap(app, switch).await;
            let mut state = app.state();
            state.writer(app, &caller.user, scope)?;
            let mut rules = rules(app, &state, caller, scope, ops);
            rules.known_ids = known_ids;
            Ok(append(app, &mut state, caller, scope, ops, rules))
        }
        _ => {
            let mut results = Vec::with_capacity(ops.len());
            let step = if switch == Switch::LongBatchesInterleave { 50 } else { 1 };
            for some in ops.chunks(step) {
                results.extend(take(app, &mut app.state(), caller, scope, some)?);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            Ok(results)
        }
    }
}

/// Appends with versions that count from `start`, whatever the head is by now.
fn start_at(app: &App, caller: &Caller, scope: &str, ops: &[Op], start: u64) -> Result<Vec<PushResult>, Failure> {
    let mut state = app.state();
    state.writer(app, &caller.user, scope)?;
    let mut rules = rules(app, &state, caller, scope, ops);
    rules.start = Some(start);
    Ok(append(app, &mut state, caller, scope, ops, rules))
}

/// Reserves as many versions as the batch will need, before it is written.
fn reserve(app: &App, scope: &str, ops: &[Op]) -> u64 {
    let mut state = app.state();
    let mut trial = state.workspace(scope).log.clone();
    let head = trial.head();
    trial.push(ops, 0);
    let reserved = state.mutant_state.reserved.entry(scope.to_owned()).or_insert(0);
    let start = head.max(*reserved);
    *reserved = start + trial.head() - head;
    start
}

/// Fails while a push to another workspace is in progress.
pub(super) async fn alone(app: &App, scope: &str) -> Result<(), Failure> {
    {
        let mut state = app.state();
        let pushing = &mut state.mutant_state.pushing;
        if pushing.iter().any(|(other, count)| other != scope && *count > 0) {
            return Err(Failure::internal_error("database is locked"));
        }
        *pushing.entry(scope.to_owned()).or_insert(0) += 1;
    }
    race::gap(app, Switch::TenantsBlockEachOther).await;
    if let Some(count) = app.state().mutant_state.pushing.get_mut(scope) {
        *count -= 1;
    }
    Ok(())
}
