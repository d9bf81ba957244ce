//! Whether one op may be stored, regardless of the other ops of its batch.

use serde_json::{Map, Value};

use super::json;
use super::op::{Op, Operation};
use super::op_error::{OpError, OpErrorCode};
use super::owner;
use super::table::Table;

/// The longest pk that is accepted, in bytes: it is part of keys, indexes and page tokens.
pub(crate) const MAX_PK_BYTES: usize = 4096;

fn invalid(message: impl Into<String>) -> OpError {
    OpError { code: OpErrorCode::Validation, message: message.into() }
}

/// The workspace an op is pushed to, who pushes it, and how large its payload may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PushContext<'a> {
    pub(crate) workspace_id: &'a str,
    pub(crate) actor: &'a str,
    /// In bytes of JSON text as received (requirement `push.large-payload`).
    pub(crate) max_payload_bytes: usize,
}

/// Checks an op against the rules of its table and its context.
pub(crate) fn check(op: &Op, context: PushContext<'_>) -> Result<(), OpError> {
    let table = Table::named(&op.table_name).ok_or_else(|| invalid("Unknown table"))?;
    if op.pk.is_empty() {
        return Err(invalid("pk is empty"));
    }
    if op.pk.len() > MAX_PK_BYTES {
        return Err(invalid(format!("pk exceeds {MAX_PK_BYTES} bytes")));
    }
    let Some(text) = op.payload.as_deref() else {
        return match op.operation {
            Operation::Put => Err(invalid("A put requires a payload")),
            Operation::Delete => Ok(()),
        };
    };
    if text.len() > context.max_payload_bytes {
        let message = format!("Payload exceeds {} bytes", context.max_payload_bytes);
        return Err(OpError { code: OpErrorCode::Oversized, message });
    }
    // Valid JSON may still be unreadable: a number beyond the range of doubles, or half of a surrogate pair.
    let payload = match json::parse(text) {
        Ok(Value::Object(payload)) => payload,
        Ok(_) => return Err(invalid("Payload is not an object")),
        Err(error) if error.is_data() => {
            return Err(invalid("Payload names a key twice, or one that cannot be stored"));
        }
        Err(_) => return Err(invalid("Payload contains a value that cannot be stored")),
    };
    check_workspace(&payload, context.workspace_id)?;
    if op.operation == Operation::Put {
        check_put(op, table, &payload)?;
    }
    owner::check_payload_owner(&op.table_name, &payload, context.actor)
}

/// The scope decides on the workspace; a payload cannot name another one (requirement `push.payload-stays-in-workspace`).
fn check_workspace(payload: &Map<String, Value>, workspace_id: &str) -> Result<(), OpError> {
    match payload.get("workspace_id") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(named)) if named == workspace_id => Ok(()),
        Some(_) => Err(invalid("Payload names another workspace")),
    }
}

fn check_put(op: &Op, table: &Table, payload: &Map<String, Value>) -> Result<(), OpError> {
    if let Some(field) = table.bad_field(payload) {
        return Err(invalid(format!("Payload field {field} is missing or has the wrong type")));
    }
    if payload.get(table.pk_field).and_then(Value::as_str) != Some(op.pk.as_str()) {
        return Err(invalid(format!("Payload field {} differs from pk", table.pk_field)));
    }
    Ok(())
}
