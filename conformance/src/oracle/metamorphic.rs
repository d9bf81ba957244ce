//! Metamorphic relations: what answers of one target have to have in common, whatever they are (`pull.complete`,
//! `snapshot.complete`, `lww.order-free`).
//!
//! Nothing that was pushed before is looked at: they hold, or do not, even where this oracle is wrong.

use serde_json::Value;

use super::Judged;
use super::breach::alike;
use super::item::{in_order, item_json, record_json};
use super::read::operation;
use crate::model::{self, Stamp};
use crate::op::change_json;
use crate::wire::{Change, Item};

/// The log is the same in large pages and in small ones.
///
/// # Errors
/// The breach, when it is not.
pub fn same_log(whole: &[Change], paged: &[Change]) -> Judged {
    let shown = |log: &[Change]| log.iter().map(change_json).collect::<Value>();
    alike("pull.complete", "a log in small pages is not what it is in large ones", &shown(whole), &shown(paged))
}

/// The items are the fold of the log.
///
/// # Errors
/// The breach, when they are not.
pub fn folds_to(log: &[Change], items: &[Item]) -> Judged {
    let state = model::fold(&log.iter().map(change).collect::<Vec<_>>());
    let folded = in_order(state.records().map(|(key, record)| record_json(key, record)));
    let message = "a snapshot is not the fold of the log that a pull shows";
    alike("snapshot.complete", message, &folded, &shown(items))
}

/// The same ops end in the same items, in whatever order and batches they came.
///
/// # Errors
/// The breach, when they do not.
pub fn same_state(items: &[Item], permuted: &[Item]) -> Judged {
    let message = "the same ops in another order and in other batches end in another state";
    alike("lww.order-free", message, &shown(items), &shown(permuted))
}

fn shown(items: &[Item]) -> Value {
    in_order(items.iter().map(item_json))
}

/// The entry as the model has it. Nobody is told apart: who reads sees their own notifications only.
fn change(change: &Change) -> model::Change {
    let stamp = &change.stamp;
    model::Change {
        version: change.server_version,
        table: change.table_name.clone(),
        pk: change.pk.clone(),
        operation: operation(change.op),
        payload: change.payload.clone(),
        stamp: Stamp {
            device_id: stamp.device_id.clone(),
            op_id: stamp.op_id.clone(),
            hlc: stamp.hlc.clone(),
            clock: stamp.clock,
        },
        owner: None,
    }
}
