//! Snapshots: rows and tombstones are the fold of the log up to `highWatermark`, on all pages of one snapshot together.
//!
//! Sound: the log up to a version never changes, and its fold does not depend on order (`lww.order-free`). It is judged where
//! every version up to the watermark was told to somebody. Records whose best writes differ in their op ids only are passed
//! over (not every server breaks such ties by op id), and so are private ones; tombstones may be missing once a collection
//! has begun.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use super::subject::{Checker, Subject};
use crate::anomaly::Anomalies;
use crate::call::{Action, CallIndex, ItemShown, Snapshot, SnapshotPage};
use crate::op::{Op, OpIndex};
use crate::texts::Text;
use crate::workspace::{PRIVATE_TABLE, Workspace};
use syncproof_protocol::wire::Operation;

pub(super) const CHECKER: Checker = Checker { name: "snapshots", requirements: &[COMPLETE, CONSISTENT], check };

const COMPLETE: &str = "snapshot.complete";
const CONSISTENT: &str = "snapshot.consistent";

/// How many pages of one snapshot are put together at most.
const MAX_PAGES: usize = 100_000;

type Key = (Text, Text);

fn check(subject: &Subject, anomalies: &mut Anomalies) {
    for workspace in &subject.workspaces {
        check_workspace(workspace, anomalies);
    }
}

fn check_workspace(workspace: &Workspace, anomalies: &mut Anomalies) {
    let mut snapshots = whole_snapshots(workspace, anomalies);
    snapshots.sort_by_key(|snapshot| snapshot.watermark);
    let (mut fold, mut folded) = (Fold::default(), 0);
    for snapshot in snapshots {
        while let Some(entry) = workspace.log.get(folded).filter(|entry| entry.version <= snapshot.watermark) {
            // After the first gap nothing is known for sure.
            if entry.version != folded as u64 + 1 {
                return;
            }
            fold.apply(workspace, entry.op);
            folded += 1;
        }
        if folded as u64 != snapshot.watermark {
            return;
        }
        compare(workspace, &snapshot, &fold, anomalies);
    }
}

/// All pages of one snapshot, from the first to the last.
struct Whole<'h> {
    watermark: u64,
    tables: &'h [Text],
    pages: Vec<(CallIndex, &'h SnapshotPage)>,
}

fn whole_snapshots<'h>(workspace: &Workspace<'h>, anomalies: &mut Anomalies) -> Vec<Whole<'h>> {
    let history = workspace.history;
    let mut first: Vec<(CallIndex, &Snapshot, &SnapshotPage)> = Vec::new();
    let mut later: HashMap<Text, (CallIndex, &SnapshotPage), FixedState> = HashMap::default();
    for call in &workspace.calls {
        let Action::Snapshot { snapshot, .. } = &history.call(*call).action else { continue };
        let Some(page) = snapshot.page.as_ref().filter(|_| !snapshot.is_of_project) else { continue };
        match snapshot.token {
            None => first.push((*call, snapshot, page)),
            Some(token) => drop(later.insert(token, (*call, page))),
        }
    }
    let mut whole = Vec::new();
    for (call, snapshot, page) in first {
        let (mut pages, mut next) = (vec![(call, page)], page.next);
        while let Some(found) = next.and_then(|token| later.get(&token)).filter(|_| pages.len() < MAX_PAGES) {
            if found.1.watermark != page.watermark {
                anomalies.add(CONSISTENT, || {
                    let says =
                        |(call, page): (CallIndex, &SnapshotPage)| (call, format!("shows version {}", page.watermark));
                    ("two pages of one snapshot show two moments".to_owned(), vec![says((call, page)), says(*found)])
                });
            }
            pages.push(*found);
            next = found.1.next;
        }
        let is_one_moment = pages.iter().all(|(_, other)| other.watermark == page.watermark);
        if next.is_none() && is_one_moment {
            whole.push(Whole { watermark: page.watermark, tables: &snapshot.tables, pages });
        }
    }
    whole
}

/// The records after a prefix of the log.
#[derive(Default)]
struct Fold {
    records: HashMap<Key, Held, FixedState>,
}

/// The best write of a record so far.
#[derive(Clone, Copy)]
struct Held {
    op: OpIndex,
    /// Whether another write has the same clocks, or none of them is known for sure.
    is_open: bool,
}

impl Fold {
    fn apply(&mut self, workspace: &Workspace, op: OpIndex) {
        let history = workspace.history;
        let write = &history.op(op).write;
        let is_open = history.op(op).is_ambiguous || history.texts.get(write.table) == PRIVATE_TABLE;
        let clocks = |op: OpIndex| {
            let op = history.op(op);
            (op.write.clock, history.texts.single(op.hlc))
        };
        let held = self.records.entry((write.table, write.pk)).or_insert(Held { op, is_open });
        if held.op == op {
            return;
        }
        *held = match clocks(op).cmp(&clocks(held.op)) {
            std::cmp::Ordering::Greater => Held { op, is_open },
            std::cmp::Ordering::Less => *held,
            std::cmp::Ordering::Equal => Held { is_open: true, ..*held },
        };
    }
}

fn compare(workspace: &Workspace, snapshot: &Whole, fold: &Fold, anomalies: &mut Anomalies) {
    let history = workspace.history;
    let watermark = snapshot.watermark;
    let mut seen: HashSet<Key, FixedState> = HashSet::default();
    for (call, page) in &snapshot.pages {
        for item in history.items(&page.items) {
            let key = (item.table, item.pk);
            let name = || format!("{} {:?}", history.texts.get(item.table), history.texts.get(item.pk));
            if !seen.insert(key) {
                let says = format!("shows {} a second time", name());
                anomalies.add(COMPLETE, || ("a snapshot shows a record twice".to_owned(), vec![(*call, says)]));
                continue;
            }
            let held = fold.records.get(&key);
            if held.is_some_and(|held| held.is_open || shows(history.op(held.op), held.op, item)) {
                continue;
            }
            anomalies.add(COMPLETE, || {
                let message =
                    format!("a snapshot of version {watermark} shows {} as no write up to it made it", name());
                let mut calls = Vec::new();
                if let Some(entry) = held.and_then(|held| workspace.entry(workspace.history.version(held.op)?)) {
                    let best =
                        format!("tells of op {}, the best write, version {}", history.op_id(entry.op), entry.version);
                    calls.push((entry.shown.call, best));
                }
                calls.push((*call, format!("shows that of op {}", history.op_id(item.op))));
                (message, calls)
            });
        }
    }
    let Some((first, _)) = snapshot.pages.first() else { return };
    let ended = snapshot.pages.iter().map(|(call, _)| history.call(*call).ended).max().unwrap_or(u64::MAX);
    let may_be_missing = |key: &Key, held: &Held| {
        let is_tombstone = history.op(held.op).write.operation == Operation::Delete;
        held.is_open
            || (!snapshot.tables.is_empty() && !snapshot.tables.contains(&key.0))
            || (is_tombstone && workspace.collected < ended)
    };
    // Counted first: a difference is rare, and the records need not be walked for every snapshot.
    if seen.len() >= fold.records.len() {
        return;
    }
    let missing = fold.records.iter().filter(|(key, held)| !seen.contains(*key) && !may_be_missing(key, held));
    // The same one whatever the order of the map.
    if let Some((key, held)) = missing.min_by_key(|(_, held)| workspace.history.version(held.op)) {
        anomalies.add(COMPLETE, || {
            let name = format!("{} {:?}", history.texts.get(key.0), history.texts.get(key.1));
            let message = format!("a snapshot of version {watermark} does not show {name}, which was written before");
            let mut calls = Vec::new();
            if let Some(entry) = workspace.history.version(held.op).and_then(|version| workspace.entry(version)) {
                calls.push((entry.shown.call, format!("tells of its write with version {}", entry.version)));
            }
            calls.push((*first, "begins the snapshot".to_owned()));
            (message, calls)
        });
    }
}

/// Whether the item shows the write of this op.
fn shows(op: &Op, index: OpIndex, item: &ItemShown) -> bool {
    let is_tombstone = op.write.operation == Operation::Delete;
    item.op == index && item.is_tombstone == is_tombstone && (!op.is_sent || item.content == op.write.content())
}
