//! What has happened in a workspace and does not show in its state any more. It tells which rule a wrong answer breaks.

use std::collections::BTreeSet;
use std::time::Duration;

use super::time_span::TimeSpan;
use super::tracked_workspace::{TrackedWorkspace, User};
use syncproof_protocol::wire::Collected;

/// One collection that the target has accepted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Collection {
    pub(super) what: Collected,
    pub(super) now: TimeSpan,
    pub(super) retention: Duration,
}

/// What has happened in a workspace.
#[derive(Debug, Clone, Default)]
pub(super) struct Past {
    /// Users who were members.
    pub(super) former: BTreeSet<User>,
    /// Members whose role was set after the workspace was made.
    pub(super) given_roles: BTreeSet<User>,
    /// The ids of ops that were refused alone.
    pub(super) refused_ops: BTreeSet<String>,
    /// The ids of the ops of batches that were refused as a whole.
    pub(super) refused_batches: BTreeSet<String>,
    pub(super) collections: Vec<Collection>,
}

impl Past {
    /// Whether that was collected at some time.
    pub(super) fn has_collected(&self, what: Collected) -> bool {
        self.collections.iter().any(|collection| collection.what == what)
    }
}

impl TrackedWorkspace {
    /// Which rule is broken when something of that version is gone that must be kept.
    pub(super) fn retention_rule(&self, version: u64) -> &'static str {
        let when = self.log.entry(version).map(|entry| entry.when);
        let is_young = |collection: &Collection| {
            when.is_some_and(|when| when.younger_or_older(collection.now, collection.retention).0)
        };
        if self.past.collections.iter().all(is_young) {
            return "gc.keeps-young";
        }
        let mut behind = self.cursors.values().filter(|device| device.counts && device.most < version);
        if behind.any(|device| device.was_beyond) { "cursor.beyond-head" } else { "gc.keeps-unseen" }
    }
}
