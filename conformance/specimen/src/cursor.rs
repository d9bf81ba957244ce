//! `POST /api/sync/update-cursor`.

use super::app::{App, Shared};
use super::failure::Failure;
use super::rules::LogMutation;
use super::state::ServerState;
use super::switch::{Switch, Switches, deviation, deviations};
use super::variant::Freedom;
use super::wire::done;
use super::{changed_text, race, shape};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use syncproof_model::{MAX_CLOCK, Op, Operation, Stamp};

/// 2^63, which no signed 64-bit integer holds.
const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;

/// Moves the cursor of one of the caller's devices forward, and answers with its position.
pub(super) async fn update(State(app): Shared, request: Request) -> Result<Json<Value>, Failure> {
    let (caller, body) = app.caller_and_body(request).await?;
    let scope = shape::scope(&body)?;
    let device = deviation!(match app.switches() {
        Switch::DeviceIdUnchecked => shape::text(&body, "deviceId")?,
        _ => shape::device_id(&body)?,
    });
    let device = as_kept(&app, device);
    let device = if app.takes(Freedom::DeviceIdsTrimmed) { device.trim() } else { device.as_str() };
    if app.is(Switch::CursorOverflows) && body.get("version").and_then(Value::as_f64).is_some_and(|at| at >= TOO_LARGE)
    {
        return Err(Failure::internal_error("value out of range for type bigint"));
    }
    let version = match shape::integer(&body, "version", 0, MAX_CLOCK) {
        Err(_) if app.is(Switch::CursorVersionUnchecked) => 0,
        version => version?,
    };
    let found = app.state().workspaces.get(&scope).and_then(|workspace| workspace.cursors.get(&caller.user, device));
    race::gap(&app, Switch::CursorsRace).await;
    race::gap(&app, Switch::FirstCursorsCollide).await;
    let mut state = app.state();
    let known_head = state.workspaces.get(&scope).map_or(0, |workspace| workspace.log.head());
    if app.is(Switch::CursorHeadLeaks) && version > known_head {
        return Err(Failure::bad_request("the version is beyond the head"));
    }
    state.sync_role(&app, &caller.user, &scope)?;
    deviations!(match app.switches() {
        Switch::FirstCursorsCollide
            if found.is_none() && state.workspace(&scope).cursors.get(&caller.user, device).is_some() =>
        {
            return Err(Failure::internal_error("unique constraint failed"));
        }
        Switch::CursorsRace => {
            // Continues from the cursor that it read before the gap.
            let cursors = &mut state.workspace(&scope).cursors;
            cursors.forget(&caller.user, device);
            cursors.advance(&caller.user, device, found.unwrap_or(0), MAX_CLOCK);
        }
        _ => {}
    });
    let known = state.mutant_state.devices.get(device).cloned();
    deviations!(match app.switches() {
        Switch::CursorsGlobal if known.as_ref().is_some_and(|(held, _)| version < *held) => {
            return Err(Failure::internal_error("check constraint failed"));
        }
        Switch::DeviceOfAnotherBreaks if known.as_ref().is_some_and(|(_, user)| *user != caller.user) => {
            return Err(Failure::internal_error("unique constraint failed"));
        }
        Switch::CursorsGlobal | Switch::DeviceOfAnotherBreaks => {
            state.mutant_state.devices.insert(device.to_owned(), (version, caller.user.clone()));
        }
        _ => {}
    });
    if app.is(Switch::CursorSetOnce) && state.workspace(&scope).cursors.get(&caller.user, device).is_some() {
        return Err(Failure::new(StatusCode::CONFLICT, "the device has a cursor"));
    }
    if app.is(Switch::CursorTakesVersion) {
        let rules =
            LogMutation { switches: Switches::from_iter([Switch::FailureTakesVersion]), ..LogMutation::default() };
        state.workspace(&scope).log.push_by(&rules, &[nothing()], 0);
    }
    if version == 0 && app.is(Switch::VersionZeroRefused) {
        return Err(Failure::bad_request("version has to be positive"));
    }
    let workspace = state.workspace(&scope);
    let head = workspace.log.head();
    let held = workspace.cursors.get(&caller.user, device).unwrap_or(0);
    if version < held && app.is(Switch::CursorRegressBreaks) {
        return Err(Failure::internal_error("check constraint failed"));
    }
    if app.is(Switch::CursorAsText) && version.to_string() < held.to_string() {
        return Ok(done());
    }
    if version > head && app.is(Switch::CursorBeyondHeadBreaks) {
        return Err(Failure::internal_error("foreign key constraint failed"));
    }
    let is_anothers = |(user, other, _): (&str, &str, u64)| other == device && user != caller.user;
    if app.takes(Freedom::CursorOfAnotherForbidden) && workspace.cursors.iter().any(is_anothers) {
        return Err(Failure::new(StatusCode::FORBIDDEN, "the device is another's"));
    }
    if version < held && app.takes(Freedom::CursorRegressConflicts) {
        return Err(Failure::new(StatusCode::CONFLICT, "the cursor is already further ahead"));
    }
    if version > head && app.takes(Freedom::CursorBeyondHeadRefused) {
        return Err(Failure::bad_request("the version is beyond the head"));
    }
    if app.is(Switch::FirstCursorBeyondDropped)
        && version > head
        && workspace.cursors.get(&caller.user, device).is_none()
    {
        return Ok(done());
    }
    let user = deviation!(match app.switches() {
        Switch::DeviceIsAnyones => "",
        _ => caller.user.as_str(),
    });
    let max = deviation!(match app.switches() {
        Switch::CursorBeyondHeadKept => u64::MAX,
        _ => head,
    });
    if app.is(Switch::CursorMovesBack) {
        workspace.cursors.forget(user, device);
    }
    let version = workspace.cursors.advance(user, device, version, max);
    if app.is(Switch::QuietDevicesForgotten) {
        state.mutant_state.last_moved.insert((scope, caller.user.clone(), device.to_owned()), app.now());
    }
    if app.is(Switch::CursorSharedByWorkspaces) {
        for workspace in state.workspaces.values_mut().filter(|workspace| workspace.cursors.get(user, device).is_some())
        {
            workspace.cursors.advance(user, device, version, workspace.log.head());
        }
    }
    Ok(Json(json!({"ok": true, "version": version})))
}

/// The device id under which a cursor is stored.
fn as_kept(app: &App, device: &str) -> String {
    let mut device = device.to_owned();
    deviations!(match app.switches() {
        Switch::DeviceIdsCaseFolded => device = device.to_lowercase(),
        Switch::DeviceIdsCut => device = device.chars().take(64).collect(),
        Switch::DeviceIdsAsNumbers => device = device.parse::<f64>().map_or(device, |number| number.to_string()),
        _ => {}
    });
    changed_text::device(app.switches(), &mut device);
    device
}

/// For a mutant that moves the cursor of a pushing device, if it has one, to the head.
pub(super) fn after_push(app: &App, state: &mut ServerState, user: &str, scope: &str, ops: &[Op]) {
    if !app.is(Switch::PushMovesCursor) {
        return;
    }
    let workspace = state.workspace(scope);
    let head = workspace.log.head();
    for device in ops.iter().map(|op| op.stamp.device_id.as_str()) {
        if workspace.cursors.get(user, device).is_some() {
            workspace.cursors.advance(user, device, head, head);
        }
    }
}

/// An invalid op, which every log refuses.
fn nothing() -> Op {
    let stamp = Stamp { device_id: String::new(), op_id: String::new(), hlc: String::new(), clock: 0 };
    let (table, pk) = (String::new(), String::new());
    Op { table, operation: Operation::Delete, pk, payload: None, stamp, attempts: 0 }
}
