//! Items of snapshots and records as JSON values that can be compared.

use serde_json::{Value, json};

use super::sent_op::without_workspace;
use syncproof_model::{Key, Record};
use syncproof_protocol::wire::Item;

/// The item that shows this record.
pub(super) fn record_json(key: &Key, record: &Record) -> Value {
    let revision = &record.revision;
    let mut item = json!({
        "kind": if record.is_tombstone() { "tombstone" } else { "row" },
        "tableName": key.table,
        "pk": key.pk,
        "revision": {"clock": revision.clock, "hlc": revision.hlc, "opId": revision.op_id},
    });
    if let Some(row) = &record.row {
        item["payload"] = without_workspace(row);
    }
    item
}

/// The item without the fields that only the server knows.
pub(super) fn item_json(item: &Item) -> Value {
    let (table, pk, kind) = item.position();
    let mut shown = json!({"kind": kind, "tableName": table, "pk": pk, "revision": item.revision()});
    if let Item::Row { payload, .. } = item {
        shown["payload"] = without_workspace(payload);
    }
    shown
}

/// The items as a list in an order that does not depend on their source.
pub(super) fn in_order(items: impl Iterator<Item = Value>) -> Value {
    let mut items: Vec<Value> = items.collect();
    items.sort_by_cached_key(|item| ["tableName", "pk", "kind"].map(|field| item[field].to_string()));
    Value::Array(items)
}
