//! Which answers a garbage collection may get, and what it removes (`gc.*`).
//!
//! A server has its own clock, may count whole seconds, and may collect some time after it has answered. So for every
//! entry and every tombstone there is what *may* be gone from then on, and what *has to* be.

use std::time::Duration;

use super::coverage::CoverageEvent;
use super::reply::Reply;
use super::shown_change::same_change;
use super::state::{Access, CLOSED, Oracle, SYNCS_IN_DELETED};
use super::user::User;
use super::violation::{Judged, Violation, ensure};
use syncproof_protocol::wire::{Collected, Id, PullAnswer, Role};

/// A retention longer than this, in seconds, may be refused: some thousand years.
const MAX_RETENTION_SECONDS: i64 = 100_000_000_000;
/// A retention shorter than this, in seconds, may be refused: the protocol names no minimum.
const MIN_RETENTION_SECONDS: i64 = 3600;
/// What must be gone by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overdue {
    /// The log up to that version.
    Log(u64),
    /// Some tombstone.
    Tombstones,
}

impl Oracle {
    /// Judges the answer to a collection of what is older than that.
    pub fn collect(
        &mut self,
        user: User,
        workspace: &Id,
        (what, retention_seconds): (Collected, i64),
        reply: &Reply<()>,
    ) -> Judged {
        let is_wrong = retention_seconds <= 0;
        let message = match self.access(user, workspace) {
            Access::Gone(_) => SYNCS_IN_DELETED,
            _ => "a collection gets an answer that is not allowed",
        };
        let (requirement, statuses): (_, &[u16]) = match self.access(user, workspace) {
            Access::Member(_, Role::Viewer) => ("gc.roles", &[403, 404]),
            Access::Member(..) if is_wrong => ("gc.bad-retention", &[400]),
            // The protocol does not say whether an editor may collect.
            Access::Member(_, Role::Editor) => ("gc.collects", &[200, 204, 403]),
            Access::Member(_, Role::Owner) => ("gc.collects", &[200, 204]),
            Access::Gone(_) => (CLOSED, &[403, 404, 410]),
            Access::Hidden => ("gc.roles", &[403, 404]),
        };
        self.coverage.record(CoverageEvent::Collection);
        // A retention that is too long for a clock, or too short, may be refused.
        if !(MIN_RETENTION_SECONDS..=MAX_RETENTION_SECONDS).contains(&retention_seconds) && reply.is(&[400]) {
            return Ok(());
        }
        reply.expect(requirement, message, statuses)?;
        if let Access::Member(place, _) = self.access(user, workspace)
            && reply.is(&[200, 204])
            && let Ok(seconds) = u64::try_from(retention_seconds)
        {
            let (now, reader) = (self.when, self.reader(user));
            self.workspaces[place].is_collected(what, &reader, now, Duration::from_secs(seconds));
        }
        Ok(())
    }

    /// What must be gone from that workspace, and has not been seen to be gone.
    #[must_use]
    pub fn overdue(&self, workspace: &Id) -> Option<Overdue> {
        let tracked = &self.workspaces[self.place_of(workspace)?];
        let log = &tracked.log;
        match log.gone < log.due {
            true => Some(Overdue::Log(log.due)),
            false => (!tracked.tombstones_due.is_empty()).then_some(Overdue::Tombstones),
        }
    }

    /// Whether nothing can have been collected from that workspace.
    #[must_use]
    pub fn is_whole(&self, workspace: &Id) -> bool {
        self.place_of(workspace).is_none_or(|place| {
            let tracked = &self.workspaces[place];
            tracked.log.open == 0 && tracked.tombstones_open.is_empty() && tracked.unclear.is_empty()
        })
    }

    /// Which rule is broken when a pull requires a snapshot, though nothing after its cursor can be gone.
    fn early_gap_rule(&self, place: usize, cursor: u64, oldest: Option<u64>) -> &'static str {
        let tracked = &self.workspaces[place];
        let has_collected =
            !tracked.past.collections.is_empty() || self.others(place).any(|it| !it.past.collections.is_empty());
        match tracked.log.head() {
            head if cursor > head => "pull.beyond-head",
            head if cursor == head || !has_collected || oldest == Some(cursor + 1) => "gc.gap-is-told",
            _ => self.loss_rule(place, cursor + 1),
        }
    }

    /// Judges a pull whose answer says that a snapshot is required.
    pub(super) fn gap(&mut self, place: usize, cursor: u64, page: &PullAnswer, reply: &Reply<PullAnswer>) -> Judged {
        const GAP: &str = "gc.gap-is-told";
        let tracked = &self.workspaces[place];
        let (head, gone, open) = (tracked.log.head(), tracked.log.gone, tracked.log.open);
        let requirement = self.early_gap_rule(place, cursor, page.oldest_retained_version);
        let message = "a pull requires a snapshot, although none of the changes after its cursor can be gone";
        ensure(requirement, cursor < open, message, "no requiresSnapshot: true", reply)?;
        let least = gone.max(cursor + 1) + 1;
        if page.oldest_retained_version.is_some_and(|oldest| oldest > open + 1 && open < head) {
            let requirement = self.loss_rule(place, open + 1);
            let message = "a collection has removed a change that is to be kept";
            return Err(Violation::new(requirement, message, format_args!("version {} is kept", open + 1), reply));
        }
        let tracked = &mut self.workspaces[place];
        // With nothing kept, the head and the version after it both stand for that.
        let reported = page.oldest_retained_version.filter(|oldest| {
            (least..=open + 1).contains(oldest) || (open == head && *oldest == head && *oldest > cursor)
        });
        let message = "a gap is reported without the oldest version that is kept";
        let expected = format_args!("oldestRetainedVersion from {least} to {}", open + 1);
        let actual = format_args!("{:?}", page.oldest_retained_version);
        ensure(GAP, reported.is_some(), message, expected, actual)?;
        let id = tracked.id.clone();
        let is_entry = |change: &syncproof_protocol::wire::Change| {
            let entry = tracked.log.entry(change.server_version);
            entry.is_some_and(|entry| {
                entry.candidates.iter().any(|op| same_change(&id, change.server_version, op, change))
            })
        };
        let message = "a pull that requires a snapshot shows a change that was not pushed";
        ensure("pull.after-cursor", page.changes.iter().all(is_entry), message, "entries of the log", reply)?;
        let oldest = reported.unwrap_or(least);
        tracked.log.gone = gone.max(cursor + 1).max(oldest.saturating_sub(1).min(open));
        self.coverage.record(CoverageEvent::Gap);
        self.ambiguity = None;
        Ok(())
    }
}
