//! Checks a single op: its table, its pk and its payload.

use serde_json::{Map, Value};
use syncproof_protocol::json::compact_length;
use syncproof_protocol::table::{MAX_PAYLOAD_BYTES, Table};

use super::flaw::Flaw;
use super::op::{Op, Operation};

/// Checks the payload of a put and returns its first flaw (`push.payload-schema`, `push.pk-matches-payload`).
fn check(table: &Table, pk: &str, payload: &Map<String, Value>) -> Result<(), Flaw> {
    for (field, kind) in table.required {
        match payload.get(*field) {
            None => return Err(Flaw::Missing(field)),
            Some(value) if !kind.admits(value) => return Err(Flaw::WrongType(field)),
            Some(_) => {}
        }
    }
    for (field, kind) in table.optional {
        if payload.get(*field).is_some_and(|value| !kind.admits(value)) {
            return Err(Flaw::WrongType(field));
        }
    }
    let named = payload.get(table.pk_field).and_then(Value::as_str);
    (named == Some(pk)).then_some(()).ok_or(Flaw::PkDiffers(table.pk_field))
}

/// Checks whether an op is valid, regardless of the log.
///
/// # Errors
/// The table is unknown, the pk is empty, or the payload breaks the schema of the table or is too large.
pub fn check_op(op: &Op) -> Result<(), Flaw> {
    let table = Table::named(&op.table).ok_or(Flaw::UnknownTable)?;
    if op.pk.is_empty() {
        return Err(Flaw::EmptyPk);
    }
    match (op.payload.as_deref(), op.operation) {
        (Some(Value::Object(payload)), Operation::Put) => check(table, &op.pk, payload)?,
        (Some(Value::Object(_)) | None, Operation::Delete) => {}
        _ => return Err(Flaw::NotAnObject),
    }
    let bytes = op.payload.as_deref().map_or(0, compact_length);
    (bytes <= MAX_PAYLOAD_BYTES).then_some(()).ok_or(Flaw::TooLarge)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Flaw, Op, Operation, Stamp};
    use super::check_op;
    use serde_json::{Value, json};

    fn put(table: &str, pk: &str, payload: Value) -> Op {
        Op {
            table: table.into(),
            operation: Operation::Put,
            pk: pk.into(),
            payload: Some(Arc::new(payload)),
            stamp: Stamp { device_id: "d".into(), op_id: "o".into(), hlc: "h".into(), clock: 1 },
            attempts: 0,
        }
    }

    fn kv(pk: &str) -> Value {
        json!({"id": pk, "name": "n", "created_at": 1, "updated_at": 1.5, "clock": 1, "anything": [null]})
    }

    #[test]
    fn a_put_needs_its_fields_in_their_types() {
        assert_eq!(check_op(&put("kv", "k", kv("k"))), Ok(()));
        let mut missing = kv("k");
        missing.as_object_mut().unwrap().remove("name");
        assert!(check_op(&put("kv", "k", missing)).is_err());
        let mut mistyped = kv("k");
        mistyped["clock"] = json!("1");
        assert!(check_op(&put("kv", "k", mistyped)).is_err());
    }

    #[test]
    fn pk_table_and_shape_are_checked() {
        assert!(check_op(&put("kv", "other", kv("k"))).is_err());
        assert!(check_op(&put("bogus", "k", kv("k"))).is_err());
        assert!(check_op(&put("kv", "k", json!([]))).is_err());
        assert!(check_op(&put("kv", "", kv(""))).is_err());
    }

    #[test]
    fn a_delete_may_carry_nothing_or_any_object() {
        let mut delete = put("kv", "k", json!({"whatever": 1}));
        delete.operation = Operation::Delete;
        assert_eq!(check_op(&delete), Ok(()));
        delete.payload = None;
        assert_eq!(check_op(&delete), Ok(()));
    }

    #[test]
    fn a_payload_that_is_too_large_is_refused() {
        let mut payload = kv("k");
        payload["value"] = json!("x".repeat(300 * 1024));
        assert_eq!(check_op(&put("kv", "k", payload)), Err(Flaw::TooLarge));
    }
}
