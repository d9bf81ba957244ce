//! What a collection may be answered, and what it takes (`gc.*`).
//!
//! A server has its own clock, may count whole seconds, and may collect some time after it has answered. So for every
//! entry and every tombstone there is what *may* be gone from then on, and what *has to* be.

use std::time::Duration;

use super::coverage::CoverageEvent;
use super::log::Entry;
use super::read::same_change;
use super::reply::Reply;
use super::state::{Access, Oracle, Person};
use super::tracked_workspace::TrackedWorkspace;
use super::violation::Judged;
use super::violation::ensure;
use syncproof_model::Key;
use syncproof_protocol::wire::{Collected, Id, PullAnswer, Role};

/// A retention longer than this, in seconds, may be refused: some thousand years.
const MAX_RETENTION_SECONDS: i64 = 100_000_000_000;
/// A retention shorter than this, in seconds, may be refused: the protocol names no least one.
const MIN_RETENTION_SECONDS: i64 = 3600;
/// Between two moments that a server keeps in whole seconds may be that much less or more than there was.
const ROUNDING: Duration = Duration::from_secs(1);

/// When something happened: not before it was asked for, and not after it was answered. Both are times since one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeSpan {
    /// When the request was sent.
    pub sent: Duration,
    /// When the answer had come.
    pub answered: Duration,
}

/// How far a device has read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Device {
    /// At least.
    pub(super) least: u64,
    /// At most.
    pub(super) most: u64,
    /// Whether it is a registered device for sure, and of a member.
    pub(super) counts: bool,
}

/// What has to be gone by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overdue {
    /// The log up to that version.
    Log(u64),
    /// Some tombstone.
    Tombstones,
}

impl Entry {
    /// Whether it is younger than that, or older; neither where a server's clock may say the one or the other.
    fn age(&self, now: TimeSpan, retention: Duration) -> (bool, bool) {
        let least = now.sent.saturating_sub(self.when.answered);
        let most = now.answered.saturating_sub(self.when.sent);
        (most.saturating_add(ROUNDING) < retention, least >= retention.saturating_add(ROUNDING))
    }
}

impl Oracle {
    /// Judges the answer to a collection of what is older than that.
    ///
    /// # Errors
    /// The breach, when the protocol does not allow it.
    pub fn collect(
        &mut self,
        person: Person,
        workspace: &Id,
        (what, retention_seconds): (Collected, i64),
        reply: &Reply<()>,
    ) -> Judged {
        let is_wrong = retention_seconds <= 0;
        let message = "a collection is answered wrongly";
        let (requirement, statuses): (_, &[u16]) = match self.access(person, workspace) {
            Access::Member(_, Role::Viewer) => ("gc.roles", &[403, 404]),
            Access::Member(..) if is_wrong => ("gc.bad-retention", &[400]),
            // Whether an editor may collect is not said.
            Access::Member(_, Role::Editor) => ("gc.collects", &[200, 204, 403]),
            Access::Member(_, Role::Owner) => ("gc.collects", &[200, 204]),
            Access::Gone(_) => ("workspace.delete-closes-sync", &[403, 404, 410]),
            Access::Hidden => ("gc.roles", &[403, 404]),
        };
        self.coverage.record(CoverageEvent::Collection);
        // A retention that no clock holds may be refused, and one that is too short.
        if !(MIN_RETENTION_SECONDS..=MAX_RETENTION_SECONDS).contains(&retention_seconds) && reply.is(&[400]) {
            return Ok(());
        }
        reply.expect(requirement, message, statuses)?;
        if let Access::Member(place, _) = self.access(person, workspace)
            && reply.is(&[200, 204])
            && let Ok(seconds) = u64::try_from(retention_seconds)
        {
            let (now, reader) = (self.when, self.reader(person));
            self.workspaces[place].is_collected(what, &reader, now, Duration::from_secs(seconds));
        }
        Ok(())
    }

    /// What has to be gone from that workspace and has not been seen to be.
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

    /// Judges a pull that is sent to the snapshot.
    pub(super) fn gap(&mut self, place: usize, cursor: u64, page: &PullAnswer, reply: &Reply<PullAnswer>) -> Judged {
        const GAP: &str = "gc.gap-is-told";
        let tracked = &mut self.workspaces[place];
        let (head, gone, open) = (tracked.log.head(), tracked.log.gone, tracked.log.open);
        let requirement = if cursor < head { tracked.retention_requirement() } else { GAP };
        let message = "a pull is sent to the snapshot, though nothing that it misses may be gone";
        ensure(requirement, cursor < open, message, "no requiresSnapshot: true", reply)?;
        let least = gone.max(cursor + 1) + 1;
        // With nothing kept, the head and the version after it both stand for that.
        let is_told = page.oldest_retained_version.filter(|oldest| {
            (least..=open + 1).contains(oldest) || (open == head && *oldest == head && *oldest > cursor)
        });
        let message = "a gap is told without the oldest version that is kept";
        let expected = format_args!("oldestRetainedVersion from {least} to {}", open + 1);
        let told = format_args!("{:?}", page.oldest_retained_version);
        ensure(GAP, is_told.is_some(), message, expected, told)?;
        let id = tracked.id.clone();
        let is_entry = |change: &syncproof_protocol::wire::Change| {
            let entry = tracked.log.entry(change.server_version);
            entry.is_some_and(|entry| {
                entry.candidates.iter().any(|op| same_change(&id, change.server_version, op, change))
            })
        };
        let message = "a pull that is sent to the snapshot gives what was not pushed";
        ensure("pull.after-cursor", page.changes.iter().all(is_entry), message, "entries of the log", reply)?;
        let oldest = is_told.unwrap_or(least);
        tracked.log.gone = gone.max(cursor + 1).max(oldest.saturating_sub(1).min(open));
        self.coverage.record(CoverageEvent::Gap);
        self.ambiguity = None;
        Ok(())
    }
}

impl TrackedWorkspace {
    /// What forbids that anything is gone which is still there: a device that has not read it, or that it is young.
    fn retention_requirement(&self) -> &'static str {
        let is_behind = |device: &Device| device.counts && device.most < self.log.head();
        if self.cursors.values().any(is_behind) { "gc.keeps-unseen" } else { "gc.keeps-young" }
    }

    /// Takes down what a collection with that retention takes, or may take.
    fn is_collected(&mut self, what: Collected, reader: &str, now: TimeSpan, retention: Duration) {
        let head = self.log.head();
        let devices = || self.cursors.values();
        // Where no device counts for sure, there may be none, and then nothing need go (`gc.no-devices`).
        let is_any_known = devices().any(|device| device.counts);
        let all_have_read = devices().map(|device| device.least).min().filter(|_| is_any_known).unwrap_or(0);
        let some_lack = devices().filter(|device| device.counts).map(|device| device.most).min().unwrap_or(head);
        let age = |version: u64| self.log.entry(version).map_or((true, false), |entry| entry.age(now, retention));
        let has_to_go = |version: u64| version <= all_have_read && age(version).1;
        let may_go = |version: u64| version <= some_lack && !age(version).0;
        match what {
            Collected::Log => {
                let due = (1..=head).take_while(|version| has_to_go(*version)).last().unwrap_or(0);
                let open = (1..=head).take_while(|version| may_go(*version)).last().unwrap_or(0);
                self.log.due = self.log.due.max(due);
                self.log.open = self.log.open.max(open);
            }
            Collected::Tombstones => {
                let tombstones = self.log.state().records().filter(|(_, record)| record.is_tombstone());
                let version = |op_id: &str| self.log.version_of(op_id).unwrap_or(u64::MAX);
                let tombstones: Vec<(Key, u64)> =
                    tombstones.map(|(key, record)| (key.clone(), version(&record.revision.op_id))).collect();
                let going = |goes: &dyn Fn(u64) -> bool| -> Vec<Key> {
                    tombstones.iter().filter(|(_, version)| goes(*version)).map(|(key, _)| key.clone()).collect()
                };
                let (due, open) = (going(&has_to_go), going(&may_go));
                // Of others' notifications nothing is seen.
                let is_seen = |key: &Key| key.is_for(reader) && !self.unclear.contains(key);
                self.tombstones_due.extend(due.into_iter().filter(is_seen));
                self.tombstones_open.extend(open);
            }
        }
    }

    /// Before an op writes to that key: what becomes of a tombstone that may be gone, or may not.
    pub(super) fn is_written(&mut self, key: &Key, is_newer: bool) {
        let may_be_gone = self.tombstones_open.contains(key);
        if may_be_gone && !is_newer {
            // Whether an older write loses depends on whether the tombstone is still known.
            self.unclear.insert(key.clone());
        } else if is_newer {
            self.unclear.remove(key);
            self.tombstones_open.remove(key);
        }
        if may_be_gone {
            self.tombstones_due.remove(key);
        }
    }
}
