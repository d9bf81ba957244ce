//! Metamorphic relations: what several answers of one target must have in common (`pull.complete`,
//! `snapshot.complete`, `lww.order-free`).
//!
//! Nothing that was pushed before is looked at: they hold, or do not, even where this oracle is wrong.

use std::sync::Arc;

use serde_json::Value;

use super::item::{in_order, item_json, record_json};
use super::shown_change::operation;
use super::violation::{Judged, alike};
use syncproof_model as model;
use syncproof_model::Stamp;
use syncproof_protocol::op::change_json;
use syncproof_protocol::wire::{Change, Item};

/// The log is the same in large pages and in small ones.
pub fn same_log(whole: &[Change], paged: &[Change]) -> Judged {
    let shown = |log: &[Change]| log.iter().map(change_json).collect::<Value>();
    alike(
        "pull.complete",
        "a log in small pages is not what it is in large ones",
        ("in pages of 1000", &shown(whole)),
        ("in small pages", &shown(paged)),
    )
}

/// The items are the fold of the log.
pub fn folds_to(log: &[Change], items: &[Item]) -> Judged {
    let state = model::fold(&log.iter().map(change).collect::<Vec<_>>());
    let folded = in_order(state.records().map(|(key, record)| record_json(key, record)));
    let message = "a snapshot is not the fold of the log that a pull shows";
    alike("snapshot.complete", message, ("the log", &folded), ("the snapshot", &shown(items)))
}

/// The same ops end in the same items, in whatever order and batches they came.
pub fn same_state(items: &[Item], permuted: &[Item]) -> Judged {
    let message = "the same ops in another order and in other batches end in another state";
    alike("lww.order-free", message, ("in the order of the log", &shown(items)), ("in another order", &shown(permuted)))
}

fn shown(items: &[Item]) -> Value {
    in_order(items.iter().map(item_json))
}

/// The entry as the model has it, without an owner: a reader sees only their own notifications.
fn change(change: &Change) -> model::Change {
    let stamp = &change.stamp;
    model::Change {
        version: change.server_version,
        table: change.table_name.clone(),
        pk: change.pk.clone(),
        operation: operation(change.op),
        payload: change.payload.clone().map(Arc::new),
        stamp: Stamp {
            device_id: stamp.device_id.clone(),
            op_id: stamp.op_id.clone(),
            hlc: stamp.hlc.clone(),
            clock: stamp.clock,
        },
        owner: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn logged(version: u64, pk: &str, clock: u64, op: &str) -> Change {
        serde_json::from_value(json!({
            "serverVersion": version,
            "tableName": "posts",
            "pk": pk,
            "op": op,
            "payload": if op == "put" { json!({"id": pk}) } else { Value::Null },
            "stamp": {"deviceId": "device-1", "opId": format!("op-{version}"), "hlc": "1", "clock": clock},
        }))
        .unwrap()
    }

    fn row(pk: &str, clock: u64, op_id: &str) -> Item {
        let revision = json!({"clock": clock, "hlc": "1", "opId": op_id});
        let row = json!({"kind": "row", "tableName": "posts", "pk": pk, "revision": revision, "payload": {"id": pk}});
        serde_json::from_value(row).unwrap()
    }

    fn tombstone(pk: &str, clock: u64, op_id: &str) -> Item {
        let revision = json!({"clock": clock, "hlc": "1", "opId": op_id});
        let tombstone =
            json!({"kind": "tombstone", "tableName": "posts", "pk": pk, "revision": revision, "serverDeletedAt": 1});
        serde_json::from_value(tombstone).unwrap()
    }

    fn requirement(judged: Judged) -> Option<&'static str> {
        judged.err().map(|violation| violation.requirement)
    }

    #[test]
    fn a_log_that_loses_or_repeats_or_swaps_in_small_pages_is_another() {
        let log = [logged(1, "a", 1, "put"), logged(2, "b", 1, "put")];
        assert_eq!(requirement(same_log(&log, &log)), None);
        let swapped = [log[1].clone(), log[0].clone()];
        let repeated = [log[0].clone(), log[0].clone(), log[1].clone()];
        for paged in [&log[..1], &swapped, &repeated] {
            assert_eq!(requirement(same_log(&log, paged)), Some("pull.complete"), "{paged:?}");
        }
    }

    #[test]
    fn a_snapshot_folds_the_log_in_whatever_order_it_lists() {
        let log = [logged(1, "a", 2, "put"), logged(2, "b", 1, "put"), logged(3, "b", 3, "delete")];
        let items = [tombstone("b", 3, "op-3"), row("a", 2, "op-1")];
        assert_eq!(requirement(folds_to(&log, &items)), None);
        let stale = [row("b", 1, "op-2"), row("a", 2, "op-1")];
        for items in [&items[..1], &stale] {
            assert_eq!(requirement(folds_to(&log, items)), Some("snapshot.complete"), "{items:?}");
        }
    }

    #[test]
    fn a_state_with_another_winner_is_another() {
        let items = [row("a", 1, "op-1"), tombstone("b", 2, "op-2")];
        let other_order = [items[1].clone(), items[0].clone()];
        assert_eq!(requirement(same_state(&items, &other_order)), None);
        let other_winner = [row("a", 1, "op-3"), items[1].clone()];
        assert_eq!(requirement(same_state(&items, &other_winner)), Some("lww.order-free"));
    }
}
