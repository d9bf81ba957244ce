//! A record: the current state of one (table, pk), a row or the one tombstone that is left of it.

use std::sync::Arc;

use super::{Change, Operation, Revision};
use serde_json::Value;

/// What names a record inside a workspace (`tombstone.per-table`, `push.text-exact`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The table.
    pub table: String,
    /// The key in it, byte for byte.
    pub pk: String,
    /// The user whose record it is, where users have records of their own under one key (`notification.no-hijack`).
    pub owner: Option<String>,
}

impl Key {
    /// The key of this table and pk, for every member alike.
    pub fn new(table: impl Into<String>, pk: impl Into<String>) -> Self {
        Self { table: table.into(), pk: pk.into(), owner: None }
    }

    /// Whether this user sees the record (`notification.owner-only`).
    pub fn is_for(&self, reader: &str) -> bool {
        self.owner.as_deref().is_none_or(|owner| owner == reader)
    }
}

/// The outcome of all writes to one key so far: the highest one.
///
/// A record is a row or a tombstone, never both, so that a key cannot have two tombstones
/// (`tombstone.one-per-record`) nor one beside its row (`tombstone.losing-delete-leaves-none`, `lww.newer-put-revives`).
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The revision of the write that won.
    pub revision: Revision,
    /// The row's payload; a tombstone has none.
    pub row: Option<Arc<Value>>,
}

impl Record {
    /// The record that this change leaves when it wins.
    pub fn of(change: &Change) -> Self {
        Self {
            revision: change.revision(),
            row: match change.operation {
                Operation::Put => Some(change.payload.clone().unwrap_or_default()),
                Operation::Delete => None,
            },
        }
    }

    /// Whether the record is deleted.
    pub fn is_tombstone(&self) -> bool {
        self.row.is_none()
    }
}
