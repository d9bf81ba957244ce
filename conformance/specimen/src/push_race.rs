//! Pushes that race: what mutants do between reading the head, looking up op ids and writing.

use super::app::{App, Caller};
use super::failure::Failure;
use super::push::{append, rules, take};
use super::race;
use super::switch::Switch;
use std::time::Duration;
use syncproof_model::{Op, PushResult};

/// Whether a mutant races at push.
pub(super) fn is_push(switch: Switch) -> bool {
    matches!(
        switch,
        Switch::HeadReadEarly
            | Switch::CommitsOutOfOrder
            | Switch::ReplaysRace
            | Switch::BatchesInterleave
            | Switch::LongBatchesInterleave
    )
}

/// A push that lets go of the state in the middle.
pub(super) async fn push(
    app: &App,
    switch: Switch,
    caller: &Caller,
    scope: &str,
    ops: &[Op],
) -> Result<Vec<PushResult>, Failure> {
    match switch {
        Switch::HeadReadEarly => {
            let head = app.world().shelf(scope).log.head();
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
        Switch::ReplaysRace => {
            let is_known = |op: &&Op| app.world().shelf(scope).log.version_of(&op.stamp.op_id).is_some();
            let known_ids = ops.iter().filter(is_known).map(|op| op.stamp.op_id.clone()).collect();
            race::gap(app, switch).await;
            let mut world = app.world();
            world.writer(app, &caller.user, scope)?;
            let mut rules = rules(app, &world, caller, scope, ops);
            rules.known_ids = known_ids;
            Ok(append(app, &mut world, caller, scope, ops, rules))
        }
        _ => {
            let mut results = Vec::with_capacity(ops.len());
            let step = if switch == Switch::LongBatchesInterleave { 50 } else { 1 };
            for some in ops.chunks(step) {
                results.extend(take(app, &mut app.world(), caller, scope, some)?);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            Ok(results)
        }
    }
}

/// Appends with versions that count from here, whatever the head is by now.
fn start_at(app: &App, caller: &Caller, scope: &str, ops: &[Op], start: u64) -> Result<Vec<PushResult>, Failure> {
    let mut world = app.world();
    world.writer(app, &caller.user, scope)?;
    let mut rules = rules(app, &world, caller, scope, ops);
    rules.start = Some(start);
    Ok(append(app, &mut world, caller, scope, ops, rules))
}

/// Gives away as many versions as the batch will need, before it is written.
fn reserve(app: &App, scope: &str, ops: &[Op]) -> u64 {
    let mut world = app.world();
    let mut trial = world.shelf(scope).log.clone();
    let head = trial.head();
    trial.push(ops, 0);
    let reserved = world.mischief.reserved.entry(scope.to_owned()).or_insert(0);
    let start = head.max(*reserved);
    *reserved = start + trial.head() - head;
    start
}

/// Fails while another workspace has a push under way.
pub(super) async fn alone(app: &App, scope: &str) -> Result<(), Failure> {
    {
        let mut world = app.world();
        let pushing = &mut world.mischief.pushing;
        if pushing.iter().any(|(other, count)| other != scope && *count > 0) {
            return Err(Failure::broken("database is locked"));
        }
        *pushing.entry(scope.to_owned()).or_insert(0) += 1;
    }
    race::gap(app, Switch::TenantsBlock).await;
    if let Some(count) = app.world().mischief.pushing.get_mut(scope) {
        *count -= 1;
    }
    Ok(())
}
