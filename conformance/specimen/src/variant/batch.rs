//! What variants accept and refuse in a batch of ops.

use std::sync::Arc;

use super::super::failure::Failure;
use super::freedom::{Freedom, Freedoms};
use axum::http::StatusCode;
use serde_json::{Value, json};
use syncproof_model::{ErrorCode, Flaw, LogRules, Op, Outcome, Protocol, PushResult};

/// Checks one op by these rules, where variants differ on what is valid.
pub(in super::super) fn check_op(freedoms: Freedoms, rules: &impl LogRules, op: &Op) -> Result<(), Flaw> {
    match rules.check(op) {
        Err(Flaw::EmptyPk) if freedoms.take(Freedom::EmptyPkAccepted) => {
            // Everything else about the op still has to be valid.
            let mut named = op.clone();
            named.pk = "named".to_owned();
            if let Some(Value::Object(payload)) = named.payload.as_mut().map(Arc::make_mut) {
                payload.values_mut().filter(|value| **value == json!("")).for_each(|value| *value = json!("named"));
            }
            rules.check(&named)
        }
        Err(Flaw::NotAnObject)
            if freedoms.take(Freedom::DeletePayloadAnything) && op.operation == syncproof_model::Operation::Delete =>
        {
            rules.check(&Op { payload: None, ..op.clone() })
        }
        Err(Flaw::NamesAnother) if freedoms.take(Freedom::NotificationsForAll) => Ok(()),
        Err(Flaw::TooLarge) if freedoms.take(Freedom::OversizedInvalid) => Err(Flaw::WrongType("payload")),
        Ok(()) if freedoms.take(Freedom::NulRefused) && op.pk.contains('\0') => Err(Flaw::WrongType("pk")),
        verdict => verdict,
    }
}

/// Refuses whole batches that this variant does not accept, before anything has changed (`push.bad-batch-changes-nothing`).
pub(in super::super) fn check_batch(freedoms: Freedoms, ops: &[Op]) -> Result<(), Failure> {
    if ops.len() > 100 {
        if freedoms.take(Freedom::BatchOf100) {
            return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "at most 100 ops"));
        }
        if freedoms.take(Freedom::BatchOf100Invalid) {
            return Err(Failure::bad_request("at most 100 ops"));
        }
    }
    let flaws = || ops.iter().filter_map(|op| check_op(freedoms, &Protocol, op).err());
    if freedoms.take(Freedom::OversizedWith413) && flaws().any(|flaw| flaw == Flaw::TooLarge) {
        return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, Flaw::TooLarge.to_string()));
    }
    if freedoms.take(Freedom::BatchRefusedWhole)
        && let Some(flaw) = flaws().find(|flaw| *flaw != Flaw::TooLarge)
    {
        return Err(Failure::bad_request(flaw.to_string()));
    }
    if freedoms.take(Freedom::ConflictingDuplicatesRefused) && ops.iter().any(|op| is_contested(op, ops)) {
        return Err(Failure::bad_request("two different ops under one opId"));
    }
    Ok(())
}

/// Whether the batch has another op under the same id.
fn is_contested(op: &Op, ops: &[Op]) -> bool {
    ops.iter().any(|other| other.stamp.op_id == op.stamp.op_id && !other.same_content(op))
}

/// The ops of a batch that are tried, and the results, with their places, of those that a variant refuses because another op
/// of the batch has their id.
pub(in super::super) fn without_rivals(freedoms: Freedoms, ops: Vec<Op>) -> (Vec<Op>, Vec<(usize, PushResult)>) {
    if !freedoms.take(Freedom::RivalsAllRefused) {
        return (ops, Vec::new());
    }
    let refused = |(place, op): (usize, &Op)| {
        let outcome = Outcome::Refused { code: ErrorCode::Conflict, error: "two ops under one opId".to_owned() };
        is_contested(op, &ops).then(|| (place, PushResult { op_id: op.stamp.op_id.clone(), outcome }))
    };
    let refused: Vec<_> = ops.iter().enumerate().filter_map(refused).collect();
    let tried = ops.iter().filter(|op| !is_contested(op, &ops)).cloned().collect();
    (tried, refused)
}
