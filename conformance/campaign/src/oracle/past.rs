//! What has happened in a workspace and does not show in its state any more. It tells which rule a wrong answer breaks.

use std::collections::BTreeSet;
use std::time::Duration;

use super::time_span::TimeSpan;
use super::user::User;
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
