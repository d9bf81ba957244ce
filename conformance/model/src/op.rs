//! An op: one put or delete of one record, as a client stamped it.

use std::sync::Arc;

use super::revision::Revision;
use serde_json::Value;
use syncproof_protocol::json::same_json;

/// The highest clock that an op may bear (`push.clock-range`): 2^53 − 1.
pub const MAX_CLOCK: u64 = (1 << 53) - 1;

/// What an op does to its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Write the record.
    Put,
    /// Leave a tombstone in its place.
    Delete,
}

impl Operation {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }

    /// The operation that this word names.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "put" => Some(Self::Put),
            "delete" => Some(Self::Delete),
            _ => None,
        }
    }
}

/// The device of an op, and its place in the order of writes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// The device that created the op.
    pub device_id: String,
    /// The permanent id of the op, a UUID (`push.op-id-is-uuid`), compared as text.
    pub op_id: String,
    /// The hybrid logical clock.
    pub hlc: String,
    /// The logical clock, at most [`MAX_CLOCK`].
    pub clock: u64,
}

impl Stamp {
    /// The revision of a write with this stamp.
    pub fn revision(&self) -> Revision {
        Revision::new(self.clock, self.hlc.as_str(), self.op_id.as_str())
    }
}

/// One put or delete of one record.
#[derive(Clone, Debug, PartialEq)]
pub struct Op {
    /// The table, which may be one that does not exist (`push.unknown-table`).
    pub table: String,
    /// Put or delete.
    pub operation: Operation,
    /// The record's key, compared byte for byte (`push.text-exact`).
    pub pk: String,
    /// The record's content, optional for a delete. It may be large, and is shared with the log and the record.
    pub payload: Option<Arc<Value>>,
    /// The client's stamp.
    pub stamp: Stamp,
    /// How often the client has tried to send it. Part of the envelope, hence not of the content.
    pub attempts: u64,
}

impl Op {
    /// Whether the other op is this one sent again (`op.replay-same-version`, `op.reuse-conflicting`).
    ///
    /// The content counts: table, operation, pk, payload and the whole stamp. The envelope, such as `attempts`, does
    /// not (`op.replay-across-devices`).
    pub fn same_content(&self, other: &Self) -> bool {
        let same_payload = match (&self.payload, &other.payload) {
            (Some(left), Some(right)) => same_json(left, right),
            (None, None) => true,
            _ => false,
        };
        same_payload
            && self.table == other.table
            && self.operation == other.operation
            && self.pk == other.pk
            && self.stamp == other.stamp
    }
}
