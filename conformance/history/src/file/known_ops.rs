//! The ops that were read so far, by workspace and id.

use std::hash::BuildHasher as _;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::history::History;
use crate::op::OpIndex;
use crate::texts::Text;

/// Where each op stands in the history's list. Its keys are in the ops themselves, so that they are not kept twice.
#[derive(Default)]
pub(super) struct KnownOps(HashTable<OpIndex>);

impl KnownOps {
    /// The op under that id.
    pub(super) fn find(&self, history: &History, workspace: Text, id: &str) -> Option<OpIndex> {
        let is_it = |op: &OpIndex| history.op(*op).workspace == workspace && history.op_id(*op) == id;
        self.0.find(hash(workspace, id), is_it).copied()
    }

    /// Adds one that is not there and is in the history.
    pub(super) fn add(&mut self, history: &History, op: OpIndex) {
        let hash = |op: &OpIndex| hash(history.op(*op).workspace, history.op_id(*op));
        self.0.insert_unique(hash(&op), op, hash);
    }
}

fn hash(workspace: Text, id: &str) -> u64 {
    FixedState::default().hash_one((workspace, id))
}
