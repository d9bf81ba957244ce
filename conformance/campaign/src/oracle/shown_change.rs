//! A change as a pull shows it, compared with the op that was pushed.

use super::sent_op::{WORKSPACE, names, without_workspace};
use syncproof_model as model;
use syncproof_model::Operation;
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
