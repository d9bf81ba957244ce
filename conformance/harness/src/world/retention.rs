//! Garbage collection as a case uses it: waits until data is old enough, collects it, and checks what is left.
//!
//! Servers use their own clocks, some in whole seconds, so nothing here counts seconds: a collection is repeated until it
//! has an effect, within a bound.

use std::time::{Duration, Instant};

use super::context::Context;
use super::journal::Journal;
use super::user::User;
use crate::client::Answer;
use syncproof_protocol::endpoint;
use syncproof_protocol::failure::{Checked, Setup as _, Stop};
use syncproof_protocol::op::{Op, change_json};
use syncproof_protocol::wire::{Change, Id, PullAnswer};

/// The path that collects log entries, for [`User::collect_unactivated`].
pub const CHANGE_LOG: &str = endpoint::GC_CHANGE_LOG.path;
/// The path that collects tombstones.
pub const TOMBSTONES: &str = endpoint::GC_TOMBSTONES.path;
/// The statuses of a successful collection, with a body or without.
pub const COLLECTED: &[u16] = &[200, 204];
/// A retention for which nothing in a run is old enough.
pub const LONG_SECONDS: u64 = 86_400;

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
    /// Fails that requirement when it is refused; skips the case when only so short a retention is refused.
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
        answer.expect_status(requirement, COLLECTED)?;
        Ok(answer)
    }

    /// Collects the log repeatedly until everything through that version is gone, whether or not pulls report the gap.
    ///
    /// # Errors
    /// As [`User::collect_ok`]; fails that requirement when it is not gone within the bound.
    pub async fn collect_log_through_ok(&self, workspace: &Id, version: u64, requirement: &'static str) -> Checked {
        let patience = CollectionWait::begin(self.context());
        loop {
            let answer = self.collect_ok(CHANGE_LOG, workspace, requirement).await?;
            let page: PullAnswer = self.pull(workspace, version.saturating_sub(1), 1).await?.read(requirement)?;
            let first = page.changes.first().map(|change| change.server_version);
            if page.requires_snapshot == Some(true) || first != Some(version) {
                return Ok(());
            }
            patience.wait(&answer, requirement).await?;
        }
    }

    /// Pulls from every cursor of a log to which these ops were pushed. Checks that each pull either returns all later
    /// entries or reports a gap (`gc.gap-is-told`), and that it reports a gap only where there is one.
    ///
    /// # Errors
    /// Fails that requirement when one does not.
    pub async fn remains(&self, workspace: &Id, ops: &[Op], requirement: &'static str) -> Checked<RemainingLog> {
        let head = ops.len() as u64;
        let (mut gaps, mut whole): (Vec<(Answer, u64)>, Option<RemainingLog>) = (Vec::new(), None);
        for cursor in 0..=head {
            let answer = self.pull(workspace, cursor, 1000).await?;
            let page: PullAnswer = answer.read(requirement)?;
            if page.requires_snapshot == Some(true) {
                let message =
                    format!("a pull from {cursor} of {head} asks for a snapshot, although nothing is missing");
                let misses = cursor < head && whole.is_none();
                answer.ensure(requirement, misses, message, "no requiresSnapshot: true", "requiresSnapshot: true")?;
                are_entries(&answer, &page.changes, cursor, ops, requirement)?;
                gaps.push((answer.clone(), oldest_in_gap(&answer, &page, cursor, head, requirement)?));
                continue;
            }
            let expected = (cursor + 1..).zip(&ops[usize::try_from(cursor).unwrap_or(usize::MAX)..]);
            let expected: Vec<_> = expected.map(|(version, op)| op.as_change(version)).collect();
            let mut changes = page.changes;
            if page.has_more {
                changes.extend(self.log_after(workspace, page.next_cursor, 1000, requirement).await?.0);
            }
            let actual: Vec<_> = changes.iter().map(change_json).collect();
            let message = format!("a pull from {cursor} of {head} skips changes without requiresSnapshot");
            answer.equal(requirement, message, expected, actual)?;
            whole.get_or_insert(RemainingLog { oldest: cursor + 1, answer });
        }
        let Some(remains) = whole else {
            let message = "no pull is possible: even one from the head asks for a snapshot";
            let (answer, _) = gaps.pop().ok_or_else(|| Stop::Skipped("nothing was pulled".to_owned()))?;
            return Err(answer.fails(requirement, message, "an empty page", "requiresSnapshot: true"));
        };
        for (answer, oldest) in gaps.iter().filter(|_| remains.oldest <= head) {
            let message = "oldestRetainedVersion is not the oldest version that pulls return";
            answer.equal(requirement, message, remains.oldest, oldest)?;
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
            moved.in_setup()?;
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

    /// Pauses after this answer, before the collection is repeated.
    ///
    /// # Errors
    /// Fails that requirement when the limit is reached: data that is old and seen by every device is still there.
    pub async fn wait(&self, answer: &Answer, requirement: &'static str) -> Checked {
        let message = "data that is old enough and seen by every device is not collected";
        let expected = format!("it is gone within {} s", PATIENCE.as_secs());
        let for_slots = self.context.recorder().waiting().total().saturating_sub(self.waited);
        let is_early = self.since.elapsed() < PATIENCE + for_slots;
        answer.ensure(requirement, is_early, message, expected, "it is still there")?;
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
    let message = "a gap is reported without the oldest version that is kept";
    let expected = format!("an oldestRetainedVersion over {cursor} and up to {}", head + 1);
    match page.oldest_retained_version {
        Some(oldest) if oldest > cursor && oldest <= head + 1 => Ok(oldest),
        other => Err(answer.fails(requirement, message, expected, format!("{other:?}"))),
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
            "the log shows a change that was not pushed under that version",
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
    /// The first pull without a gap.
    answer: Answer,
}

impl RemainingLog {
    /// Checks that this version and what follows are still there.
    ///
    /// # Errors
    /// Fails that requirement when they are not.
    pub fn keeps(&self, version: u64, requirement: &'static str, why: &str) -> Checked {
        let message = format!("the log has lost entries that must stay: {why}");
        let (expected, actual) = (format!("all from version {version} on"), format!("all from {} on", self.oldest));
        self.answer.ensure(requirement, self.oldest <= version, message, expected, actual)
    }

    /// Checks that everything through this version is gone.
    ///
    /// # Errors
    /// Fails that requirement when it is not.
    pub fn lacks(&self, version: u64, requirement: &'static str, why: &str) -> Checked {
        let message = format!("the log still has entries that must be gone: {why}");
        let (expected, actual) = (format!("nothing up to version {version}"), format!("all from {} on", self.oldest));
        self.answer.ensure(requirement, self.oldest > version, message, expected, actual)
    }
}

/// Waits until a second has passed on the target's clock since everything before was written: writes an entry to a
/// separate workspace and waits until that can be collected.
///
/// # Errors
/// Fails the setup when nothing can be pushed or collected; skips the case when so short a retention is refused.
pub async fn wait_until_old(context: &Context) -> Checked {
    let user = context.user("hourglass").await?;
    user.push_ok(&user.home, &[user.put("threads", "sand")], "push.all-tables").await.in_setup()?;
    user.update_cursor_ok(&user.home, "device", 1, "cursor.forward-only").await.in_setup()?;
    user.collect_log_through_ok(&user.home, 1, "gc.collects").await.in_setup()
}
