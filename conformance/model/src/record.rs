//! A record: the current state of one (table, pk), either a row or a tombstone.

use std::sync::Arc;

use super::change::Change;
use super::op::Operation;
use super::revision::Revision;
use serde_json::Value;

/// The result of all writes to one key so far: the one with the highest revision.
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
    /// The record after this change, if it wins.
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
