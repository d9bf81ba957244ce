//! The ops of a history: each op id of a workspace once, with what was sent under it.

use crate::digest::Digest;
use crate::texts::{Single, Text};
use syncproof_protocol::wire::Operation;

/// The place of an op in [`crate::History`]'s list of ops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct OpIndex(pub(crate) u32);

/// What a write does, and to which record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Write {
    /// The table of the record.
    pub(crate) table: Text,
    /// Its key.
    pub(crate) pk: Text,
    /// Put or delete.
    pub(crate) operation: Operation,
    /// The logical clock.
    pub(crate) clock: u64,
    /// The digest of the hybrid logical clock.
    pub(crate) hlc: Digest,
    /// The device that made the op.
    pub(crate) device: Text,
    /// The payload of a put. That of a delete does not count, since the protocol does not say whether it is returned.
    pub(crate) payload: Digest,
}

impl Write {
    /// The digest of all of it, as a pull shows it.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of((self.table, self.pk, self.device, self.content()))
    }

    /// The digest of what a snapshot shows beside the record's table and key.
    pub(crate) fn content(&self) -> Digest {
        Digest::of((self.operation, self.clock, self.hlc, self.payload))
    }
}

/// One op of one workspace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Op {
    /// The workspace in which it was sent or shown.
    pub(crate) workspace: Text,
    /// The idempotency key.
    pub(crate) id: Single,
    /// The hybrid logical clock of its write.
    pub(crate) hlc: Single,
    /// What was sent under it first; without a client that sent it, what was shown under it first.
    pub(crate) write: Write,
    /// Whether a client of this history sent it.
    pub(crate) is_sent: bool,
    /// Whether clients sent different writes under this id.
    pub(crate) is_ambiguous: bool,
    /// The version that was the first to be told of it; `u64::MAX` if none was.
    pub(crate) version: u64,
    /// When the first call began that sent it, in microseconds.
    pub(crate) began: u64,
    /// The set of calls that may have applied it.
    pub(crate) senders: Digest,
}
