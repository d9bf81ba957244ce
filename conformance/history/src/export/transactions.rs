//! The pushes and the complete reads of a history as transactions on lists, one list for each log.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use crate::call::{Action, CallIndex, Outcome, Told};
use crate::history::History;
use crate::op::OpIndex;
use crate::texts::Text;
use crate::workspace::{PRIVATE_TABLE, Workspace, workspaces};

/// A push, or a read that shows a whole log.
#[derive(Debug)]
pub(super) struct Transaction {
    /// The place of its client among all clients.
    pub(super) client: usize,
    /// When it was sent, in microseconds.
    pub(super) began: u64,
    /// When its answer had arrived; without an answer, for ever.
    pub(super) ended: u64,
    /// Whether it was done.
    pub(super) outcome: Outcome,
    /// The place of its workspace among all workspaces.
    pub(super) list: usize,
    /// What it does.
    pub(super) access: Access,
}

/// What a transaction does with a list.
#[derive(Debug)]
pub(super) enum Access {
    /// These ops are appended, each in the first push that sent it.
    Append {
        /// The ops, in order.
        ops: Vec<OpIndex>,
        /// The last of them in the log, if the log is known to have any.
        last: Option<OpIndex>,
    },
    /// The log up to that place in the list of what the reader was shown.
    Read {
        /// Which reader's list.
        reader: usize,
        /// How much of it.
        length: usize,
    },
}

/// All transactions, by the time at which they began, and what each reader was shown of a log, from its beginning on.
#[derive(Debug, Default)]
pub(super) struct Transactions {
    pub(super) list: Vec<Transaction>,
    pub(super) shown: Vec<Vec<OpIndex>>,
    pub(super) clients: usize,
}

pub(super) fn transactions(history: &History) -> Transactions {
    let mut made = Transactions::default();
    let mut clients: HashMap<Text, usize, FixedState> = HashMap::default();
    for (list, workspace) in workspaces(history).iter().enumerate() {
        let mut calls = workspace.calls.clone();
        calls.sort_by_key(|call| (history.call(*call).began, *call));
        let mut logged = Logged { history, workspace, sent: HashSet::default(), readers: HashMap::default() };
        for index in calls {
            let Some(access) = logged.access(index, &mut made.shown) else { continue };
            let call = history.call(index);
            let next = clients.len();
            let client = *clients.entry(call.client).or_insert(next);
            let (began, ended, outcome) = (call.began, call.ended, call.outcome);
            made.list.push(Transaction { client, began, ended, outcome, list, access });
        }
    }
    made.list.sort_by_key(|transaction| transaction.began);
    made.clients = clients.len();
    made
}

/// One log while its transactions are collected.
struct Logged<'h> {
    history: &'h History,
    workspace: &'h Workspace<'h>,
    /// The ops that earlier pushes sent: what is sent again is not appended again.
    sent: HashSet<OpIndex, FixedState>,
    /// For each client that follows the log from its beginning: which list of what it was shown, and its cursor.
    readers: HashMap<Text, (usize, u64), FixedState>,
}

impl Logged<'_> {
    /// What a call does; none if it is no push of anything new and no complete read.
    fn access(&mut self, index: CallIndex, shown: &mut Vec<Vec<OpIndex>>) -> Option<Access> {
        let call = self.history.call(index);
        match &call.action {
            Action::Push { ops, .. } => {
                let counts = self.history.sent(ops).iter().filter(|sent| sent.told != Told::Failed);
                let ops: Vec<OpIndex> =
                    counts.map(|sent| sent.op).filter(|op| !self.is_private(*op) && self.sent.insert(*op)).collect();
                let last = ops.iter().copied().filter(|op| self.history.version(*op).is_some());
                let last = last.max_by_key(|op| self.history.version(*op));
                (!ops.is_empty()).then_some(Access::Append { ops, last })
            }
            Action::Pull { pull, .. } if pull.tables.is_empty() && !pull.is_of_project => {
                let page = pull.page.as_ref()?;
                // What a collection has taken is missing from every read after it.
                if call.ended > self.workspace.collected || page.requires_snapshot {
                    return None;
                }
                let (reader, cursor) = match self.readers.get(&call.client) {
                    Some((reader, cursor)) if pull.cursor != 0 => (*reader, *cursor),
                    _ if pull.cursor == 0 => {
                        shown.push(Vec::new());
                        (shown.len() - 1, 0)
                    }
                    _ => return None,
                };
                if pull.cursor != cursor {
                    self.readers.remove(&call.client);
                    return None;
                }
                let read = shown.get_mut(reader)?;
                let changes = self.history.shown(&page.changes).iter().map(|change| change.op);
                read.extend(changes.filter(|op| !self.is_private(*op)));
                self.readers.insert(call.client, (reader, page.next));
                (!page.has_more).then_some(Access::Read { reader, length: read.len() })
            }
            _ => None,
        }
    }

    fn is_private(&self, op: OpIndex) -> bool {
        self.history.texts.get(self.history.op(op).write.table) == PRIVATE_TABLE
    }
}

/// The number of an op in what is written; 0 stands for none.
pub(super) fn number(op: OpIndex) -> u64 {
    u64::from(op.0) + 1
}
