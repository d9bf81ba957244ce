//! What a workspace must contain after known ops: the whole log, and the whole state where the target has snapshots.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::user::User;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::failure::Checked;
use syncproof_protocol::op::{Op, change_json};
use syncproof_protocol::wire::{Id, Item, Operation};

impl User {
    /// Checks that the log of the workspace is exactly these ops, numbered 1, 2, 3 … in this order, and, where the target
    /// has snapshots, that its rows and tombstones are their fold.
    ///
    /// # Errors
    /// Fails that requirement when log or state differ.
    pub async fn holds(&self, workspace: &Id, ops: &[Op], requirement: &'static str) -> Checked {
        let (changes, answer) = self.log(workspace, requirement).await?;
        let expected: Vec<Value> = (1..).zip(ops).map(|(version, op)| op.as_change(version)).collect();
        let actual: Vec<Value> = changes.iter().map(change_json).collect();
        answer.equal(
            requirement,
            "the log does not contain exactly the ops that were pushed here",
            expected,
            actual,
        )?;
        self.shows(workspace, ops, requirement).await
    }

    /// Checks that the rows and tombstones of the workspace are the fold of these ops, where the target has snapshots.
    ///
    /// # Errors
    /// Fails that requirement when they differ.
    pub async fn shows(&self, workspace: &Id, ops: &[Op], requirement: &'static str) -> Checked {
        if !self.context().has(Capability::Snapshot) {
            return Ok(());
        }
        let (items, answer) = self.items(workspace, requirement).await?;
        let mut actual: Vec<Value> = items.iter().map(item_json).collect();
        // The order of a snapshot is a separate requirement.
        actual.sort_by_cached_key(place);
        let mut expected = fold(ops);
        expected.sort_by_cached_key(place);
        answer.equal(requirement, "rows and tombstones are not the fold of the ops pushed here", expected, actual)
    }
}

/// The rows and tombstones that result from these ops in any order (`lww.order-free`): for each record the write with
/// the highest revision, in the form of a snapshot item without the time of deletion.
#[must_use]
pub fn fold(ops: &[Op]) -> Vec<Value> {
    let mut winners: BTreeMap<(&str, &str), &Op> = BTreeMap::new();
    for op in ops {
        let winner = winners.entry((op.table(), op.pk())).or_insert(op);
        if op.revision() > winner.revision() {
            *winner = op;
        }
    }
    winners
        .into_iter()
        .map(|((table, pk), op)| match op.operation() {
            Operation::Put => json!({
                "kind": "row", "tableName": table, "pk": pk, "revision": op.revision(), "payload": op.content(),
            }),
            Operation::Delete => json!({
                "kind": "tombstone", "tableName": table, "pk": pk, "revision": op.revision(),
            }),
        })
        .collect()
}

/// The sort key of an item. It does not depend on how numbers are written.
fn place(item: &Value) -> [String; 3] {
    ["tableName", "pk", "kind"].map(|field| item[field].to_string())
}

/// An item to compare with a fold, so without the time of deletion, which only the server knows.
#[must_use]
pub fn item_json(item: &Item) -> Value {
    let mut item = json!(item);
    if let Value::Object(fields) = &mut item {
        fields.remove("serverDeletedAt");
    }
    item
}
