//! An item: a record as a snapshot shows it.

use std::sync::Arc;

use super::key::Key;
use super::record::Record;
use super::revision::Revision;
use serde_json::Value;

/// What an item shows. The order is that of the words on the wire (`snapshot.order`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A live record.
    Row,
    /// A deleted one.
    Tombstone,
}

impl Kind {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Tombstone => "tombstone",
        }
    }
}

/// One record of a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Which record.
    pub key: Key,
    /// Row or tombstone.
    pub kind: Kind,
    /// The row's payload.
    pub payload: Option<Arc<Value>>,
    /// The revision of the write that won.
    pub revision: Revision,
}

impl Item {
    /// The item that shows this record.
    pub fn of(key: &Key, record: &Record) -> Self {
        Self {
            key: key.clone(),
            kind: if record.is_tombstone() { Kind::Tombstone } else { Kind::Row },
            payload: record.row.clone(),
            revision: record.revision.clone(),
        }
    }
}
