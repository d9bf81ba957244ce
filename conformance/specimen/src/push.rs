//! `POST /api/sync/push`.

use super::app::{App, Shared};
use super::caller::Caller;
use super::failure::Failure;
use super::named_twice;
use super::op_shape::{self, MAX_OPS};
use super::push_batch::take;
use super::shape::{self, Object};
use super::switch::{Switch, deviation, deviations};
use super::{changed_text, notification, push_race, race, variant, wire};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::HashSet;
use syncproof_model::{NOTIFICATIONS, Op, Outcome, PushResult};

/// Appends a batch and reports its results.
pub(super) async fn push(State(app): Shared, request: Request) -> Result<Json<Value>, Failure> {
    let (caller, body) = app.caller_and_body(request).await?;
    let scope = shape::scope(&body)?;
    let (ops, flaw) = batch(&app, &body)?;
    if let Some(flaw) = flaw {
        if app.is(Switch::BadBatchAppliesPrefix) && app.state().writer(&app, &caller.user, &scope).is_ok() {
            take(&app, &mut app.state(), &caller, &scope, &ops)?;
        }
        return Err(flaw);
    }
    let known = |op: &Op| app.state().workspace(&scope).log.version_of(&op.stamp.op_id).is_some();
    if app.is(Switch::ViewerReplays) && !ops.is_empty() && ops.iter().all(known) {
        let mut state = app.state();
        state.sync_role(&app, &caller.user, &scope)?;
        let results = take(&app, &mut state, &caller, &scope, &ops)?;
        let head = state.workspace(&scope).log.head();
        let results: Vec<Value> = results.iter().map(wire::result).collect();
        return Ok(Json(json!({"results": results, "serverVersion": head})));
    }
    let in_capitals = |op: &Op| op.stamp.op_id.contains(|c: char| c.is_ascii_uppercase());
    if app.is(Switch::ReplaysInCapitalsCollide) && ops.iter().any(|op| in_capitals(op) && known(op)) {
        return Err(Failure::internal_error("the op id is not unique"));
    }
    app.state().writer(&app, &caller.user, &scope)?;
    let scope = match app.is(Switch::FirstNamedScopeChecked) {
        true => shape::scope(named_twice::last(Value::Object(body.clone())).as_object().unwrap_or(&body))?,
        false => scope,
    };
    variant::check_batch(app.freedoms(), &ops)?;
    let (ops, refused) = variant::without_rivals(app.freedoms(), ops);
    if app.is(Switch::VersionsInBlocks) {
        let mut state = app.state();
        let writers = state.mutant_state.writers.entry(scope.clone()).or_default();
        if !writers.contains(&caller.user) {
            writers.push(caller.user.clone());
        }
    }
    if app.is(Switch::TenantsBlockEachOther) {
        push_race::alone(&app, &scope).await?;
    }
    let keeps_projects = app.takes(variant::Freedom::ProjectsFilterPulls)
        || app.switches().has_any(&[Switch::ProjectsHidden, Switch::ProjectsHiddenInSnapshots]);
    if keeps_projects && shape::project(&body).is_some() {
        let ids = ops.iter().map(|op| (scope.clone(), op.stamp.op_id.clone()));
        app.state().mutant_state.in_project.extend(ids);
    }
    if app.is(Switch::AgeByCreatedAt) {
        remember_creation(&app, &body);
    }
    let head_before = app.state().workspace(&scope).log.head();
    if ops.len() > 500 && app.is(Switch::LargeBatchHalfApplied) {
        take_now(&app, &caller, &scope, &ops[..500])?;
        return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "at most 500 ops"));
    }
    let mut results = match app.switches().first_of(push_race::RACES) {
        Some(switch) => push_race::push(&app, switch, &caller, &scope, &ops).await?,
        None if ops.len() == 512 && app.is(Switch::BatchOf512LosesLast) => {
            let mut results = take_now(&app, &caller, &scope, &ops[..511])?;
            let (version, op_id) = (app.state().workspace(&scope).log.head() + 1, ops[511].stamp.op_id.clone());
            let outcome = Outcome::Accepted { version, applied: true, replayed: false, winner: None };
            results.push(PushResult { op_id, outcome });
            results
        }
        None if app.is(Switch::FirstNamedScopeChecked) => take(&app, &mut app.state(), &caller, &scope, &ops)?,
        None => take_now(&app, &caller, &scope, &ops)?,
    };
    as_one_batch(&mut results, head_before);
    race::slow_answer(&app, &scope, head_before).await;
    refused.into_iter().for_each(|(place, result)| results.insert(place, result));
    deviations!(match app.switches() {
        Switch::FailuresLast => results.sort_by_key(|result| result.version().is_none()),
        Switch::OneResultPerOpId => {
            let mut seen = HashSet::new();
            results.retain(|result| seen.insert(result.op_id.clone()));
        }
        Switch::FailuresWithoutResult => results.retain(|result| result.version().is_some()),
        Switch::FailedOpsShowStatement => results.iter_mut().for_each(show_statement),
        Switch::FailuresShareAReason => share_reason(&mut results),
        Switch::ReasonsCutWithinACharacter if results.iter().any(|result| shows_half_a_character(result, &ops)) => {
            return Err(Failure::internal_error("byte index is not a char boundary"));
        }
        Switch::LoserUntold => results.iter_mut().for_each(claim_applied),
        Switch::LosingNotificationUntold => {
            let is_one = |id: &str| ops.iter().any(|op| op.stamp.op_id == id && op.table == NOTIFICATIONS);
            results.iter_mut().filter(|result| is_one(&result.op_id)).for_each(claim_applied);
        }
        Switch::OpIdsLowered => results.iter_mut().for_each(|result| result.op_id.make_ascii_lowercase()),
        Switch::RivalShown => {
            notification::show_rivals(&app.state().workspace(&scope).log, &caller.user, &ops, &mut results);
        }
        _ => {}
    });
    let head = app.state().workspace(&scope).log.head();
    if app.is(Switch::EchoSuppressed) && head > head_before {
        let key = (caller.user.clone(), scope.clone());
        app.state().mutant_state.last_push.insert(key, (head_before, head));
    }
    if app.is(Switch::EmptyPollsCached) {
        app.state().mutant_state.empty_polls.remove(&(caller.user.clone(), scope.clone()));
    }
    let head = deviation!(match app.switches() {
        Switch::HeadIsStale => head_before,
        Switch::HeadOverstated => head + 1,
        _ => head,
    });
    let mut results: Vec<Value> = results.iter().map(wire::result).collect();
    changed_text::told(app.switches(), &mut results);
    Ok(Json(json!({"results": results, "serverVersion": head})))
}

/// Whether the op failed, and the first 32 bytes of its pk end within a character.
fn shows_half_a_character(result: &PushResult, ops: &[Op]) -> bool {
    let is_cut = |op: &Op| op.stamp.op_id == result.op_id && op.pk.len() > 32 && !op.pk.is_char_boundary(32);
    result.version().is_none() && ops.iter().any(is_cut)
}

/// Reads the ops of a batch up to the first malformed one, and what is wrong with that one.
fn batch(app: &App, body: &Object) -> Result<(Vec<Op>, Option<Failure>), Failure> {
    let values = shape::array(body, "ops")?;
    if values.is_empty() && app.is(Switch::EmptyBatchRefused) {
        return Err(Failure::bad_request("ops is empty"));
    }
    if values.len() > MAX_OPS {
        return Err(Failure::bad_request(format!("at most {MAX_OPS} ops")));
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

/// Checks access and appends in one step, so that no deletion comes between them (`workspace.delete-closes-sync`).
fn take_now(app: &App, caller: &Caller, scope: &str, ops: &[Op]) -> Result<Vec<PushResult>, Failure> {
    let mut state = app.state();
    state.writer(app, &caller.user, scope)?;
    take(app, &mut state, caller, scope, ops)
}

/// Ops that arrived with this request are no replays, even where a mutant appended them one by one.
fn as_one_batch(results: &mut [PushResult], head_before: u64) {
    for result in results {
        if let Outcome::Accepted { version, replayed, .. } = &mut result.outcome {
            *replayed &= *version <= head_before;
        }
    }
}

fn show_statement(result: &mut PushResult) {
    if let Outcome::Refused { error, .. } = &mut result.outcome {
        "UNIQUE constraint failed: change_log.op_id".clone_into(error);
    }
}

/// Tells every op that failed the reason of the first one.
fn share_reason(results: &mut [PushResult]) {
    let refused = |result: &&PushResult| matches!(result.outcome, Outcome::Refused { .. });
    let Some(first) = results.iter().find(refused).map(|result| result.outcome.clone()) else { return };
    for result in results.iter_mut().filter(|result| result.version().is_none()) {
        result.outcome = first.clone();
    }
}

/// Remembers what the ops of a batch say about when they were made.
fn remember_creation(app: &App, body: &Object) {
    let ops = body.get("ops").and_then(Value::as_array).into_iter().flatten();
    let told = ops.filter_map(|op| Some((op["stamp"]["opId"].as_str()?.to_owned(), op["createdAt"].as_u64()?)));
    app.state().mutant_state.created_at.extend(told);
}

fn claim_applied(result: &mut PushResult) {
    if let Outcome::Accepted { applied, winner, .. } = &mut result.outcome {
        *applied = true;
        *winner = None;
    }
}
