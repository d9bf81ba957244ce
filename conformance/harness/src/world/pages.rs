//! Iteration over the pages of a pull and of a snapshot: the request for each page, where the next one begins, and a bound.
//!
//! A case that checks each page, or acts between two of them, calls `next`; one that needs all of them calls
//! [`PullPages::rest`] or [`SnapshotPages::rest`].

use serde_json::{Value, json};

use super::user::User;
use crate::client::Answer;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::difference::shown;
use syncproof_protocol::failure::Checked;
use syncproof_protocol::op::change_json;
use syncproof_protocol::wire::{Change, Id, Item, PullAnswer, SnapshotAnswer};

/// More pages than any case writes. It stops the iteration if a server always reports another page.
const MAX_PAGES: usize = 2000;

/// The versions of these changes.
#[must_use]
pub fn versions(changes: &[Change]) -> Vec<u64> {
    changes.iter().map(|change| change.server_version).collect()
}

/// These changes in the form of [`syncproof_protocol::op::Op::as_change`], for comparing.
#[must_use]
pub fn entries(changes: &[Change]) -> Vec<Value> {
    changes.iter().map(change_json).collect()
}

/// Checks what every page of a pull after that cursor has to be: ascending versions over the cursor, no more than `limit` of
/// them, and a nextCursor that belongs to the page, or that may pass what the page leaves out. After a gap there may be any
/// of them.
fn is_page(page: &PullAnswer, answer: &Answer, cursor: u64, limit: u64, may_pass: bool) -> Checked {
    if page.requires_snapshot == Some(true) {
        return Ok(());
    }
    let (given, next) = (versions(&page.changes), page.next_cursor);
    let message = format!("a pull after version {cursor} gives versions that do not ascend from there");
    let ascends = std::iter::once(cursor).chain(given.iter().copied()).is_sorted_by(|one, next| one < next);
    let actual = format!("the versions {}", shown(Some(&json!(given))));
    answer.ensure("pull.after-cursor", ascends, message, "ascending versions over the cursor", actual)?;
    let (count, message) = (given.len(), format!("a pull with limit {limit} gives more changes"));
    let expected = format!("at most {limit} changes");
    answer.ensure("pull.after-cursor", count as u64 <= limit, message, expected, format!("{count} changes"))?;
    let last = given.last().copied().unwrap_or(cursor);
    let fits = if may_pass { next >= last } else { next == last };
    let message = match given.last() {
        None => format!("an empty page after version {cursor} has nextCursor {next}, and should have {cursor}"),
        Some(last) => format!("the page that ends with version {last} has nextCursor {next}, and should have {last}"),
    };
    answer.ensure("pull.next-cursor", fits, message, format!("nextCursor {last}"), format!("nextCursor {next}"))
}

/// Checks that a page with a filter holds nothing of other tables.
fn of_tables_only<'a>(
    filter: &Value,
    mut given: impl Iterator<Item = &'a str>,
    requirement: &'static str,
    what: &str,
    answer: &Answer,
) -> Checked {
    let Some(tables) = filter.as_array().filter(|tables| !tables.is_empty()) else { return Ok(()) };
    let other = given.find(|table| !tables.iter().any(|name| name == table));
    let message = format!("{what} of {filter} shows another table");
    let actual = other.unwrap_or_default();
    answer.ensure(requirement, other.is_none(), message, format!("only {filter}"), actual)
}

/// Checks that a page of a snapshot has no more items than requested.
///
/// # Errors
/// Fails `snapshot.order` when it has more.
pub fn holds_at_most(page: &SnapshotAnswer, size: u64, answer: &Answer) -> Checked {
    let given = page.items.len();
    let message = format!("a page of a snapshot with pageSize {size} holds {given} items");
    let (expected, actual) = (format!("at most {size} items"), format!("{given} items"));
    answer.ensure("snapshot.order", given as u64 <= size, message, expected, actual)
}

impl User {
    /// The log from its beginning, in pages of that size.
    #[must_use]
    pub fn pull_pages<'a>(&'a self, workspace: &'a Id, limit: u64, requirement: &'static str) -> PullPages<'a> {
        let body = json!({"limit": limit});
        PullPages { user: self, workspace, requirement, body, left: MAX_PAGES, follows: false, last: None }.after(0)
    }

    /// A new snapshot in pages of that size.
    #[must_use]
    pub fn snapshot_pages<'a>(&'a self, workspace: &'a Id, size: u64, requirement: &'static str) -> SnapshotPages<'a> {
        let body = json!({"pageSize": size});
        let (items, left) = (Vec::new(), MAX_PAGES);
        SnapshotPages { user: self, workspace, requirement, body, left, ended: false, refusals: &[], items }
    }
}

/// Iterates over the pages of a pull.
#[derive(Debug)]
pub struct PullPages<'a> {
    user: &'a User,
    workspace: &'a Id,
    requirement: &'static str,
    body: Value,
    left: usize,
    follows: bool,
    /// The last page: its answer, whether another one follows, and whether it moved the cursor.
    last: Option<(Answer, bool, bool)>,
}

impl PullPages<'_> {
    /// Begins after that version, or after what was collected before the case.
    #[must_use]
    pub fn after(mut self, cursor: u64) -> Self {
        let first = self.user.context().collected_through(self.workspace);
        self.body["cursor"] = json!(cursor.max(first));
        self
    }

    /// Asks for these tables only; an empty list means all.
    #[must_use]
    pub fn of_tables(mut self, tables: &Value) -> Self {
        self.body["tables"] = tables.clone();
        self
    }

    /// Continues after the last page, for a log that others write to.
    #[must_use]
    pub fn follow(mut self) -> Self {
        self.follows = true;
        self
    }

    /// Asks for at most so many pages.
    #[must_use]
    pub fn at_most(mut self, pages: usize) -> Self {
        self.left = pages;
        self
    }

    /// The version after which the next page begins.
    #[must_use]
    pub fn cursor(&self) -> u64 {
        self.body["cursor"].as_u64().unwrap_or_default()
    }

    /// The next page with its answer; None after the last one.
    ///
    /// # Errors
    /// Fails the requirement when a pull is refused. A page that is none fails the requirement about pages that it breaks.
    pub async fn next(&mut self) -> Checked<Option<(PullAnswer, Answer)>> {
        if let Some((answer, has_more, moved)) = &self.last
            && !self.follows
        {
            if !has_more {
                return Ok(None);
            }
            let message = "a pull says hasMore: true, and its nextCursor is the cursor that was asked with";
            answer.ensure("pull.next-cursor", *moved, message, "a higher nextCursor", answer.outcome())?;
        }
        Ok(Some(self.ask().await?))
    }

    async fn ask(&mut self) -> Checked<(PullAnswer, Answer)> {
        let answer = self.user.pull_with(self.workspace, self.body.clone()).await?;
        let (rule, message, expected) = match self.follows {
            // Who follows a log asks again without being told to.
            true => (self.requirement, "a reader that follows the log never gets all that was pushed", "every change"),
            false => {
                let message = "the pages of a pull do not end: there are more of them than changes were pushed";
                ("pull.has-more", message, "hasMore: false")
            }
        };
        answer.ensure(rule, self.left > 0, message, expected, answer.outcome())?;
        self.left -= 1;
        let page: PullAnswer = answer.read(self.requirement)?;
        let limit = self.body["limit"].as_u64().unwrap_or(u64::MAX);
        let is_filtered = self.body["tables"].as_array().is_some_and(|tables| !tables.is_empty());
        let may_pass = is_filtered || self.user.context().has(Capability::PrivateNotifications);
        let others = page.changes.iter().map(|change| change.table_name.as_str());
        of_tables_only(&self.body["tables"], others, "pull.tables-filter", "a pull", &answer)?;
        // What shows changes of another workspace shows two logs in one.
        if !self.requirement.starts_with("isolation.") {
            is_page(&page, &answer, self.cursor(), limit, may_pass)?;
        }
        if let Some((before, true, _)) = self.last.as_ref().filter(|_| !self.follows && page.changes.is_empty()) {
            let message =
                format!("a pull says hasMore: true, and the next one, from version {}, is empty", self.cursor());
            let is_gap = page.requires_snapshot == Some(true);
            if !is_gap {
                self.passes_nothing(before).await?;
            }
            before.ensure("pull.has-more", is_gap, message, "hasMore: false", "hasMore: true")?;
        }
        self.last = Some((answer.clone(), page.has_more, page.next_cursor > self.cursor()));
        self.body["cursor"] = json!(page.next_cursor);
        Ok((page, answer))
    }

    /// Checks that the nextCursor of a page passes no change: a pull from the last change of the page is empty, too.
    async fn passes_nothing(&self, answer: &Answer) -> Checked {
        let page: PullAnswer = answer.read(self.requirement)?;
        let Some(last) = page.changes.last().map(|change| change.server_version) else { return Ok(()) };
        let mut body = self.body.clone();
        body["cursor"] = json!(last);
        let passed: PullAnswer = self.user.pull_with(self.workspace, body).await?.read(self.requirement)?;
        let versions = versions(&passed.changes);
        let message = format!("nextCursor {} passes changes that were not given", page.next_cursor);
        let (expected, actual) = (format!("{last}, the last version of the page"), format!("passed: {versions:?}"));
        answer.ensure("pull.next-cursor", versions.is_empty(), message, expected, actual)
    }

    /// The changes of all remaining pages, and the answer with the last one.
    ///
    /// # Errors
    /// As [`PullPages::next`].
    pub async fn rest(mut self) -> Checked<(Vec<Change>, Answer)> {
        let (PullAnswer { mut changes, .. }, mut last) = self.ask().await?;
        while let Some((page, answer)) = self.next().await? {
            changes.extend(page.changes);
            last = answer;
        }
        Ok((changes, last))
    }
}

/// Iterates over the pages of a snapshot.
#[derive(Debug)]
pub struct SnapshotPages<'a> {
    user: &'a User,
    workspace: &'a Id,
    requirement: &'static str,
    body: Value,
    left: usize,
    ended: bool,
    refusals: &'static [u16],
    /// The items of all pages so far.
    pub items: Vec<Item>,
}

impl SnapshotPages<'_> {
    /// Asks for these tables only; an empty list means all.
    #[must_use]
    pub fn of_tables(mut self, tables: &Value) -> Self {
        // The requirements define an empty list for pulls only (`pull.tables-filter`).
        if tables.as_array().is_none_or(|tables| !tables.is_empty()) {
            self.body["tables"] = tables.clone();
        }
        self
    }

    /// Begins at the page with that token.
    #[must_use]
    pub fn from_token(mut self, token: Option<Value>) -> Self {
        self.body["pageToken"] = json!(token);
        self
    }

    /// Asks for at most so many pages.
    #[must_use]
    pub fn at_most(mut self, pages: usize) -> Self {
        self.left = pages;
        self
    }

    /// From the next page on the server may refuse with one of these statuses, which ends the iteration.
    pub fn may_refuse(&mut self, refusals: &'static [u16]) {
        self.refusals = refusals;
    }

    /// Whether the last page was read.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// The next page with its answer; None after the last one and after a refusal.
    ///
    /// # Errors
    /// Fails the requirement when a snapshot is refused. A page that is none fails the requirement about pages that it breaks.
    pub async fn next(&mut self) -> Checked<Option<(SnapshotAnswer, Answer)>> {
        if self.ended {
            return Ok(None);
        }
        let answer = self.user.snapshot(self.workspace, self.body.clone()).await?;
        if answer.is(self.refusals) {
            return Ok(None);
        }
        Ok(Some((self.take(&answer)?, answer)))
    }

    fn take(&mut self, answer: &Answer) -> Checked<SnapshotAnswer> {
        let message = "the pages of a snapshot do not end: there are more of them than items in the workspace";
        answer.ensure("snapshot.order", self.left > 0, message, "nextPageToken: null", answer.outcome())?;
        self.left -= 1;
        let page: SnapshotAnswer = answer.read(self.requirement)?;
        holds_at_most(&page, self.body["pageSize"].as_u64().unwrap_or(u64::MAX), answer)?;
        let others = page.items.iter().map(|item| item.position().0);
        of_tables_only(&self.body["tables"], others, "snapshot.tables-filter", "a snapshot", answer)?;
        self.items.extend(page.items.iter().cloned());
        self.ended = page.next_page_token.is_none();
        self.body["pageToken"] = json!(page.next_page_token);
        Ok(page)
    }

    /// Every item, and the watermark and answer of the last page.
    ///
    /// # Errors
    /// As [`SnapshotPages::next`].
    pub async fn rest(mut self) -> Checked<(Vec<Item>, u64, Answer)> {
        let mut last = self.user.snapshot(self.workspace, self.body.clone()).await?;
        let mut watermark = self.take(&last)?.high_watermark;
        while let Some((page, answer)) = self.next().await? {
            (watermark, last) = (page.high_watermark, answer);
        }
        Ok((self.items, watermark, last))
    }
}
