//! Whether one op, taken by itself, may be stored.

use serde_json::{Map, Value, from_str};

use super::op::{Op, Operation};
use super::op_error::{OpError, OpErrorCode};
use super::owner;
use super::table::Table;

/// The longest pk that is accepted, in bytes: it stands in keys, indexes and page tokens.
pub(crate) const PK_MAX_BYTES: usize = 4096;

fn invalid(message: impl Into<String>) -> OpError {
    OpError { code: OpErrorCode::Validation, message: message.into() }
}

/// Where an op is pushed to, by whom, and how large its payload may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) workspace_id: &'a str,
    pub(crate) actor: &'a str,
    /// In bytes of JSON text as it came (requirement `push.large-payload`).
    pub(crate) payload_max_bytes: usize,
}

/// Checks an op against the rules of its table and of the scene that it is pushed in.
pub(crate) fn check(op: &Op, scene: Scene<'_>) -> Result<(), OpError> {
    let table = Table::named(&op.table_name).ok_or_else(|| invalid("Unknown table"))?;
    if op.pk.is_empty() {
        return Err(invalid("pk is empty"));
    }
    if op.pk.len() > PK_MAX_BYTES {
        return Err(invalid(format!("pk exceeds {PK_MAX_BYTES} bytes")));
    }
    let Some(text) = op.payload.as_deref() else {
        return match op.operation {
            Operation::Put => Err(invalid("A put needs a payload")),
            Operation::Delete => Ok(()),
        };
    };
    if text.len() > scene.payload_max_bytes {
        let message = format!("Payload exceeds {} bytes", scene.payload_max_bytes);
        return Err(OpError { code: OpErrorCode::Oversized, message });
    }
    // Valid JSON may still be unreadable here: a number beyond the doubles, or half of a surrogate pair.
    let payload = match from_str(text) {
        Ok(Value::Object(payload)) => payload,
        Ok(_) => return Err(invalid("Payload is not an object")),
        Err(_) => return Err(invalid("Payload holds a value that cannot be stored")),
    };
    check_workspace(&payload, scene.workspace_id)?;
    if op.operation == Operation::Put {
        check_put(op, table, &payload)?;
    }
    owner::check_named(&op.table_name, &payload, scene.actor)
}

/// Requirement `push.payload-stays-in-workspace`: the scope decides, and a payload cannot say otherwise.
fn check_workspace(payload: &Map<String, Value>, workspace_id: &str) -> Result<(), OpError> {
    match payload.get("workspace_id") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(named)) if named == workspace_id => Ok(()),
        Some(_) => Err(invalid("Payload names another workspace")),
    }
}

fn check_put(op: &Op, table: &Table, payload: &Map<String, Value>) -> Result<(), OpError> {
    if let Some(field) = table.bad_field(payload) {
        return Err(invalid(format!("Payload field {field} is missing or has a wrong type")));
    }
    if payload.get(table.pk_field).and_then(Value::as_str) != Some(op.pk.as_str()) {
        return Err(invalid(format!("Payload field {} differs from pk", table.pk_field)));
    }
    Ok(())
}
