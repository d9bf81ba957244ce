//! Which rule is broken where another workspace, another user or a collection has a part in what is wrong.

use super::state::{Access, Oracle};
use super::tracked_workspace::TrackedWorkspace;
use super::user::User;
use syncproof_model as model;
use syncproof_protocol::wire::{Id, Role};

impl Oracle {
    /// Which rule is broken when something of that version is gone from a workspace, though it must be kept.
    pub(super) fn loss_rule(&self, place: usize, version: u64) -> &'static str {
        let tracked = &self.workspaces[place];
        // A collection elsewhere, or the cursor that the device has elsewhere, must not matter.
        let has_twin = || {
            let mut devices = tracked.cursors.iter().filter(|(_, device)| device.counts && device.most < version);
            devices.any(|(name, _)| self.others(place).any(|other| other.cursors.contains_key(name)))
        };
        match tracked.retention_rule(version) {
            _ if tracked.past.collections.is_empty() => "isolation.cursor",
            "gc.keeps-unseen" if has_twin() => "isolation.cursor",
            rule => rule,
        }
    }

    /// Which rule is broken when what has to go stays.
    #[must_use]
    pub fn delay_rule(&self, workspace: &Id) -> &'static str {
        let Some(place) = self.place_of(workspace) else { return "gc.collects" };
        match &self.workspaces[place].cursors {
            cursors if cursors.values().any(|device| device.was_behind) => "cursor.forward-only",
            _ if self.others(place).any(|other| !other.cursors.is_empty()) => "isolation.cursor",
            _ => "gc.collects",
        }
    }

    /// Which rule is broken when a pull leaves out changes that are not there any more, and does not say so.
    pub(super) fn gap_rule(&self, place: usize) -> &'static str {
        if self.workspaces[place].cursors.is_empty() { "gc.no-devices" } else { "gc.gap-is-told" }
    }

    /// The other workspaces.
    pub(super) fn others(&self, place: usize) -> impl Iterator<Item = &TrackedWorkspace> {
        self.workspaces.iter().enumerate().filter(move |(other, _)| *other != place).map(|(_, tracked)| tracked)
    }

    /// Whether another workspace knows that op id.
    pub(super) fn knows_elsewhere(&self, place: usize, op_id: &str) -> bool {
        self.others(place).any(|other| other.log.version_of(op_id).is_some())
    }

    /// Whether an op of that workspace has an id that another workspace knows.
    pub(super) fn shares_op_ids(&self, place: usize) -> bool {
        self.workspaces[place].log.ops().any(|op| self.knows_elsewhere(place, &op.stamp.op_id))
    }

    /// Whether another user has, or had, a record of their own under that key.
    pub(super) fn has_rival(&self, place: usize, key: &model::Key) -> bool {
        let is_rival = |other: &model::Key| other.table == key.table && other.pk == key.pk && other.owner != key.owner;
        self.workspaces[place].log.state().records().any(|(other, _)| is_rival(other))
    }

    /// Which rule is broken when a sync request of that user is answered with that status, though `rule` says that it is
    /// to succeed.
    pub(super) fn refusal_rule(
        &self,
        user: User,
        place: usize,
        status: Option<u16>,
        rule: &'static str,
    ) -> &'static str {
        let role = self.workspaces[place].members.get(&user);
        match status {
            Some(401) => self.credential_rule(user),
            Some(403 | 404) if role.is_some_and(|role| *role != Role::Owner) => "member.roles",
            _ => rule,
        }
    }

    /// Which rule is broken when a valid credential of that user gets 401.
    #[must_use]
    pub fn credential_rule(&self, user: User) -> &'static str {
        match self.users.get(user).is_some_and(|known| known.id.is_some()) {
            true => "session.stable",
            false => "session.provisions-user",
        }
    }

    /// Which rule is broken when a user who has no access to a workspace gets that status, though `rule` says that they
    /// are refused.
    pub(super) fn stranger_rule(
        &self,
        user: User,
        workspace: &Id,
        status: Option<u16>,
        rule: &'static str,
    ) -> &'static str {
        match (self.access(user, workspace), self.place_of(workspace), status) {
            (Access::Hidden, None, _) => rule,
            // A refusal of its own kind shows that the workspace exists.
            (Access::Hidden, Some(_), Some(400 | 402 | 405..=499)) => "workspace.stranger",
            (Access::Hidden, Some(place), _)
                if rule == "isolation.scope-checked" && self.workspaces[place].past.former.contains(&user) =>
            {
                "member.removed-at-once"
            }
            _ => rule,
        }
    }
}
