//! Pages: each page of a pull is a window of the log: ascending, over its cursor, at most as long as its limit, only of the
//! named tables, and without a gap up to its `nextCursor`.
//!
//! Sound: a log only grows at its end, so an entry that anybody was ever told of stands in every window that spans it,
//! whenever that was read. Hence no reader who follows `nextCursor` misses or repeats anything, and replicas that apply
//! pages in any grouping have the same writes. Where a collection may have taken entries, only windows that begin after the
//! oldest kept one are judged; private records are passed over.

use super::subject::{Checker, Subject};
use crate::anomaly::Anomalies;
use crate::call::{Action, Call, CallIndex, Outcome, Page, Pull, SentOp, Shown, Told};
use crate::texts::Text;
use crate::workspace::{Entry, Workspace};

pub(super) const CHECKER: Checker = Checker {
    name: "pages",
    requirements: &[AFTER, FILTER, NEXT, COMPLETE, NO_SKIP, GAP, MORE, SURVIVES, CONTIGUOUS],
    check,
};

const AFTER: &str = "pull.after-cursor";
const FILTER: &str = "pull.tables-filter";
const NEXT: &str = "pull.next-cursor";
const COMPLETE: &str = "pull.complete";
const NO_SKIP: &str = "pull.no-skip-under-writes";
const GAP: &str = "gc.gap-is-told";
const MORE: &str = "pull.has-more";
const SURVIVES: &str = "durable.acknowledged-survives-kill";
const CONTIGUOUS: &str = "push.contiguous-versions";

fn check(subject: &Subject, anomalies: &mut Anomalies) {
    for workspace in &subject.workspaces {
        let tables = Tables::of(workspace);
        for index in &workspace.calls {
            let call = workspace.history.call(*index);
            let Action::Pull { pull, .. } = &call.action else { continue };
            let Some(page) = pull.page.as_ref().filter(|_| !pull.is_of_project) else { continue };
            let read =
                Read { workspace, index: *index, call, pull, page, shown: workspace.history.shown(&page.changes) };
            read.check_form(anomalies);
            read.check_window(&tables, anomalies);
            read.check_more(anomalies);
        }
    }
}

/// The places of the entries of each table in the log.
struct Tables(Vec<(Text, Vec<u32>)>);

impl Tables {
    fn of(workspace: &Workspace) -> Self {
        let places = (0_u32..).zip(&workspace.log).map(|(place, entry)| (workspace.table(entry), place));
        Tables(crate::workspace::grouped(places))
    }

    /// How many entries of these tables, or of all but the private one, stand in that part of the log.
    fn count(&self, read: &Read, from: usize, to: usize) -> usize {
        let within = |places: &[u32]| {
            let before = |end: usize| places.partition_point(|place| (*place as usize) < end);
            before(to) - before(from)
        };
        let asked = self.0.iter().filter(|(table, _)| read.asks_for(*table));
        asked.map(|(_, places)| within(places)).sum()
    }
}

/// A page that a reader was shown.
struct Read<'h> {
    workspace: &'h Workspace<'h>,
    index: CallIndex,
    call: &'h Call,
    pull: &'h Pull,
    page: &'h Page,
    shown: &'h [Shown],
}

impl Read<'_> {
    /// Whether the reader must see the entries of this table.
    fn asks_for(&self, table: Text) -> bool {
        let history = self.workspace.history;
        (self.pull.tables.is_empty() || self.pull.tables.contains(&table))
            && !(self.workspace.has_private && history.texts.get(table) == crate::workspace::PRIVATE_TABLE)
    }

    fn says(&self, what: String) -> Vec<(CallIndex, String)> {
        vec![(self.index, what)]
    }

    fn check_form(&self, anomalies: &mut Anomalies) {
        let cursor = self.pull.cursor;
        let versions = || self.shown.iter().map(|shown| shown.version);
        if !std::iter::once(cursor).chain(versions()).is_sorted_by(|before, after| before < after) {
            let versions: Vec<u64> = versions().take(50).collect();
            let says = format!("shows the versions {versions:?} after cursor {cursor}");
            anomalies
                .add(AFTER, || ("the versions of a page do not ascend from its cursor".to_owned(), self.says(says)));
        }
        if self.shown.len() as u64 > self.pull.limit {
            let says = format!("shows {} changes with limit {}", self.shown.len(), self.pull.limit);
            anomalies.add(AFTER, || ("a page is longer than its limit".to_owned(), self.says(says)));
        }
        let history = self.workspace.history;
        let of_others = |shown: &&Shown| {
            !self.pull.tables.is_empty() && !self.pull.tables.contains(&history.op(shown.op).write.table)
        };
        if let Some(shown) = self.shown.iter().find(of_others) {
            let says = format!("shows version {} of a table that it did not ask for", shown.version);
            anomalies.add(FILTER, || ("a page has changes of other tables".to_owned(), self.says(says)));
        }
        let last = versions().next_back().unwrap_or(cursor);
        if self.page.next < last {
            let says = format!("shows changes up to version {last}, and `nextCursor` {}", self.page.next);
            let message = "who follows `nextCursor` is shown changes again".to_owned();
            anomalies.add(NEXT, || (message, self.says(says)));
        }
    }

    /// Where the window begins: at the cursor, or at the oldest entry that is kept.
    fn begin(&self) -> u64 {
        let told = self.page.oldest.filter(|_| self.page.requires_snapshot).map(|oldest| oldest.saturating_sub(1));
        let shown =
            self.shown.first().filter(|_| self.page.requires_snapshot).map(|shown| shown.version.saturating_sub(1));
        self.pull.cursor.max(told.or(shown).unwrap_or(0))
    }

    fn check_window(&self, tables: &Tables, anomalies: &mut Anomalies) {
        if self.page.requires_snapshot && self.shown.is_empty() {
            return;
        }
        let (workspace, begin) = (self.workspace, self.begin());
        let (from, to) = (workspace.rank_after(begin), workspace.rank_after(self.page.next));
        if from >= to {
            return;
        }
        // Private entries that it shows are not counted either.
        let seen = self.shown.iter().filter(|shown| self.asks_for(workspace.history.op(shown.op).write.table)).count();
        let window = &workspace.log[from..to];
        if tables.count(self, from, to) > seen {
            let mut seen = self.shown.iter().map(|shown| shown.version).peekable();
            let is_missing = |entry: &&Entry| {
                while seen.peek().is_some_and(|version| *version < entry.version) {
                    seen.next();
                }
                seen.peek() != Some(&entry.version) && self.asks_for(workspace.table(entry))
            };
            if let Some(missing) = window.iter().find(is_missing) {
                self.tell_missing(missing, anomalies);
            }
            return;
        }
        self.check_holes(window, anomalies);
    }

    /// The reader was not shown an entry of the window.
    fn tell_missing(&self, missing: &Entry, anomalies: &mut Anomalies) {
        let (history, version) = (self.workspace.history, missing.version);
        let before = missing.acknowledged.filter(|sighting| sighting.at < self.call.began);
        let fault = before.and_then(|sighting| history.fault_between(sighting.at, self.call.began));
        let requirement = match (before, fault) {
            _ if self.workspace.collected < self.call.ended => GAP,
            (Some(_), Some(_)) => SURVIVES,
            (Some(_), None) => COMPLETE,
            (None, _) => NO_SKIP,
        };
        anomalies.add(requirement, || {
            let message =
                format!("a page does not show version {version}, and who follows its `nextCursor` never sees it");
            let page = format!("shows the log from {} to `nextCursor` {} without it", self.begin(), self.page.next);
            let told = format!("tells of op {} with version {version}", history.op_id(missing.op));
            let fault = fault.map(|fault| format!(", before a fault ({fault})")).unwrap_or_default();
            (message, vec![(missing.shown.call, format!("{told}{fault}")), (self.index, page)])
        });
    }

    /// Between entries that it was shown, a reader of everything sees no version that belongs to none.
    fn check_holes(&self, window: &[Entry], anomalies: &mut Anomalies) {
        let workspace = self.workspace;
        let may_be_hidden = workspace.has_private || workspace.collected < self.call.ended;
        if may_be_hidden || !self.pull.tables.is_empty() {
            return;
        }
        let hole = window.windows(2).find(|pair| pair[1].version > pair[0].version.saturating_add(1));
        if let Some([before, after]) = hole {
            anomalies.add(CONTIGUOUS, || {
                let message = format!("between versions {} and {} there is no entry", before.version, after.version);
                (message, self.says("shows both as neighbours".to_owned()))
            });
        }
    }

    /// `hasMore` is true only if there is something that it may speak of.
    fn check_more(&self, anomalies: &mut Anomalies) {
        let (workspace, history) = (self.workspace, self.workspace.history);
        if !self.page.has_more || workspace.has_private || workspace.collected < self.call.ended {
            return;
        }
        let next = workspace.rank_after(self.page.next);
        let begun = |entry: &Entry| history.op(entry.op).began < self.call.ended || !history.op(entry.op).is_sent;
        let is_more = |entry: &&Entry| self.asks_for(workspace.table(entry)) && begun(entry);
        if workspace.log[next..].iter().take(1000).any(|entry| is_more(&entry)) {
            return;
        }
        // An op whose version nobody was told may be what the answer speaks of.
        if workspace.log.len() - next > 1000 || self.may_be_more() {
            return;
        }
        let says = format!("says that there is more after `nextCursor` {}", self.page.next);
        anomalies.add(MORE, || ("nothing followed a page that has more after it".to_owned(), self.says(says)));
    }

    fn may_be_more(&self) -> bool {
        let (workspace, history) = (self.workspace, self.workspace.history);
        workspace.calls.iter().map(|call| history.call(*call)).any(|call| match &call.action {
            Action::Push { ops, .. } if call.began < self.call.ended && call.outcome != Outcome::Failed => {
                let is_open = |sent: &SentOp| sent.told != Told::Failed && workspace.history.version(sent.op).is_none();
                history.sent(ops).iter().any(is_open)
            }
            _ => false,
        })
    }
}
