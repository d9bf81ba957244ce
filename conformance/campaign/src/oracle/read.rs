//! Which answers a pull and a snapshot may get (`pull.*`, `snapshot.*`, `lww.*`, `tombstone.*`, `isolation.*`).

use serde_json::json;

use super::coverage::CoverageEvent;
use super::item::{in_order, item_json, record_json};
use super::reply::Reply;
use super::rule_id::{COMPLETE, ID_SCOPED};
use super::shown_change::same_change;
use super::state::{Access, Ambiguity, Oracle};
use super::user::User;
use super::violation::{Judged, Violation, alike, ensure};
use syncproof_model as model;
use syncproof_protocol::table::TABLES;
use syncproof_protocol::wire::{Id, Item, PullAnswer, SnapshotAnswer};

/// The parameters of a pull.
#[derive(Debug, Clone, Copy)]
pub struct PullQuery<'a> {
    /// Changes after this version.
    pub cursor: u64,
    /// At most this many.
    pub limit: u64,
    /// Of these tables; None for all, as is an empty list.
    pub tables: Option<&'a [String]>,
}

/// The pages of one snapshot, in the order in which they came.
#[derive(Debug, Clone)]
pub struct SnapshotPages<'a> {
    /// The most items that each page may hold; those beyond have the size of the last that there is.
    pub sizes: &'a [u64],
    /// Of these tables; None for all.
    pub tables: Option<&'a [String]>,
    /// Each page that came; the last one has no token, or is no success.
    pub pages: &'a [Reply<SnapshotAnswer>],
}

/// Why a page token is not valid where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MisplacedToken {
    /// In another workspace.
    Elsewhere,
    /// Beside another filter.
    Filter,
    /// Nowhere, because it is damaged.
    Garbled,
}

/// What the pages of a pull have to be.
const PULL_COMPLETE: &str = "pull.complete";
/// The message for a read without permission that is not refused, or refused in another way.
const READS: &str = "a read without permission gets an answer that is not allowed";

impl Oracle {
    /// Judges the answer to a pull.
    pub fn pull(&mut self, user: User, workspace: &Id, query: PullQuery<'_>, reply: &Reply<PullAnswer>) -> Judged {
        let out_of_range = !(1..=1000).contains(&query.limit);
        let Some(place) = self.check_access(user, workspace, (out_of_range, READS), reply)? else { return Ok(()) };
        let reader = self.reader(user);
        let head = self.workspaces[place].log.head();
        if out_of_range {
            return reply.expect(
                "pull.limit-range",
                "a pull with a limit out of range gets an answer that is not allowed",
                &[400],
            );
        }
        if query.cursor > head {
            self.coverage.record(CoverageEvent::PullBeyondHead);
            if reply.is(&[400]) {
                return Ok(());
            }
        }
        let names_unknown = query.tables.is_some_and(|tables| !tables.iter().all(|table| is_known(table)));
        if names_unknown && reply.is(&[400]) {
            return Ok(());
        }
        let tables = query.tables.filter(|tables| !tables.is_empty());
        if tables.is_some() {
            self.coverage.record(CoverageEvent::FilteredPull);
        }
        let requirement = if tables.is_some() { "pull.tables-filter" } else { "pull.after-cursor" };
        let requirement = self.refusal_rule(user, place, reply.status, requirement);
        let page = reply.success(requirement, "a valid pull gets an answer that is not allowed")?;
        if page.requires_snapshot == Some(true) {
            return self.gap(place, query.cursor, page, reply);
        }
        let message = "a pull from before the oldest version that is kept does not require a snapshot";
        let is_past = query.cursor >= self.workspaces[place].log.gone;
        ensure(self.gap_rule(place), is_past, message, "requiresSnapshot: true", reply)?;

        let log = &self.workspaces[place].log;
        let is_asked = |op: &model::Op| tables.is_none_or(|tables| tables.contains(&op.table));
        // All candidates of an open entry have the same table, or this pull settles it.
        let matching = log.after(query.cursor, &reader).filter(|(_, entry)| entry.candidates.iter().any(is_asked));
        let matching: Vec<_> = matching.collect();
        let mut settled = Vec::new();
        for (index, change) in page.changes.iter().enumerate() {
            let expected = matching.get(index);
            let fits = expected.and_then(|(version, entry)| {
                let mut candidates = entry.candidates.iter();
                let is_doubtful = entry.candidates.len() > 1;
                candidates.find(|op| same_change(workspace, *version, op, change)).map(|op| (is_doubtful, *version, op))
            });
            match fits {
                Some((true, version, op)) => settled.push((version, op.clone())),
                Some((false, ..)) => {}
                None => {
                    let next = expected.map(|(version, entry)| (*version, *entry));
                    return Err(self.wrong_change((user, place), query, (page, next), change));
                }
            }
        }
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let within = page.changes.len() <= limit;
        let (message, actual) = ("a page holds more than its limit", page.changes.len());
        ensure("pull.after-cursor", within, message, format_args!("at most {limit}"), actual)?;
        let (shown, all) = (page.changes.len(), matching.len());
        let message = "a page is empty, although there are more changes";
        let missing =
            matching.get(shown).map(|(version, entry)| (*version, self.missing_change((user, place), *version, entry)));
        let (rule, why) = missing.map_or((PULL_COMPLETE, ""), |(_, rule)| rule);
        ensure(rule, shown > 0 || all == 0, message, format_args!("some of {all} changes: {why}"), reply)?;
        let more = shown < all;
        let message = "hasMore does not say whether a next page has anything";
        // Who follows nextCursor never gets what it passes.
        let is_lost = missing.is_some_and(|(version, _)| !page.has_more && page.next_cursor >= version);
        let requirement = if is_lost { rule } else { "pull.has-more" };
        ensure(
            requirement,
            page.has_more == more,
            message,
            format_args!("hasMore: {more}"),
            format_args!("hasMore: {}", page.has_more),
        )?;
        let last = page.changes.last().map_or(query.cursor, |change| change.server_version);
        let next = matching.get(shown).map_or(head.max(last), |(version, _)| version - 1);
        let message = "nextCursor does not lead to the next change";
        // It may or may not skip what a filter or privacy leaves out.
        let furthest = if all == shown && tables.is_none() && next == head && self.all_seen(place, last, &reader) {
            last
        } else {
            next
        };
        let holds = (last..=furthest.max(last)).contains(&page.next_cursor);
        // It may pass a change because that is lost, for a reason that has a rule of its own.
        let is_passed = missing.is_some_and(|(version, _)| page.next_cursor >= version) && rule != PULL_COMPLETE;
        let requirement = if is_passed { rule } else { "pull.next-cursor" };
        ensure(requirement, holds, message, format_args!("{last} to {furthest}"), page.next_cursor)?;
        if more {
            self.coverage.record(CoverageEvent::PageCrossed);
        }
        for (version, op) in settled {
            self.workspaces[place].log.settle(version, &op);
        }
        if matches!(&self.ambiguity, Some((Ambiguity::Entry { workspace: there, version }, _))
            if there == workspace && *version > query.cursor && *version <= last)
        {
            self.ambiguity = None;
        }
        Ok(())
    }

    /// Whether this reader sees all entries after that version.
    fn all_seen(&self, place: usize, cursor: u64, reader: &str) -> bool {
        let log = &self.workspaces[place].log;
        log.after(cursor, reader).count() as u64 == log.head().saturating_sub(cursor)
    }

    /// Judges a snapshot, from its first page to its last.
    pub fn snapshot(&mut self, user: User, workspace: &Id, snapshot: &SnapshotPages<'_>) -> Judged {
        let Some(first) = snapshot.pages.first() else { return Ok(()) };
        let size = |number: usize| snapshot.sizes.get(number).or(snapshot.sizes.last()).copied().unwrap_or_default();
        let out_of_range = !(1..=1000).contains(&size(0));
        let names_unknown = snapshot.tables.is_some_and(|tables| !tables.iter().all(|table| is_known(table)));
        // Only for pulls does the protocol say that an empty list means all tables (`pull.tables-filter`).
        let names_none = snapshot.tables.is_some_and(<[String]>::is_empty);
        let may_be_refused = out_of_range || names_unknown || names_none;
        let Some(place) = self.check_access(user, workspace, (may_be_refused, READS), first)? else { return Ok(()) };
        if names_unknown || out_of_range {
            let requirement = if names_unknown { "snapshot.tables-filter" } else { "http.wrong-shape" };
            return first.expect(
                requirement,
                "a snapshot with a wrong query gets an answer that is not allowed",
                &[400],
            );
        }
        if names_none && first.is(&[400]) {
            return Ok(());
        }
        let mut items: Vec<&Item> = Vec::new();
        for (number, page) in snapshot.pages.iter().enumerate() {
            let most = size(number);
            let requirement = self.refusal_rule(user, place, page.status, COMPLETE);
            let answer = page.success(requirement, "a page of a snapshot gets an answer that is not allowed")?;
            let message = "a page holds more items than it may";
            let held = answer.items.len() as u64;
            let tables = snapshot.tables.filter(|tables| !tables.is_empty());
            let is_asked =
                |item: &&Item| tables.is_none_or(|tables| tables.iter().any(|table| table == item.position().0));
            let asked = answer.items.iter().all(|item| is_asked(&item));
            let other = "a snapshot shows a table that it was not asked for";
            ensure("snapshot.tables-filter", asked, other, format_args!("only items of {tables:?}"), page)?;
            ensure("snapshot.order", held <= most, message, format_args!("at most {most}"), held)?;
            let message = "a page of the snapshot of another workspace";
            let names = answer.workspace_id == *workspace;
            ensure("isolation.snapshot-token", names, message, workspace, &answer.workspace_id)?;
            let (head, actual) = (self.workspaces[place].log.head(), answer.high_watermark);
            let message = "highWatermark is not the head";
            ensure(self.watermark_rule(place, actual), head == actual, message, head, actual)?;
            items.extend(&answer.items);
        }
        if snapshot.pages.len() > 1 {
            self.coverage.record(CoverageEvent::PagedSnapshot);
        }
        let tables = snapshot.tables.filter(|tables| !tables.is_empty());
        self.are_items(user, place, tables, &items)?;
        let shown: Vec<_> = items.iter().map(|item| item.position()).collect();
        let (reader, tracked) = (self.reader(user), &mut self.workspaces[place]);
        tracked.tombstones_due.retain(|key| {
            let is_asked = key.is_for(&reader) && tables.is_none_or(|tables| tables.contains(&key.table));
            !is_asked || shown.iter().any(|(table, pk, _)| *table == key.table && *pk == key.pk)
        });
        Ok(())
    }

    /// Which rule is broken when that is the watermark of a snapshot.
    fn watermark_rule(&self, place: usize, watermark: u64) -> &'static str {
        let tracked = &self.workspaces[place];
        match watermark < tracked.log.head() {
            // A pull from there is told to read a snapshot again.
            true if watermark < tracked.log.open => "snapshot.then-pull",
            true if self.shares_op_ids(place) => ID_SCOPED,
            true => COMPLETE,
            false if !tracked.past.refused_batches.is_empty() => "push.bad-batch-changes-nothing",
            false => "snapshot.then-pull",
        }
    }

    /// Checks that these are the records, in one of the orders that a snapshot may have.
    fn are_items(&self, user: User, place: usize, tables: Option<&[String]>, items: &[&Item]) -> Judged {
        let reader = self.reader(user);
        let seen = |key: &model::Key| key.is_for(&reader) && tables.is_none_or(|tables| tables.contains(&key.table));
        let tracked = &self.workspaces[place];
        let is_shown = |key: &model::Key| {
            items.iter().any(|item| matches!(item.position(), (table, pk, _) if table == key.table && pk == key.pk))
        };
        let is_clear = |table: &str, pk: &str| !tracked.unclear.iter().any(|key| key.table == table && key.pk == pk);
        let is_kept = |key: &model::Key| !tracked.tombstones_open.contains(key) || is_shown(key);
        let records = tracked.log.state().records().filter(|(key, _)| seen(key));
        let records: Vec<_> = records.filter(|(key, _)| is_kept(key) && is_clear(&key.table, &key.pk)).collect();
        let expected = in_order(records.iter().map(|(key, record)| record_json(key, record)));
        let clear = items.iter().filter(|item| matches!(item.position(), (table, pk, _) if is_clear(table, pk)));
        let clear: Vec<&Item> = clear.copied().collect();
        let actual = in_order(clear.iter().map(|item| item_json(item)));
        let positions: Vec<_> = items.iter().map(|item| item.position()).collect();
        let by_units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
        let in_order = positions.is_sorted()
            || positions.is_sorted_by_key(|(table, pk, kind)| (by_units(table), by_units(pk), by_units(kind)));
        let message = "the items are not ordered by (tableName, pk, kind)";
        ensure("snapshot.order", in_order, message, "ascending", format_args!("{positions:?}"))?;
        let message = "the items are not the fold of the log";
        alike(COMPLETE, message, ("the log", &expected), ("the snapshot", &actual))
            .map_err(|violation| self.wrong_records(place, &records, &clear, message).unwrap_or(violation))
    }

    /// Judges the answer to a page token that is not valid there: in another workspace, with another filter, or damaged.
    pub fn misplaced_token(&self, misuse: MisplacedToken, reply: &Reply<SnapshotAnswer>) -> Judged {
        let message = "a page token that is not valid there gets an answer that is not allowed";
        match misuse {
            MisplacedToken::Elsewhere => reply.expect("isolation.snapshot-token", message, &[400, 403, 404, 410]),
            // The protocol does not say whether the filter or the token is checked first.
            MisplacedToken::Filter => reply.expect("snapshot.bad-token", message, &[400, 410]),
            MisplacedToken::Garbled => reply.expect("snapshot.bad-token", message, &[400, 410]),
        }
    }

    /// Judges a page that a member gets with the token of another user: it is refused, or shows nothing that the member may
    /// not see.
    pub fn token_of_another(&self, user: User, workspace: &Id, reply: &Reply<SnapshotAnswer>) -> Judged {
        if reply.is(&[400, 403, 404, 410]) {
            return Ok(());
        }
        let page =
            reply.success("snapshot.bad-token", "a page token of another user gets an answer that is not allowed")?;
        let Access::Member(place, _) = self.access(user, workspace) else {
            let message = "a page token opens a workspace to a user who is not a member";
            return Err(Violation::new("isolation.scope-checked", message, "403 or 404", reply));
        };
        let reader = self.reader(user);
        let state = self.workspaces[place].log.state();
        let foreign = page.items.iter().find(|item| {
            let (table, pk, _) = item.position();
            let mut keys =
                state.records().map(|(key, _)| key).filter(|key| key.table == table && key.pk == pk).peekable();
            keys.peek().is_some() && !keys.any(|key| key.is_for(&reader))
        });
        let message = "a page token of another user shows what only that user may see";
        ensure("notification.owner-only", foreign.is_none(), message, "nothing of the other's", reply)
    }

    /// Judges two pages that came for the same token.
    pub fn same_page(&self, first: &Reply<SnapshotAnswer>, second: &Reply<SnapshotAnswer>) -> Judged {
        // The protocol does not say whether a token may be used again.
        if second.is(&[400, 410]) {
            return Ok(());
        }
        let items = |reply: &Reply<SnapshotAnswer>| reply.body.as_ref().map(|page| json!(page.items));
        let message = "one token gives two different pages";
        ensure(COMPLETE, items(first) == items(second), message, first, second)
    }

    /// The user whose notifications a user sees: their id. It owns nothing where notifications are for all.
    pub(super) fn reader(&self, user: User) -> String {
        self.id_of(user).map(Id::to_string).unwrap_or_default()
    }
}

fn is_known(table: &str) -> bool {
    TABLES.iter().any(|known| known.name == table)
}
