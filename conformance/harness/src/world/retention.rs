//! Garbage collection as a case uses it: waits until data is old enough, collects it, and checks what is left.
//!
//! Servers use their own clocks, some in whole seconds, so nothing here counts seconds: a collection is repeated until it
//! has an effect, within a bound.

use std::time::{Duration, Instant};

use serde_json::json;

use super::context::Context;
use super::expectation::{is_log, unless_about};
use super::journal::Journal;
use super::pages::versions;
use super::setup::set_up;
use super::user::User;
use crate::client::Answer;
use syncproof_protocol::endpoint;
use syncproof_protocol::failure::{Checked, Stop};
use syncproof_protocol::op::{Op, change_json};
use syncproof_protocol::wire::{Change, Id, Item, PullAnswer};

/// The path that collects log entries, for [`User::collect_unactivated`].
pub const CHANGE_LOG: &str = endpoint::GC_CHANGE_LOG.path;
/// The path that collects tombstones.
pub const TOMBSTONES: &str = endpoint::GC_TOMBSTONES.path;
/// The statuses of a successful collection, with a body or without.
pub const COLLECTED: &[u16] = &[200, 204];
/// A retention for which nothing in a run is old enough.
pub const LONG_SECONDS: u64 = 86_400;

const COLLECTS: &str = "gc.collects";
const GAP: &str = "gc.gap-is-told";
/// The shortest retention that the protocol allows.
const SHORT_SECONDS: u64 = 1;
/// How long it may take until data that is a second old is collected.
const PATIENCE: Duration = Duration::from_secs(10);

impl User {
    /// Asks to collect what is older than that.
    ///
    /// # Errors
    /// Fails the setup when the workspace cannot be activated.
    pub async fn collect(&self, path: &str, workspace: &Id, retention_seconds: u64) -> Checked<Answer> {
        self.activate_unless_active(workspace).await?;
        Ok(self.collect_unactivated(path, workspace, retention_seconds).await)
    }

    /// Collects what is older than a second.
    ///
    /// # Errors
    /// Fails `gc.collects` when it is refused; skips the case when only so short a retention is refused.
    pub async fn collect_ok(&self, path: &str, workspace: &Id, requirement: &'static str) -> Checked<Answer> {
        self.collect_after_ok(SHORT_SECONDS, path, workspace, requirement).await
    }

    /// Collects what is older than so many seconds.
    ///
    /// # Errors
    /// As [`User::collect_ok`].
    pub async fn collect_after_ok(
        &self,
        retention_seconds: u64,
        path: &str,
        workspace: &Id,
        requirement: &'static str,
    ) -> Checked<Answer> {
        let answer = self.collect(path, workspace, retention_seconds).await?;
        if answer.is(&[400]) && self.collect(path, workspace, LONG_SECONDS).await?.is(COLLECTED) {
            let reason = format!("the target refuses a retention of {retention_seconds} s: {}", answer.outcome());
            return Err(Stop::Skipped(reason));
        }
        let named = if path == CHANGE_LOG { "the change log" } else { "tombstones" };
        let message = format!("an owner who collects {named} older than {retention_seconds} s is refused");
        answer.expect_one_of(unless_about(&[], COLLECTS, requirement), COLLECTED, message)?;
        Ok(answer)
    }

    /// Collects the log repeatedly until everything through that version is gone, whether or not pulls report the gap. The
    /// entry of that version itself, the newest that every device has read, may stay (`gc.collects`).
    ///
    /// # Errors
    /// As [`User::collect_ok`]; fails that requirement when it is not gone within the bound.
    pub async fn collect_log_through_ok(&self, workspace: &Id, version: u64, requirement: &'static str) -> Checked {
        self.collect_until_gone_ok(workspace, version.saturating_sub(1), requirement).await
    }

    /// Collects the log repeatedly until everything through that version is gone, that version included.
    ///
    /// # Errors
    /// As [`User::collect_log_through_ok`].
    pub async fn collect_until_gone_ok(&self, workspace: &Id, version: u64, requirement: &'static str) -> Checked {
        let patience = CollectionWait::begin(self.context());
        loop {
            let answer = self.collect_ok(CHANGE_LOG, workspace, requirement).await?;
            let page: PullAnswer = self.pull(workspace, version.saturating_sub(1), 1).await?.read(requirement)?;
            let first = page.changes.first().map(|change| change.server_version);
            if page.requires_snapshot == Some(true) || first != Some(version) {
                return Ok(());
            }
            patience.wait(&answer, requirement, self.left_of_log(workspace, version)).await?;
        }
    }

    /// Collects tombstones repeatedly until a snapshot shows none but that of the op `newest`, the last entry of the log,
    /// which every device has read and which may stay (`gc.collects`).
    ///
    /// # Errors
    /// As [`User::collect_ok`]; fails that requirement when one is left at the bound.
    pub async fn collect_all_tombstones_ok(
        &self,
        workspace: &Id,
        newest: Option<&str>,
        requirement: &'static str,
    ) -> Checked {
        let patience = CollectionWait::begin(self.context());
        loop {
            let answer = self.collect_ok(TOMBSTONES, workspace, requirement).await?;
            let (items, _) = self.items(workspace, requirement).await?;
            let has_to_go = |item: &&Item| item.is_tombstone() && Some(item.revision().op_id.as_str()) != newest;
            let left: Vec<_> = items.iter().filter(has_to_go).map(Item::position).collect();
            if left.is_empty() {
                return Ok(());
            }
            let shown = async { Ok(format!("{} tombstones remain: {}", left.len(), json!(left))) };
            patience.wait(&answer, requirement, shown).await?;
        }
    }

    /// Says which entries through that version are still in the log.
    async fn left_of_log(&self, workspace: &Id, version: u64) -> Checked<String> {
        for cursor in 0..version {
            let page: PullAnswer = self.pull(workspace, cursor, 1000).await?.read("gc.gap-is-told")?;
            let left: Vec<u64> = versions(&page.changes).into_iter().filter(|one| *one <= version).collect();
            if page.requires_snapshot != Some(true) && !left.is_empty() {
                return Ok(format!("{} of {version} log entries remain, with the versions {left:?}", left.len()));
            }
        }
        Ok(format!("log entries up to version {version} remain"))
    }

    /// Pulls from every cursor of a log to which these ops were pushed. Checks that each pull either returns all later
    /// entries or reports a gap (`gc.gap-is-told`), and that it reports a gap only where there is one.
    ///
    /// # Errors
    /// Fails that requirement when one does not.
    pub async fn remains(&self, workspace: &Id, ops: &[Op], requirement: &'static str) -> Checked<RemainingLog> {
        let head = ops.len() as u64;
        // What a pull without a gap reports is only asked where no device is registered, and after a restart.
        let gap = if requirement == "gc.no-devices" { requirement } else { unless_about(&[], GAP, requirement) };
        let (mut gaps, mut whole): (Vec<(Answer, u64)>, Option<RemainingLog>) = (Vec::new(), None);
        for cursor in 0..=head {
            let answer = self.pull(workspace, cursor, 1000).await?;
            let page: PullAnswer = answer.read(requirement)?;
            if page.requires_snapshot == Some(true) {
                let message = format!(
                    "a pull from version {cursor} of {head} says requiresSnapshot: true, although no entry is missing"
                );
                let misses = cursor < head && whole.is_none();
                answer.ensure(gap, misses, message, "no requiresSnapshot: true", "requiresSnapshot: true")?;
                are_entries(&answer, &page.changes, cursor, ops, requirement)?;
                gaps.push((answer.clone(), oldest_in_gap(&answer, &page, cursor, head, gap)?));
                continue;
            }
            let mut changes = page.changes;
            if page.has_more {
                changes.extend(self.log_after(workspace, page.next_cursor, 1000, requirement).await?.0);
            }
            let first = changes.first().map(|change| change.server_version);
            let message =
                format!("a pull from version {cursor} of {head} skips changes without requiresSnapshot: true");
            let expected = (cursor < head).then_some(cursor + 1);
            let is_skipped = expected.is_some() && first.is_none_or(|first| first > cursor + 1);
            let side = |version: Option<u64>| {
                version.map_or("no changes".to_owned(), |version| format!("changes from version {version} on"))
            };
            answer.ensure(gap, !is_skipped, message, side(expected), side(first))?;
            let again: Vec<u64> = versions(&changes).into_iter().filter(|version| *version <= cursor).collect();
            let message = format!("a pull from version {cursor} gives changes up to that version again");
            let actual = format!("the versions {again:?}");
            answer.ensure("pull.after-cursor", again.is_empty(), message, "versions over the cursor", actual)?;
            let left = usize::try_from(cursor).ok().and_then(|read| ops.get(read..)).unwrap_or_default();
            is_log(&changes, &answer, left, cursor, requirement)?;
            whole.get_or_insert(RemainingLog { oldest: cursor + 1, head, answer });
        }
        let Some(remains) = whole else {
            let message = "every pull says requiresSnapshot: true, even one from the head";
            let (answer, _) = gaps.pop().ok_or_else(|| Stop::Skipped("nothing was pulled".to_owned()))?;
            return Err(answer.fails(gap, message, "an empty page", "requiresSnapshot: true"));
        };
        for (answer, oldest) in gaps.iter().filter(|_| remains.oldest <= head) {
            let message = "oldestRetainedVersion is not the oldest version that pulls return";
            answer.equal(gap, message, remains.oldest, oldest)?;
        }
        Ok(remains)
    }
}

impl Journal {
    /// As [`User::collect`], by the journal's user.
    ///
    /// # Errors
    /// As [`User::collect`].
    pub async fn collect(&self, path: &str, retention_seconds: u64) -> Checked<Answer> {
        self.user.collect(path, &self.workspace, retention_seconds).await
    }

    /// As [`User::collect_ok`], by the journal's user.
    ///
    /// # Errors
    /// As [`User::collect_ok`].
    pub async fn collect_ok(&self, what: &str, requirement: &'static str) -> Checked<Answer> {
        self.user.collect_ok(what, &self.workspace, requirement).await
    }

    /// As [`User::collect_after_ok`], by the journal's user.
    ///
    /// # Errors
    /// As [`User::collect_after_ok`].
    pub async fn collect_after_ok(
        &self,
        retention_seconds: u64,
        what: &str,
        requirement: &'static str,
    ) -> Checked<Answer> {
        self.user.collect_after_ok(retention_seconds, what, &self.workspace, requirement).await
    }

    /// As [`User::collect_log_through_ok`], by the journal's user.
    ///
    /// # Errors
    /// As [`User::collect_log_through_ok`].
    pub async fn collect_log_through_ok(&self, version: u64, requirement: &'static str) -> Checked {
        self.user.collect_log_through_ok(&self.workspace, version, requirement).await
    }

    /// As [`User::collect_all_tombstones_ok`], for the journal's workspace and its last op.
    ///
    /// # Errors
    /// As [`User::collect_all_tombstones_ok`].
    pub async fn collect_all_tombstones_ok(&self, requirement: &'static str) -> Checked {
        let newest = self.ops.last().map(Op::id);
        self.user.collect_all_tombstones_ok(&self.workspace, newest, requirement).await
    }

    /// As [`User::remains`], for the journal's ops.
    ///
    /// # Errors
    /// As [`User::remains`].
    pub async fn remains(&self, requirement: &'static str) -> Checked<RemainingLog> {
        self.user.remains(&self.workspace, &self.ops, requirement).await
    }

    /// Reports how far these devices of the user have read.
    ///
    /// # Errors
    /// Fails the setup when it is refused.
    pub async fn have_read(&self, devices: &[(&str, u64)]) -> Checked {
        self.have_read_by(&self.user, devices).await
    }

    /// Reports how far these devices of a member have read.
    ///
    /// # Errors
    /// Fails the setup when it is refused.
    pub async fn have_read_by(&self, user: &User, devices: &[(&str, u64)]) -> Checked {
        for (device, version) in devices {
            let moved = user.update_cursor_ok(&self.workspace, device, *version, "cursor.forward-only").await;
            set_up(moved, || format!("reporting that the device '{device}' has read to version {version}"))?;
        }
        Ok(())
    }
}

/// Limits how long a collection is repeated.
#[derive(Debug)]
pub struct CollectionWait {
    context: Context,
    since: Instant,
    /// How long the case had waited by then.
    waited: Duration,
}

impl CollectionWait {
    /// Begins to wait.
    #[must_use]
    pub fn begin(context: &Context) -> Self {
        let waited = context.recorder().waiting().total();
        CollectionWait { context: context.clone(), since: Instant::now(), waited }
    }

    /// Pauses after this answer, before the collection is repeated. `left` says what remains; it is asked only when
    /// the limit is reached.
    ///
    /// # Errors
    /// Fails that requirement when the limit is reached: data that is old and seen by every device is still there.
    pub async fn wait(
        &self,
        answer: &Answer,
        requirement: &'static str,
        left: impl Future<Output = Checked<String>>,
    ) -> Checked {
        let for_slots = self.context.recorder().waiting().total().saturating_sub(self.waited);
        if self.since.elapsed() >= PATIENCE + for_slots {
            let left = left.await?;
            // The same text whatever is left, which tells failures of one cause from others.
            let message = "a collection leaves what is old enough and was read by every device";
            let expected = format!("nothing of it is left {} s later", PATIENCE.as_secs());
            return Err(answer.fails(requirement, message, expected, left));
        }
        self.context.pause().await;
        Ok(())
    }
}

/// The version that a pull with a gap names as the oldest that is kept. When nothing is kept, it may name the head or
/// the version after it.
fn oldest_in_gap(
    answer: &Answer,
    page: &PullAnswer,
    cursor: u64,
    head: u64,
    requirement: &'static str,
) -> Checked<u64> {
    let message = "oldestRetainedVersion is missing or wrong in a pull that says requiresSnapshot: true";
    let expected = format!("an oldestRetainedVersion over {cursor} and up to {}", head + 1);
    match page.oldest_retained_version {
        Some(oldest) if oldest > cursor && oldest <= head + 1 => Ok(oldest),
        other => Err(answer.fails(
            requirement,
            message,
            expected,
            other.map_or("none".to_owned(), |other| other.to_string()),
        )),
    }
}

/// Checks that the changes in a pull with a gap are entries of the log.
fn are_entries(answer: &Answer, changes: &[Change], cursor: u64, ops: &[Op], requirement: &'static str) -> Checked {
    for change in changes {
        let version = change.server_version;
        let place = usize::try_from(version.saturating_sub(1)).unwrap_or(usize::MAX);
        let pushed = ops.get(place).filter(|_| version > cursor).map(|op| op.as_change(version));
        answer.equal(
            requirement,
            format!("the log shows a change at version {version} that was not pushed there"),
            pushed,
            change_json(change),
        )?;
    }
    Ok(())
}

/// What is left of a log after a collection: its end.
#[derive(Debug, Clone)]
pub struct RemainingLog {
    /// Its first version; the head plus one when nothing is left.
    pub oldest: u64,
    /// The head of the log.
    head: u64,
    /// The first pull without a gap.
    answer: Answer,
}

impl RemainingLog {
    /// Checks that this version and what follows are still there.
    ///
    /// # Errors
    /// Fails that requirement when they are not.
    pub fn keeps(&self, version: u64, requirement: &'static str, why: &str) -> Checked {
        let lost = self.oldest.saturating_sub(version);
        let of = (self.head + 1).saturating_sub(version);
        let message = format!("a collection removed {lost} of {of} log entries that must stay: {why}");
        let (expected, actual) = (format!("the log from version {version} on"), self.shown());
        self.answer.ensure(requirement, self.oldest <= version, message, expected, actual)
    }

    /// The log in words.
    fn shown(&self) -> String {
        match self.oldest > self.head {
            true => "an empty log".to_owned(),
            false => format!("the log from version {} on", self.oldest),
        }
    }

    /// Checks that everything before this version is gone. Its entry, the newest that every device has read, may stay.
    ///
    /// # Errors
    /// Fails that requirement when it is not.
    pub fn lacks(&self, version: u64, requirement: &'static str, why: &str) -> Checked {
        let left = version.saturating_sub(self.oldest);
        let message = format!("a collection left {left} of {version} log entries that must go: {why}");
        let (expected, actual) = (format!("nothing before version {version}"), self.shown());
        self.answer.ensure(requirement, self.oldest >= version, message, expected, actual)
    }
}

/// Waits until a second has passed on the target's clock since everything before was written: writes two entries to a
/// separate workspace and waits until the first can be collected (the second may stay, by `gc.collects`).
///
/// # Errors
/// Fails the setup when nothing can be pushed or collected; skips the case when so short a retention is refused.
pub async fn wait_until_old(context: &Context) -> Checked {
    let user = context.user("hourglass").await?;
    let doing =
        || "waiting until what was written is a second old, with an entry that can then be collected".to_owned();
    let sand = [user.put("threads", "sand"), user.put("threads", "last")];
    set_up(user.push_ok(&user.home, &sand, "push.all-tables").await, doing)?;
    set_up(user.update_cursor_ok(&user.home, "device", 2, "cursor.forward-only").await, doing)?;
    set_up(user.collect_log_through_ok(&user.home, 2, COLLECTS).await, doing)
}
