//! A snapshot as the server keeps it for its later pages.

use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;

/// The items of a workspace at one moment (`snapshot.consistent`).
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) id: String,
    /// The user who asked for it: others may see fewer items (`notification.owner-only`).
    pub(super) reader: String,
    pub(super) high_watermark: u64,
    /// When it was taken, on the server's clock.
    pub(super) taken_at: Duration,
    pub(super) items: Vec<Value>,
}

impl Snapshot {
    /// Removes the tombstones while a client may still be reading pages: for a mutant only.
    pub(super) fn lose_tombstones(&mut self) {
        self.items.retain(|item| item["kind"] != "tombstone");
    }

    /// Gives items the op ids that their records have now: for a mutant only.
    pub(super) fn lose_history(&mut self, present: &HashMap<(String, String), String>) {
        for item in &mut self.items {
            let key = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            if let Some(id) = present.get(&(key("tableName"), key("pk"))) {
                item["revision"]["opId"] = id.clone().into();
            }
        }
    }
}
