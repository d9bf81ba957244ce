//! A workspace as the oracle knows it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::log::Log;
use super::past::{Collection, Past};
use super::time_span::TimeSpan;
use super::user::User;
use syncproof_model::Key;
use syncproof_protocol::wire::{Collected, Id, Role};

/// How far a device has read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Device {
    /// At least.
    pub(super) least: u64,
    /// At most.
    pub(super) most: u64,
    /// Whether it is certainly a registered device of a member.
    pub(super) counts: bool,
    /// Whether it was once moved beyond the head.
    pub(super) was_beyond: bool,
    /// Whether it was asked to move back.
    pub(super) was_behind: bool,
}

/// What is known about one workspace.
#[derive(Debug, Clone)]
pub(super) struct TrackedWorkspace {
    pub(super) id: Id,
    pub(super) creator: User,
    /// None where the target chose the name itself and has not shown it.
    pub(super) name: Option<String>,
    /// The names that it had before the last rename.
    pub(super) former_names: BTreeSet<String>,
    /// What `createdAt` was when it was first shown.
    pub(super) created_at: Option<f64>,
    /// None where the target chose it itself and has not shown it.
    pub(super) description: Option<Option<String>>,
    pub(super) is_deleted: bool,
    pub(super) members: BTreeMap<User, Role>,
    pub(super) log: Log,
    /// How far each device has read, by user and device.
    pub(super) cursors: BTreeMap<(User, String), Device>,
    /// Tombstones that must be gone, and have not been seen to be gone.
    pub(super) tombstones_due: BTreeSet<Key>,
    /// Tombstones that may be gone, including those that must be.
    pub(super) tombstones_open: BTreeSet<Key>,
    /// Records whose state is unknown: an older write came after a tombstone that may be gone.
    pub(super) unclear: BTreeSet<Key>,
    pub(super) past: Past,
}

impl TrackedWorkspace {
    /// A new workspace of that owner.
    pub(super) fn of(owner: User, id: &Id, name: Option<String>, description: Option<Option<String>>) -> Self {
        let members = BTreeMap::from([(owner, Role::Owner)]);
        TrackedWorkspace {
            id: id.clone(),
            creator: owner,
            name,
            former_names: BTreeSet::new(),
            created_at: None,
            description,
            is_deleted: false,
            members,
            log: Log::default(),
            cursors: BTreeMap::new(),
            tombstones_due: BTreeSet::new(),
            tombstones_open: BTreeSet::new(),
            unclear: BTreeSet::new(),
            past: Past::default(),
        }
    }

    /// Whether that user is its only owner.
    pub(super) fn is_last_owner(&self, user: User) -> bool {
        let owners = self.members.iter().filter(|(_, role)| **role == Role::Owner);
        owners.map(|(owner, _)| *owner).collect::<Vec<_>>() == [user]
    }

    /// Records what a collection with that retention removes, or may remove.
    pub(super) fn is_collected(&mut self, what: Collected, reader: &str, now: TimeSpan, retention: Duration) {
        self.past.collections.push(Collection { what, now, retention });
        let head = self.log.head();
        let devices = || self.cursors.values();
        // If no device counts for certain, there may be none, and then nothing has to be removed (`gc.no-devices`).
        let is_any_known = devices().any(|device| device.counts);
        let all_have_read = devices().map(|device| device.least).min().filter(|_| is_any_known).unwrap_or(0);
        let some_lack = devices().filter(|device| device.counts).map(|device| device.most).min().unwrap_or(head);
        let age = |version: u64| {
            self.log.entry(version).map_or((true, false), |entry| entry.when.younger_or_older(now, retention))
        };
        // The newest that every device has read may stay (`gc.collects-newest` is a SHOULD).
        let has_to_go = |version: u64| version < all_have_read && age(version).1;
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
                // The notifications of other users are not visible.
                let is_seen = |key: &Key| key.is_for(reader) && !self.unclear.contains(key);
                self.tombstones_due.extend(due.into_iter().filter(is_seen));
                self.tombstones_open.extend(open);
            }
        }
    }

    /// An op is about to write to that key: updates what is known about a tombstone that may be gone.
    pub(super) fn is_written(&mut self, key: &Key, is_newer: bool) {
        let may_be_gone = self.tombstones_open.contains(key);
        if may_be_gone && !is_newer {
            // Whether an older write loses depends on whether the server still knows the tombstone.
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
