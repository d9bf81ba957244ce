//! One workspace of a history: its calls, and its log as far as anybody was told of it.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::FixedState;

use crate::call::{Action, CallIndex, Told};
use crate::history::History;
use crate::op::OpIndex;
use crate::texts::Text;

/// The table whose records each user has alone, so that others need not see them (`notification.owner-only`).
pub(crate) const PRIVATE_TABLE: &str = "notifications";

/// When something was told, and by which call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sighting {
    /// When the answer had arrived, in microseconds.
    pub(crate) at: u64,
    /// Whose answer.
    pub(crate) call: CallIndex,
}

/// One entry of the log, as it was told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// Its version.
    pub(crate) version: u64,
    /// The op that was first told to have it.
    pub(crate) op: OpIndex,
    /// The first answer of all that told of it.
    pub(crate) shown: Sighting,
    /// The first answer to a push that did.
    pub(crate) acknowledged: Option<Sighting>,
}

/// Two answers that give a version to two ops, or two versions to an op.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conflict {
    /// What was told first.
    pub(crate) first: (u64, OpIndex, CallIndex),
    /// What was told then.
    pub(crate) then: (u64, OpIndex, CallIndex),
}

/// One workspace.
#[derive(Debug)]
pub(crate) struct Workspace<'h> {
    /// The history that it is part of.
    pub(crate) history: &'h History,
    /// The calls that named it, in the order of the file.
    pub(crate) calls: Vec<CallIndex>,
    /// Its log, ascending by version, without the entries that nobody was told of.
    pub(crate) log: Vec<Entry>,
    /// What was told of its log and cannot be.
    pub(crate) conflicts: Vec<Conflict>,
    /// When the first collection began, in microseconds; never without one.
    pub(crate) collected: u64,
    /// Whether it has records of a table that others need not see.
    pub(crate) has_private: bool,
}

/// The workspaces of a history, in the order in which calls name them.
pub(crate) fn workspaces(history: &History) -> Vec<Workspace<'_>> {
    let named = history.indexed().filter_map(|(index, call)| Some((call.action.workspace()?, index)));
    grouped(named).into_iter().map(|(_, calls)| Workspace::of(history, calls)).collect()
}

impl<'h> Workspace<'h> {
    fn of(history: &'h History, calls: Vec<CallIndex>) -> Self {
        let mut log = LogBuilder { history, entries: HashMap::default(), conflicts: Vec::new() };
        let (mut collected, mut has_private) = (u64::MAX, false);
        let is_private = |op: OpIndex| history.texts.get(history.op(op).write.table) == PRIVATE_TABLE;
        for index in &calls {
            let call = history.call(*index);
            let sighting = Sighting { at: call.ended, call: *index };
            match &call.action {
                Action::Push { ops, .. } => {
                    for sent in history.sent(ops) {
                        has_private |= is_private(sent.op);
                        if let Told::Version(version) = sent.told {
                            log.tell(version, sent.op, sighting, true);
                        }
                    }
                }
                Action::Pull { pull, .. } => {
                    let changes = pull.page.as_ref().map_or(0..0, |page| page.changes.clone());
                    for shown in history.shown(&changes) {
                        has_private |= is_private(shown.op);
                        log.tell(shown.version, shown.op, sighting, false);
                    }
                }
                Action::Collect(_) => collected = collected.min(call.began),
                _ => {}
            }
        }
        let mut entries: Vec<Entry> = log.entries.into_values().collect();
        entries.sort_unstable_by_key(|entry| entry.version);
        let conflicts = log.conflicts;
        Workspace { history, calls, log: entries, conflicts, collected, has_private }
    }

    /// The number of entries up to this version: the place of the first one above it.
    pub(crate) fn rank_after(&self, version: u64) -> usize {
        self.log.partition_point(|entry| entry.version <= version)
    }

    /// The entry with that version.
    pub(crate) fn entry(&self, version: u64) -> Option<&Entry> {
        self.log.get(self.rank_after(version).checked_sub(1)?).filter(|entry| entry.version == version)
    }

    /// The table of an entry.
    pub(crate) fn table(&self, entry: &Entry) -> Text {
        self.history.op(entry.op).write.table
    }

    /// Whether some members need not see an entry.
    pub(crate) fn is_private(&self, entry: &Entry) -> bool {
        self.has_private && self.history.texts.get(self.table(entry)) == PRIVATE_TABLE
    }
}

/// A log while it is collected from answers.
struct LogBuilder<'h> {
    history: &'h History,
    entries: HashMap<u64, Entry, FixedState>,
    conflicts: Vec<Conflict>,
}

impl LogBuilder<'_> {
    fn tell(&mut self, version: u64, op: OpIndex, sighting: Sighting, is_push: bool) {
        let acknowledged = is_push.then_some(sighting);
        let held = self.entries.entry(version).or_insert(Entry { version, op, shown: sighting, acknowledged });
        let before = held.shown.call;
        if held.op != op {
            let first = (version, held.op, before);
            self.conflicts.push(Conflict { first, then: (version, op, sighting.call) });
            return;
        }
        held.shown = held.shown.min(sighting);
        if is_push {
            held.acknowledged = Some(held.acknowledged.map_or(sighting, |known| known.min(sighting)));
        }
        let known = self.history.op(op).version;
        if known != version {
            let by = self.entries.get(&known).map_or(sighting.call, |entry| entry.shown.call);
            self.conflicts.push(Conflict { first: (known, op, by), then: (version, op, sighting.call) });
        }
    }
}

/// Groups, in the order in which their keys come.
pub(crate) fn grouped<K: Copy + Eq + Hash, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Vec<(K, Vec<V>)> {
    let mut places: HashMap<K, usize, FixedState> = HashMap::default();
    let mut groups: Vec<(K, Vec<V>)> = Vec::new();
    for (key, value) in pairs {
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push((key, Vec::new()));
        }
        groups[place].1.push(value);
    }
    groups
}
