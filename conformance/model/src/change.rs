//! A change: one numbered entry of a workspace's log.

use std::sync::Arc;

use super::key::Key;
use super::op::{Op, Operation, Stamp};
use super::revision::Revision;
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
    pub payload: Option<Arc<Value>>,
    /// The op's stamp, unchanged (`pull.echoes-stamp`).
    pub stamp: Stamp,
    /// The only user who sees it; None if every member does (`notification.owner-only`).
    pub owner: Option<String>,
}

impl Change {
    /// The entry for this op under this version.
    pub fn new(version: u64, op: &Op) -> Self {
        Self {
            version,
            table: op.table.clone(),
            pk: op.pk.clone(),
            operation: op.operation,
            payload: op.payload.clone(),
            stamp: op.stamp.clone(),
            owner: None,
        }
    }

    /// The same entry, visible to this user only, or to every member.
    #[must_use]
    pub fn owned_by(self, owner: Option<String>) -> Self {
        Self { owner, ..self }
    }

    /// The record that this change writes.
    pub fn key(&self) -> Key {
        Key { owner: self.owner.clone(), ..Key::new(self.table.as_str(), self.pk.as_str()) }
    }

    /// Its place in the order of writes.
    pub fn revision(&self) -> Revision {
        self.stamp.revision()
    }
}
