//! The model's results as JSON.

use axum::Json;
use serde_json::{Map, Value, json};
use syncproof_model::{Change, ChangeLog, Item, Kind, Outcome, PushResult, Record, Revision};

/// The answer to a request that has no other result.
pub(super) fn done() -> Json<Value> {
    Json(json!({"ok": true}))
}

/// A revision.
pub(super) fn revision(revision: &Revision) -> Value {
    json!({"clock": revision.clock, "hlc": revision.hlc, "opId": revision.op_id})
}

/// A change.
pub(super) fn change(change: &Change) -> Value {
    let mut object = Map::new();
    object.insert("serverVersion".into(), json!(change.version));
    object.insert("tableName".into(), json!(change.table));
    object.insert("pk".into(), json!(change.pk));
    object.insert("op".into(), json!(change.operation.word()));
    if let Some(payload) = &change.payload {
        object.insert("payload".into(), Value::clone(payload));
    }
    let stamp = &change.stamp;
    let stamp = json!({"deviceId": stamp.device_id, "opId": stamp.op_id, "hlc": stamp.hlc, "clock": stamp.clock});
    object.insert("stamp".into(), stamp);
    Value::Object(object)
}

/// An item; the log knows when a tombstone was made.
pub(super) fn item(log: &ChangeLog, item: &Item) -> Value {
    let mut object = Map::new();
    object.insert("kind".into(), json!(item.kind.word()));
    object.insert("tableName".into(), json!(item.key.table));
    object.insert("pk".into(), json!(item.key.pk));
    object.insert("revision".into(), revision(&item.revision));
    match item.kind {
        Kind::Row => object.insert("payload".into(), item.payload.as_deref().cloned().unwrap_or_default()),
        Kind::Tombstone => {
            let deleted_at_s = log.accepted_at_ms(&item.revision.op_id).unwrap_or(0) / 1000;
            object.insert("serverDeletedAt".into(), json!(deleted_at_s))
        }
    };
    Value::Object(object)
}

/// The result of an op.
pub(super) fn result(result: &PushResult) -> Value {
    let mut object = Map::new();
    object.insert("opId".into(), json!(result.op_id));
    match &result.outcome {
        Outcome::Refused { code, error } => {
            object.insert("success".into(), json!(false));
            object.insert("errorCode".into(), json!(code.word()));
            object.insert("error".into(), json!(error));
        }
        Outcome::Accepted { version, applied, replayed, winner } => {
            object.insert("success".into(), json!(true));
            object.insert("serverVersion".into(), json!(version));
            object.insert("applied".into(), json!(applied));
            object.insert("replayed".into(), json!(replayed));
            if let Some(winner) = winner {
                add_winner(&mut object, winner);
            }
        }
    }
    Value::Object(object)
}

/// Adds the record that won against an op (`lww.loser-told`).
fn add_winner(object: &mut Map<String, Value>, winner: &Record) {
    object.insert("winner".into(), revision(&winner.revision));
    if let Some(row) = &winner.row {
        object.insert("payload".into(), Value::clone(row));
    }
}
