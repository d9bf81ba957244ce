//! `POST /api/sync/update-cursor`.

use super::app::Shared;
use super::failure::Failure;
use super::shape;
use super::switch::Switch;
use crate::model::MAX_CLOCK;
use axum::Json;
use axum::extract::{Request, State};
use serde_json::{Value, json};

/// Moves the cursor of one of the caller's devices forward, and tells where it stands.
pub(super) async fn update(State(app): Shared, request: Request) -> Result<Json<Value>, Failure> {
    let (caller, body) = app.admit(request).await?;
    let scope = shape::scope(&body)?;
    let device = match app.switch() {
        Some(Switch::DeviceIdUnchecked) => shape::text(&body, "deviceId")?,
        _ => shape::device_id(&body)?,
    };
    let version = shape::integer(&body, "version", 0, MAX_CLOCK)?;
    let mut world = app.world();
    world.sync_role(&app, &caller.user, &scope)?;
    let shelf = world.shelf(&scope);
    let head = shelf.log.head();
    let held = shelf.cursors.get(&caller.user, device).unwrap_or(0);
    if version < held && app.is(Switch::CursorRegressBreaks) {
        return Err(Failure::broken("check constraint failed"));
    }
    if version > head && app.is(Switch::CursorBeyondHeadBreaks) {
        return Err(Failure::broken("foreign key constraint failed"));
    }
    let version = shelf.cursors.advance(&caller.user, device, version, head);
    Ok(Json(json!({"ok": true, "version": version})))
}
