//! A change as a pull shows it, compared with the op that was pushed.

use serde_json::{Value, json};

use super::sent_op::{WORKSPACE, names, without_workspace};
use super::violation::Violation;
use syncproof_model as model;
use syncproof_model::Operation;
use syncproof_protocol::difference;
use syncproof_protocol::json::same_json;
use syncproof_protocol::wire::{self, Change, Id};

/// The model's word for an operation on the wire.
pub(super) fn operation(operation: wire::Operation) -> Operation {
    match operation {
        wire::Operation::Put => Operation::Put,
        wire::Operation::Delete => Operation::Delete,
    }
}

/// Whether the change is that op under that version. The payload of a delete may come back, or not.
pub(super) fn same_change(workspace: &Id, version: u64, op: &model::Op, change: &Change) -> bool {
    let stamp = &change.stamp;
    let same_payload = match (&op.payload, &change.payload, op.operation) {
        (_, _, Operation::Delete) => true,
        (Some(left), Some(right), _) => {
            // The id of the workspace itself may come back in the server's own form, but not be lost.
            **left == *right
                || (!(names(left, workspace) && right.get(WORKSPACE).is_none())
                    && same_json(&without_workspace(left), &without_workspace(right)))
        }
        (left, right, _) => left.is_none() && right.is_none(),
    };
    version == change.server_version
        && same_payload
        && op.table == change.table_name
        && op.pk == change.pk
        && op.operation == operation(change.op)
        && (stamp.device_id.as_str(), stamp.op_id.as_str(), stamp.hlc.as_str(), stamp.clock)
            == (op.stamp.device_id.as_str(), op.stamp.op_id.as_str(), op.stamp.hlc.as_str(), op.stamp.clock)
}

/// The violation when a pull shows another change than the expected one.
pub(super) fn wrong_change(expected: Option<(u64, &Vec<model::Op>)>, change: &Change) -> Violation {
    let actual = json!(change);
    let Some((version, candidates)) = expected else {
        let message = "a pull shows a change that it should not";
        return Violation::new("pull.complete", message, "no further change", difference::shown(Some(&actual)));
    };
    let Some(op) = candidates.first() else {
        return Violation::new(
            "pull.complete",
            "a change that was not pushed",
            "none",
            difference::shown(Some(&actual)),
        );
    };
    let mut wanted = json!({
        "serverVersion": version, "tableName": op.table, "pk": op.pk, "op": op.operation.word(),
        "stamp": {"deviceId": op.stamp.device_id, "opId": op.stamp.op_id, "hlc": op.stamp.hlc, "clock": op.stamp.clock},
    });
    if let Some(payload) = op.payload.as_ref().filter(|_| op.operation == Operation::Put) {
        wanted["payload"] = Value::clone(payload);
    }
    let requirement = match (version == change.server_version, op.stamp.op_id == change.stamp.op_id) {
        (false, _) => "pull.complete",
        (true, false) => "push.contiguous-versions",
        (true, true) if op.payload.as_ref().zip(change.payload.as_ref()).is_some_and(|(l, r)| !same_json(l, r)) => {
            "push.payload-round-trips"
        }
        (true, true) => "pull.echoes-stamp",
    };
    let (left, right) = (wanted, actual);
    let shown = |value: &Value| difference::shown(Some(value));
    let (left, right) = match difference::first_difference(&left, &right) {
        Some(place) if !place.pointer.is_empty() => (
            format!("{} at {}", difference::shown(place.left), place.pointer),
            format!("{} in {}", difference::shown(place.right), shown(&right)),
        ),
        _ => (shown(&left), shown(&right)),
    };
    Violation::new(requirement, "a pull shows another change than the one that was pushed", left, right)
}
