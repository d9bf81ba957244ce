//! A change: one numbered entry of a workspace's log.

use super::{Key, Op, Operation, Revision, Stamp};
use serde_json::Value;

/// One accepted op with the version that the workspace gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its place in the workspace's log: 1, 2, 3 … (`push.contiguous-versions`).
    pub version: u64,
    /// The record's table.
    pub table: String,
    /// The record's key.
    pub pk: String,
    /// Put or delete.
    pub operation: Operation,
    /// The payload as it was pushed (`push.payload-round-trips`).
    pub payload: Option<Value>,
    /// The op's stamp, unchanged (`pull.echoes-stamp`).
    pub stamp: Stamp,
}

impl Change {
    /// The entry that this op makes under this version.
    pub fn new(version: u64, op: &Op) -> Self {
        Self {
            version,
            table: op.table.clone(),
            pk: op.pk.clone(),
            operation: op.operation,
            payload: op.payload.clone(),
            stamp: op.stamp.clone(),
        }
    }

    /// The record that this change writes.
    pub fn key(&self) -> Key {
        Key::new(self.table.as_str(), self.pk.as_str())
    }

    /// Where it stands in the order of writes.
    pub fn revision(&self) -> Revision {
        self.stamp.revision()
    }
}
