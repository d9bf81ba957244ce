//! Reads an op from its JSON.

use std::sync::Arc;

use super::app::App;
use super::changed_text;
use super::failure::Failure;
use super::shape::{self, Object};
use super::switch::{Switch, deviation, deviations};
use super::variant::Freedom;
use serde_json::Value;
use syncproof_model::{MAX_CLOCK, Op, Operation, Stamp};
use uuid::Uuid;

/// How many ops a batch may hold (`push.large-batch`).
pub(super) const MAX_OPS: usize = 1000;

/// Reads one op; a wrong shape fails the whole batch.
pub(super) fn op(app: &App, value: &Value) -> Result<Op, Failure> {
    let Some(object) = value.as_object() else {
        return Err(Failure::bad_request("an op has to be an object"));
    };
    shape::text(object, "id")?;
    let status = object.get("status");
    if app.is(Switch::StatusOfAnyTypeBreaks) && status.is_some_and(|status| status.is_array() || status.is_object()) {
        return Err(Failure::internal_error("unhashable type"));
    }
    let status = shape::text(object, "status")?;
    let lax = app.is(Switch::EnvelopeUnchecked);
    if !lax && !["pending", "syncing", "failed"].contains(&status) {
        return Err(Failure::bad_request("status has to be pending, syncing or failed"));
    }
    number(object, "createdAt", !lax)?;
    number(object, "nextAttemptAt", false)?;
    let over = |field: &str, max: f64| object.get(field).and_then(Value::as_f64).is_some_and(|given| given.abs() > max);
    deviations!(match app.switches() {
        Switch::AttemptsOverflow if over("attempts", 9.3e18) => {
            return Err(Failure::internal_error("value out of range for type bigint"));
        }
        Switch::CreatedAtOverflows if over("createdAt", 253_402_300_799.0) => {
            return Err(Failure::internal_error("year is out of range"));
        }
        _ => {}
    });
    let operation = Operation::from_word(shape::text(object, "operation")?);
    let mut op = Op {
        table: shape::text(object, "tableName")?.to_owned(),
        operation: operation.ok_or_else(|| Failure::bad_request("operation has to be put or delete"))?,
        pk: shape::text(object, "pk")?.to_owned(),
        payload: object.get("payload").filter(|payload| !payload.is_null()).cloned().map(Arc::new),
        stamp: stamp(app, shape::object(object, "stamp")?)?,
        attempts: match shape::integer(object, "attempts", 0, MAX_CLOCK) {
            Err(_) if lax => 0,
            attempts => attempts?,
        },
    };
    changed_text::taken(app.switches(), &mut op);
    Ok(op)
}

fn stamp(app: &App, object: &Object) -> Result<Stamp, Failure> {
    let op_id = shape::text(object, "opId")?;
    let taken = deviation!(match app.switches() {
        Switch::OpIdUnchecked => true,
        Switch::OpIdTrimmed => is_uuid(op_id.trim()),
        Switch::OpIdVersionsRefused => is_uuid(op_id) && !is_of_later_version(op_id),
        Switch::OpIdHyphensAnywhere => Uuid::try_parse(&op_id.replace('-', "")).is_ok(),
        _ => is_uuid(op_id),
    });
    let is_capital = op_id.contains(|c: char| c.is_ascii_uppercase());
    let taken = taken && !(is_capital && app.takes(Freedom::CapitalOpIdsRefused))
        || app.takes(Freedom::OpIdsInEveryForm) && Uuid::try_parse(op_id).is_ok();
    if !taken {
        return Err(Failure::bad_request("opId has to be a UUID"));
    }
    let odd = object.get("clock").filter(|clock| clock.is_f64()).and_then(Value::as_f64);
    deviations!(match app.switches() {
        Switch::ClockFormRefused if odd.is_some() => return Err(Failure::bad_request("clock has to be an integer")),
        Switch::ClockExponentRefused if odd.is_some_and(|clock| clock >= 1e6) => {
            return Err(Failure::bad_request("clock has to be an integer"));
        }
        _ => {}
    });
    let max = if app.is(Switch::ClockUnbounded) { u64::MAX } else { MAX_CLOCK };
    Ok(Stamp {
        device_id: shape::device_id(object)?.to_owned(),
        op_id: op_id.to_owned(),
        hlc: shape::text(object, "hlc")?.to_owned(),
        clock: shape::integer(object, "clock", 0, max)?,
    })
}

/// Whether this is a UUID with four hyphens, in either case (`push.op-id-is-uuid`).
fn is_uuid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

/// Whether the UUID is of a version that was added in 2024.
fn is_of_later_version(text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|id| (6..=8).contains(&id.get_version_num()))
}

fn number(object: &Object, field: &str, required: bool) -> Result<(), Failure> {
    match object.get(field) {
        Some(Value::Number(_)) => Ok(()),
        None | Some(Value::Null) if !required => Ok(()),
        _ => Err(Failure::bad_request(format!("{field} has to be a number"))),
    }
}
