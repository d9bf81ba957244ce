//! Which rule a collection breaks that takes something that must be kept.

use super::past::Collection;
use super::tracked_workspace::TrackedWorkspace;

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
