//! What `POST /api/sync/snapshot` answers: a page of live records and tombstones.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::field::{present, whole};
use super::id::Id;
use super::stamp::Revision;

/// `POST /api/sync/snapshot`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotAnswer {
    /// The workspace that was asked for.
    pub workspace_id: Id,
    /// The same on every page of one snapshot.
    pub snapshot_id: Id,
    /// The version up to which the log is folded into the items.
    #[serde(deserialize_with = "whole")]
    pub high_watermark: u64,
    /// Ordered by (tableName, pk, kind).
    pub items: Vec<Item>,
    /// Asks for the next page; null on the last. The field must be present.
    #[serde(deserialize_with = "present")]
    pub next_page_token: Option<Value>,
}

/// A live record or a tombstone.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Item {
    /// A live record.
    Row {
        /// The record's table.
        table_name: String,
        /// The record's key.
        pk: String,
        /// Its content.
        payload: Value,
        /// The write that it comes from.
        revision: Revision,
    },
    /// A deleted record.
    Tombstone {
        /// The record's table.
        table_name: String,
        /// The record's key.
        pk: String,
        /// The delete that won.
        revision: Revision,
        /// When the server deleted it; the protocol leaves the form open.
        server_deleted_at: Value,
    },
}

impl Item {
    /// The sort key of the item in a snapshot: (tableName, pk, kind).
    #[must_use]
    pub fn position(&self) -> (&str, &str, &'static str) {
        match self {
            Item::Row { table_name, pk, .. } => (table_name, pk, "row"),
            Item::Tombstone { table_name, pk, .. } => (table_name, pk, "tombstone"),
        }
    }

    /// Whether it says that the record was deleted.
    #[must_use]
    pub fn is_tombstone(&self) -> bool {
        matches!(self, Item::Tombstone { .. })
    }

    /// The write that the item comes from.
    #[must_use]
    pub fn revision(&self) -> &Revision {
        match self {
            Item::Row { revision, .. } | Item::Tombstone { revision, .. } => revision,
        }
    }
}
