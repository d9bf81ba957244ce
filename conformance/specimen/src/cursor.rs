//! `POST /api/sync/update-cursor`.

use super::app::{App, Shared};
use super::failure::Failure;
use super::rules::LogMutation;
use super::switch::Switch;
use super::variant::Freedom;
use super::world::World;
use super::{race, shape};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use syncproof_model::{MAX_CLOCK, Op, Operation, Stamp};

/// Two to the 63rd: what no signed integer of 64 bits holds.
const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;

/// Moves the cursor of one of the caller's devices forward, and tells where it stands.
pub(super) async fn update(State(app): Shared, request: Request) -> Result<Json<Value>, Failure> {
    let (caller, body) = app.admit(request).await?;
    let scope = shape::scope(&body)?;
    let device = match app.switch() {
        Some(Switch::DeviceIdUnchecked) => shape::text(&body, "deviceId")?,
        _ => shape::device_id(&body)?,
    };
    let device = as_kept(&app, device);
    let device = device.as_str();
    if app.is(Switch::CursorOverflows) && body.get("version").and_then(Value::as_f64).is_some_and(|at| at >= TOO_LARGE)
    {
        return Err(Failure::broken("value out of range for type bigint"));
    }
    let version = match shape::integer(&body, "version", 0, MAX_CLOCK) {
        Err(_) if app.is(Switch::CursorVersionUnchecked) => 0,
        version => version?,
    };
    let found = app.world().shelves.get(&scope).and_then(|shelf| shelf.cursors.get(&caller.user, device));
    race::gap(&app, Switch::CursorsRace).await;
    race::gap(&app, Switch::FirstCursorsCollide).await;
    let mut world = app.world();
    world.sync_role(&app, &caller.user, &scope)?;
    match app.switch() {
        Some(Switch::FirstCursorsCollide)
            if found.is_none() && world.shelf(&scope).cursors.get(&caller.user, device).is_some() =>
        {
            return Err(Failure::broken("unique constraint failed"));
        }
        Some(Switch::CursorsRace) => {
            // Writes what it made of the cursor that it had read.
            let cursors = &mut world.shelf(&scope).cursors;
            cursors.forget(&caller.user, device);
            cursors.advance(&caller.user, device, found.unwrap_or(0), MAX_CLOCK);
        }
        _ => {}
    }
    let known = world.mischief.devices.get(device).cloned();
    match (app.switch(), &known) {
        (Some(Switch::CursorsGlobal), Some((held, _))) if version < *held => {
            return Err(Failure::broken("check constraint failed"));
        }
        (Some(Switch::DeviceOfAnotherBreaks), Some((_, user))) if *user != caller.user => {
            return Err(Failure::broken("unique constraint failed"));
        }
        (Some(Switch::CursorsGlobal | Switch::DeviceOfAnotherBreaks), _) => {
            world.mischief.devices.insert(device.to_owned(), (version, caller.user.clone()));
        }
        _ => {}
    }
    if app.is(Switch::CursorSetOnce) && world.shelf(&scope).cursors.get(&caller.user, device).is_some() {
        return Err(Failure::new(StatusCode::CONFLICT, "the device has a cursor"));
    }
    if app.is(Switch::CursorTakesVersion) {
        let rules = LogMutation { switch: Some(Switch::FailureTakesVersion), ..LogMutation::default() };
        world.shelf(&scope).log.push_by(&rules, &[nothing()], 0);
    }
    let shelf = world.shelf(&scope);
    let head = shelf.log.head();
    let held = shelf.cursors.get(&caller.user, device).unwrap_or(0);
    if version < held && app.is(Switch::CursorRegressBreaks) {
        return Err(Failure::broken("check constraint failed"));
    }
    if version > head && app.is(Switch::CursorBeyondHeadBreaks) {
        return Err(Failure::broken("foreign key constraint failed"));
    }
    let is_anothers = |(user, other, _): (&str, &str, u64)| other == device && user != caller.user;
    if app.takes(Freedom::CursorOfAnotherForbidden) && shelf.cursors.iter().any(is_anothers) {
        return Err(Failure::new(StatusCode::FORBIDDEN, "the device is another's"));
    }
    if version < held && app.takes(Freedom::CursorRegressConflicts) {
        return Err(Failure::new(StatusCode::CONFLICT, "the cursor stands further on"));
    }
    if version > head && app.takes(Freedom::CursorBeyondHeadRefused) {
        return Err(Failure::bad("the version is beyond the head"));
    }
    if app.is(Switch::FirstCursorBeyondDropped) && version > head && shelf.cursors.get(&caller.user, device).is_none() {
        return Ok(Json(json!({"ok": true})));
    }
    let user = match app.switch() {
        Some(Switch::DeviceIsAnyones) => "",
        _ => caller.user.as_str(),
    };
    let most = match app.switch() {
        Some(Switch::CursorBeyondHeadKept) => u64::MAX,
        _ => head,
    };
    if app.is(Switch::CursorMovesBack) {
        shelf.cursors.forget(user, device);
    }
    let version = shelf.cursors.advance(user, device, version, most);
    if app.is(Switch::QuietDevicesForgotten) {
        world.mischief.heard.insert((scope, caller.user.clone(), device.to_owned()), app.now());
    } else if app.is(Switch::CursorSharedByWorkspaces) {
        for shelf in world.shelves.values_mut().filter(|shelf| shelf.cursors.get(user, device).is_some()) {
            shelf.cursors.advance(user, device, version, shelf.log.head());
        }
    }
    Ok(Json(json!({"ok": true, "version": version})))
}

/// The device id under which a cursor is kept.
fn as_kept(app: &App, device: &str) -> String {
    match app.switch() {
        Some(Switch::DeviceIdsCaseFolded) => device.to_lowercase(),
        Some(Switch::DeviceIdsTrimmed) => device.trim().to_owned(),
        Some(Switch::DeviceIdsCut) => device.chars().take(64).collect(),
        Some(Switch::DeviceIdsAsNumbers) => {
            device.parse::<f64>().map_or_else(|_| device.to_owned(), |number| number.to_string())
        }
        _ => device.to_owned(),
    }
}

/// What a mutant takes a push for: that the device, if it has a cursor, has read all that there is.
pub(super) fn after_push(app: &App, world: &mut World, user: &str, scope: &str, ops: &[Op]) {
    if !app.is(Switch::PushMovesCursor) {
        return;
    }
    let shelf = world.shelf(scope);
    let head = shelf.log.head();
    for device in ops.iter().map(|op| op.stamp.device_id.as_str()) {
        if shelf.cursors.get(user, device).is_some() {
            shelf.cursors.advance(user, device, head, head);
        }
    }
}

/// An op that every log refuses.
fn nothing() -> Op {
    let stamp = Stamp { device_id: String::new(), op_id: String::new(), hlc: String::new(), clock: 0 };
    let (table, pk) = (String::new(), String::new());
    Op { table, operation: Operation::Delete, pk, payload: None, stamp, attempts: 0 }
}
