//! The change log of one workspace: pushing to it, reading from it, and collecting it.

use super::change::Change;
use super::fold::State;
use super::item::Item;
use super::op::Op;
use super::push_result::{ErrorCode, Outcome, PushResult};
use super::record::Record;
use super::retention::Horizon;
use super::rules::{LogRules, Protocol};
use std::collections::HashMap;

/// An accepted op, and its result.
#[derive(Clone, Debug)]
struct Known {
    op: Op,
    version: u64,
    applied: bool,
    accepted_at_ms: u64,
}

/// Everything that one workspace syncs.
#[derive(Clone, Debug, Default)]
pub struct ChangeLog {
    /// By version, ascending.
    changes: Vec<Change>,
    /// By op id (`op.id-scoped-to-workspace`: the map is the workspace's own).
    known: HashMap<String, Known>,
    state: State,
    head: u64,
    /// The highest version that was collected, 0 when none was. Everything up to it is gone.
    collected: u64,
}

/// One page of a pull.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The changes, by version.
    pub changes: Vec<Change>,
    /// The cursor of the next pull.
    pub next_cursor: u64,
    /// Whether the next page has changes.
    pub has_more: bool,
    /// The oldest version that is kept, if changes between it and the cursor were collected (`gc.gap-is-told`). The page is
    /// empty then: only a snapshot shows what the device has missed.
    pub gap: Option<u64>,
}

impl ChangeLog {
    /// The highest version, 0 when there is none.
    pub fn head(&self) -> u64 {
        self.head
    }

    /// The records.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// All changes that are kept, by version.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The version from which the log is complete: the one after the highest that was collected.
    pub fn oldest_kept(&self) -> u64 {
        self.collected + 1
    }

    /// The version that an op has, if the log knows it.
    pub fn version_of(&self, op_id: &str) -> Option<u64> {
        self.known.get(op_id).map(|known| known.version)
    }

    /// The op that the log has under this id.
    pub fn op(&self, op_id: &str) -> Option<&Op> {
        self.known.get(op_id).map(|known| &known.op)
    }

    /// When the log accepted an op, in milliseconds of the clock of the caller.
    pub fn accepted_at_ms(&self, op_id: &str) -> Option<u64> {
        self.known.get(op_id).map(|known| known.accepted_at_ms)
    }

    /// Accepts or refuses each op of a batch and returns the results in order (`push.results-mirror-ops`). `now_ms` is the time
    /// of acceptance.
    ///
    /// An op that is refused does not affect the others (`push.bad-op-spares-others`).
    pub fn push(&mut self, ops: &[Op], now_ms: u64) -> Vec<PushResult> {
        self.push_by(&Protocol, ops, now_ms)
    }

    /// As [`ChangeLog::push`], with these rules.
    pub fn push_by(&mut self, rules: &impl LogRules, ops: &[Op], now_ms: u64) -> Vec<PushResult> {
        let head_before = self.head;
        ops.iter()
            .map(|op| PushResult { op_id: op.stamp.op_id.clone(), outcome: self.take(rules, op, head_before, now_ms) })
            .collect()
    }

    fn take(&mut self, rules: &impl LogRules, op: &Op, head_before: u64, now_ms: u64) -> Outcome {
        if let Err(flaw) = rules.check(op) {
            self.head += rules.versions_lost_by_failure();
            return Outcome::Refused { code: flaw.code(), error: flaw.to_string() };
        }
        match self.known.get(&op.stamp.op_id) {
            Some(known) if rules.recalls(op, known.version > head_before) => self.recall(rules, op, known, head_before),
            _ => self.append(rules, op, now_ms),
        }
    }

    /// An op with a known id: the same op keeps its version, another one is refused because the id is taken.
    ///
    /// So of two different ops with one id in a batch the first is kept (`op.duplicate-conflicting`), and of two equal ones
    /// the second gets the same result as the first (`op.duplicate-in-batch`).
    fn recall(&self, rules: &impl LogRules, op: &Op, known: &Known, head_before: u64) -> Outcome {
        if !rules.is_replay(op, &known.op) {
            return Outcome::Refused { code: ErrorCode::Conflict, error: "opId is taken by another op".to_owned() };
        }
        let key = rules.record_key(&Change::new(known.version, op).owned_by(rules.owner(op)));
        Outcome::Accepted {
            version: known.version,
            applied: known.applied,
            replayed: known.version <= head_before,
            winner: self.state.get(&key).filter(|_| !known.applied).cloned(),
        }
    }

    /// A new op gets the next version, whether it wins or loses (`lww.loser-is-logged`).
    fn append(&mut self, rules: &impl LogRules, op: &Op, now_ms: u64) -> Outcome {
        let version = rules.next_version(self.head);
        let mut change = Change::new(version, op).owned_by(rules.owner(op));
        change.payload = op.payload.as_ref().map(|payload| rules.keeps(payload));
        let applied = self.state.apply_by(rules, &change);
        let winner = self.state.get(&rules.record_key(&change)).filter(|_| !applied).cloned();
        if applied || rules.logs_losers() {
            self.head = self.head.max(version);
            let place = self.changes.partition_point(|other| other.version <= version);
            self.changes.insert(place, change);
        }
        let known = Known { op: op.clone(), version, applied, accepted_at_ms: now_ms };
        self.known.insert(op.stamp.op_id.clone(), known);
        Outcome::Accepted { version, applied, replayed: false, winner }
    }

    /// The changes after the cursor, at most `limit` of them (`pull.after-cursor`, `pull.complete`).
    ///
    /// `next_cursor` is the last version of the page, or the cursor itself when the page is empty
    /// (`pull.next-cursor`); `has_more` says whether another match follows (`pull.has-more`).
    pub fn pull(&self, cursor: u64, limit: usize, tables: Option<&[String]>) -> Page {
        self.pull_where(cursor, limit, |change| tables.is_none_or(|names| names.contains(&change.table)))
    }

    /// As [`ChangeLog::pull`], as this user sees it (`notification.owner-only`). Hidden changes do not count, and
    /// `next_cursor` passes those that directly follow the page, so that they do not hold the device back.
    pub fn pull_as(&self, reader: &str, cursor: u64, limit: usize, tables: Option<&[String]>) -> Page {
        let shows =
            |change: &Change| change.key().is_for(reader) && tables.is_none_or(|names| names.contains(&change.table));
        let mut page = self.pull_where(cursor, limit, shows);
        if page.gap.is_none() {
            let hidden = |change: &&Change| !change.key().is_for(reader);
            let passed = self.after(page.next_cursor).iter().take_while(hidden).last();
            page.next_cursor = passed.map_or(page.next_cursor, |change| change.version);
        }
        page
    }

    /// A page of the changes for which `shows` is true.
    pub fn pull_where(&self, cursor: u64, limit: usize, shows: impl Fn(&Change) -> bool) -> Page {
        if cursor < self.collected {
            return Page { changes: vec![], next_cursor: cursor, has_more: false, gap: Some(self.collected + 1) };
        }
        let mut matches = self.after(cursor).iter().filter(|change| shows(change));
        let changes: Vec<Change> = matches.by_ref().take(limit).cloned().collect();
        Page {
            next_cursor: changes.last().map_or(cursor, |change| change.version),
            has_more: matches.next().is_some(),
            gap: None,
            changes,
        }
    }

    /// The kept changes after the cursor, whatever was collected before them.
    pub fn after(&self, cursor: u64) -> &[Change] {
        &self.changes[self.changes.partition_point(|change| change.version <= cursor)..]
    }

    /// Collects the entries of the log behind the horizon, from the oldest to the last one before the first that must stay,
    /// so that the kept log is complete from one version on (`gc.collects`, `gc.gap-is-told`). Records stay
    /// (`gc.keeps-records`), versions continue (`gc.versions-go-on`), and op ids stay known (`op.replay-after-gc`).
    pub fn collect_changes(&mut self, horizon: Horizon) {
        let known = &self.known;
        let lies_behind = |change: &&Change| {
            let accepted_at_ms = known.get(&change.stamp.op_id).map(|known| known.accepted_at_ms);
            accepted_at_ms.is_some_and(|at_ms| horizon.admits(change.version, at_ms))
        };
        let count = self.changes.iter().take_while(lies_behind).count();
        if let Some(last) = self.changes.drain(..count).next_back() {
            self.collected = last.version;
        }
    }

    /// Collects the tombstones behind the horizon (`gc.collects`); rows stay (`gc.keeps-records`).
    pub fn collect_tombstones(&mut self, horizon: Horizon) {
        self.collect_records(horizon, Record::is_tombstone);
    }

    /// Collects the records behind the horizon for which `goes` is true.
    pub fn collect_records(&mut self, horizon: Horizon, goes: impl Fn(&Record) -> bool) {
        let known = &self.known;
        let lies_behind = |record: &Record| {
            let known = known.get(&record.revision.op_id);
            known.is_some_and(|known| horizon.admits(known.version, known.accepted_at_ms))
        };
        self.state.retain(|_, record| !(goes(record) && lies_behind(record)));
    }

    /// The items of a snapshot now (`snapshot.complete`, `snapshot.order`).
    pub fn items(&self, tables: Option<&[String]>) -> Vec<Item> {
        self.state.items(tables)
    }
}

#[cfg(test)]
#[path = "change_log_tests.rs"]
mod tests;
