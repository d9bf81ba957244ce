//! The log of a workspace as the oracle knows it: its entries, the ops behind them, and the records they fold into.

use std::collections::HashMap;

use super::coverage::{CoverageCounts, CoverageEvent};
use super::time_span::TimeSpan;
use super::user::User;
use syncproof_model as model;
use syncproof_model::{Change, Key, Operation, State};

/// One entry: its op, or the ops of which it may be any.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// More than one only until a read has shown which (`op.duplicate-conflicting`).
    pub(super) candidates: Vec<model::Op>,
    /// Who pushed it.
    pub(super) author: User,
    /// The only user who sees it (`notification.owner-only`).
    pub(super) owner: Option<String>,
    /// When it was accepted.
    pub(super) when: TimeSpan,
}

/// Everything that was accepted.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    /// The entry of version 1 first.
    entries: Vec<Entry>,
    /// The version of each known op id.
    versions: HashMap<String, u64>,
    state: State,
    /// Everything up to this version is known to be collected.
    pub(super) gone: u64,
    /// Everything up to this version has to be collected.
    pub(super) due: u64,
    /// Everything up to this version may be collected.
    pub(super) open: u64,
}

impl Log {
    /// The highest version.
    pub(super) fn head(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The version that an op id has.
    pub(super) fn version_of(&self, op_id: &str) -> Option<u64> {
        self.versions.get(op_id).copied()
    }

    /// The entry of that version.
    pub(super) fn entry(&self, version: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(version.checked_sub(1)?).ok()?)
    }

    /// The entries after a cursor that this user sees, with their versions.
    pub(super) fn after(&self, cursor: u64, reader: &str) -> impl Iterator<Item = (u64, &Entry)> {
        let from = usize::try_from(cursor).unwrap_or(usize::MAX).min(self.entries.len());
        let entries = self.entries[from..].iter().zip(cursor + 1..).map(|(entry, version)| (version, entry));
        entries.filter(move |(_, entry)| entry.owner.as_deref().is_none_or(|owner| owner == reader))
    }

    /// The writes to that record, in the order in which they were accepted, with their versions.
    pub(super) fn writes_to<'a>(&'a self, key: &'a Key) -> impl Iterator<Item = (u64, &'a model::Op)> {
        let written =
            |(entry, version): (&'a Entry, u64)| Some((version, entry.owner.as_ref(), entry.candidates.first()?));
        let all = self.entries.iter().zip(1..).filter_map(written);
        let of_key = move |(version, owner, op): (u64, Option<&'a String>, &'a model::Op)| {
            (owner == key.owner.as_ref() && op.table == key.table && op.pk == key.pk).then_some((version, op))
        };
        all.filter_map(of_key)
    }

    /// Whether the op of that version has lost when it came.
    pub(super) fn has_lost(&self, version: u64) -> bool {
        let Some(entry) = self.entry(version) else { return false };
        let Some(op) = entry.candidates.first() else { return false };
        let key = Key { owner: entry.owner.clone(), ..Key::new(op.table.as_str(), op.pk.as_str()) };
        let mut before = self.writes_to(&key).take_while(|(other, _)| *other < version);
        before.any(|(_, other)| other.stamp.revision() > op.stamp.revision())
    }

    /// All ops.
    pub(super) fn ops(&self) -> impl Iterator<Item = &model::Op> {
        self.entries.iter().flat_map(|entry| &entry.candidates)
    }

    /// The op with that id.
    pub(super) fn op(&self, op_id: &str) -> Option<&model::Op> {
        self.entry(self.version_of(op_id)?)?.candidates.first()
    }

    /// The records.
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Adds a new op under the next version.
    pub(super) fn append(
        &mut self,
        op: model::Op,
        (author, owner): (User, Option<String>),
        when: TimeSpan,
        coverage: &mut CoverageCounts,
    ) {
        let version = self.head() + 1;
        self.look(&op, owner.as_deref(), coverage);
        self.versions.insert(op.stamp.op_id.clone(), version);
        self.state.apply(&Change::new(version, &op).owned_by(owner.clone()));
        self.entries.push(Entry { candidates: vec![op], author, owner, when });
    }

    /// Adds an op again whose first entry was collected: no record changes (`op.replay-after-gc`).
    pub(super) fn append_again(&mut self, op: model::Op, (author, owner): (User, Option<String>), when: TimeSpan) {
        self.versions.insert(op.stamp.op_id.clone(), self.head() + 1);
        self.entries.push(Entry { candidates: vec![op], author, owner, when });
    }

    /// The entry may also be this op. Its record is known once a read has shown which.
    pub(super) fn or_else(&mut self, version: u64, op: model::Op) {
        let Some(entry) = version.checked_sub(1).and_then(|place| self.entries.get_mut(usize::try_from(place).ok()?))
        else {
            return;
        };
        if !entry.candidates.iter().any(|other| other.same_content(&op)) {
            entry.candidates.push(op);
        }
    }

    /// A read has shown which of the candidates the entry is.
    pub(super) fn settle(&mut self, version: u64, kept: &model::Op) {
        let Some(entry) = version.checked_sub(1).and_then(|place| self.entries.get_mut(usize::try_from(place).ok()?))
        else {
            return;
        };
        if entry.candidates.len() > 1 {
            entry.candidates = vec![kept.clone()];
            self.fold_again();
        }
    }

    fn fold_again(&mut self) {
        let change = |(entry, version): (&Entry, u64)| {
            Some(Change::new(version, entry.candidates.first()?).owned_by(entry.owner.clone()))
        };
        let changes: Vec<Change> = self.entries.iter().zip(1..).filter_map(change).collect();
        self.state = model::fold(&changes);
    }

    /// Counts the situations that accepting this op is.
    fn look(&self, op: &model::Op, owner: Option<&str>, coverage: &mut CoverageCounts) {
        coverage.record(CoverageEvent::NewOp);
        let key = Key { owner: owner.map(str::to_owned), ..Key::new(op.table.as_str(), op.pk.as_str()) };
        let Some(held) = self.state.get(&key) else {
            if op.operation == Operation::Delete {
                coverage.record(CoverageEvent::DeleteOfUnknown);
            }
            return;
        };
        let (new, is_put) = (op.stamp.revision(), op.operation == Operation::Put);
        if new.clock == held.revision.clock {
            coverage.record(if new.hlc == held.revision.hlc { CoverageEvent::OpIdTie } else { CoverageEvent::HlcTie });
        }
        if new < held.revision {
            coverage.record(CoverageEvent::LateOp);
        }
        if held.is_tombstone() && is_put {
            coverage.record(if new > held.revision { CoverageEvent::Revival } else { CoverageEvent::NoResurrection });
        }
    }
}
