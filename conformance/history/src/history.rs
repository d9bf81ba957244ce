//! A history in memory: its calls, and what they sent and saw, each thing once.

use std::collections::HashMap;
use std::ops::Range;

use crate::call::{Action, Call, CallIndex, ItemShown, SentOp, Shown};
use crate::op::{Op, OpIndex};
use crate::texts::{Text, Texts};

/// A recorded history. A call costs some hundred bytes, a change that was shown 24.
#[derive(Debug, Default)]
pub struct History {
    pub(crate) texts: Texts,
    pub(crate) calls: Vec<Call>,
    pub(crate) ops: Vec<Op>,
    pub(crate) sent: Vec<SentOp>,
    pub(crate) shown: Vec<Shown>,
    pub(crate) items: Vec<ItemShown>,
    pub(crate) faults: Vec<Fault>,
}

/// A time in which the server or the network was disturbed.
#[derive(Debug)]
pub(crate) struct Fault {
    /// What was done.
    pub(crate) what: Text,
    /// When it began, in microseconds.
    pub(crate) began: u64,
    /// When it was over, in microseconds.
    pub(crate) ended: u64,
}

impl History {
    /// How many calls it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether it has no calls, so that nothing can be judged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The call in that line of the file.
    pub(crate) fn at_line(&self, line: usize) -> Option<CallIndex> {
        let place = self.calls.binary_search_by_key(&line, |call| call.line as usize).ok()?;
        u32::try_from(place).ok().map(CallIndex)
    }

    /// The line of a call in the file, from 1.
    #[must_use]
    pub fn line(&self, call: CallIndex) -> usize {
        self.call(call).line as usize
    }

    pub(crate) fn call(&self, call: CallIndex) -> &Call {
        &self.calls[call.0 as usize]
    }

    pub(crate) fn op(&self, op: OpIndex) -> &Op {
        &self.ops[op.0 as usize]
    }

    pub(crate) fn op_id(&self, op: OpIndex) -> &str {
        self.texts.single(self.op(op).id)
    }

    /// The version that an op was first told to have.
    pub(crate) fn version(&self, op: OpIndex) -> Option<u64> {
        Some(self.op(op).version).filter(|version| *version != u64::MAX)
    }

    pub(crate) fn sent(&self, range: &Range<u32>) -> &[SentOp] {
        &self.sent[range.start as usize..range.end as usize]
    }

    pub(crate) fn shown(&self, range: &Range<u32>) -> &[Shown] {
        &self.shown[range.start as usize..range.end as usize]
    }

    pub(crate) fn items(&self, range: &Range<u32>) -> &[ItemShown] {
        &self.items[range.start as usize..range.end as usize]
    }

    /// The calls, with their places.
    pub(crate) fn indexed(&self) -> impl Iterator<Item = (CallIndex, &Call)> {
        // `read` refuses more calls than fit.
        self.calls.iter().enumerate().map(|(index, call)| (CallIndex(u32::try_from(index).unwrap_or(u32::MAX)), call))
    }

    /// The server's id of each user whom a session named, by the name of their credential.
    pub(crate) fn users(&self) -> HashMap<Text, Text> {
        let shown = self.calls.iter().filter_map(|call| match call.action {
            Action::Session(Some(shown)) => Some((call.user, shown.user)),
            _ => None,
        });
        shown.collect()
    }

    /// What was done to the server or the network between two moments, if anything was.
    pub(crate) fn fault_between(&self, from: u64, to: u64) -> Option<&str> {
        let fault = self.faults.iter().find(|fault| fault.began < to && fault.ended > from);
        fault.map(|fault| self.texts.get(fault.what))
    }
}
