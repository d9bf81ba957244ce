//! What the oracle knows about one target: its users, and what each workspace holds.

use super::active_workspace::ActiveWorkspace;
use super::coverage::{CoverageCounts, CoverageEvent};
use super::reply::Reply;
use super::time_span::TimeSpan;
use super::tracked_workspace::TrackedWorkspace;
use super::user::User;
use super::violation::Judged;
use syncproof_protocol::capability::{Capabilities, Capability};
use syncproof_protocol::wire::{Id, Role};

/// What a deletion does to everything that syncs, and to the members.
pub(crate) const CLOSED: &str = "workspace.delete-closes-sync";
/// The message for a request in a deleted workspace that is not refused, or refused in another way: the same for all of
/// them, since a server that leaves it open to one often leaves it open to others.
pub(super) const SYNCS_IN_DELETED: &str = "a request in a deleted workspace gets an answer that is not allowed";

/// Something that another read would settle: the protocol allowed several outcomes, and the answer did not show which.
#[derive(Debug, Clone, PartialEq)]
pub enum Ambiguity {
    /// Which of the ops under one id the log has kept at that version.
    Entry {
        /// Where.
        workspace: Id,
        /// The version in question.
        version: u64,
    },
    /// Which role a member has who was added again.
    Role {
        /// Where.
        workspace: Id,
    },
}

/// What is known about one user.
#[derive(Debug, Clone)]
pub(super) struct KnownUser {
    /// The provider and its id for the user; `None` until a session has shown them, where only the target knows what a
    /// credential means.
    pub(super) identity: Option<(String, String)>,
    pub(super) id: Option<Id>,
    pub(super) standing: ActiveWorkspace,
}

/// Everything that the target has shown so far.
#[derive(Debug, Clone, Default)]
pub struct Oracle {
    pub(super) capabilities: Capabilities,
    pub(super) users: Vec<KnownUser>,
    pub(super) workspaces: Vec<TrackedWorkspace>,
    pub(super) ambiguity: Option<(Ambiguity, User)>,
    pub(super) coverage: CoverageCounts,
    /// When the answer that is being judged came.
    pub(super) when: TimeSpan,
}

/// What a user may do in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// A member of a live workspace.
    Member(usize, Role),
    /// It was theirs and is deleted.
    Gone(usize),
    /// Unknown, or of other users.
    Hidden,
}

impl Oracle {
    /// An oracle for an unused target with these capabilities.
    #[must_use]
    pub fn new(capabilities: Capabilities) -> Self {
        Oracle { capabilities, ..Oracle::default() }
    }

    /// Adds a user. Their identity (a provider and its id for them) is given where the target has to show it unchanged:
    /// only for tokens that the suite minted does it know what the target has to make of them.
    pub fn add_user(&mut self, identity: Option<(&str, &str)>) -> User {
        let standing = ActiveWorkspace::newcomer();
        let identity = identity.map(|(provider, subject)| (provider.to_owned(), subject.to_owned()));
        self.users.push(KnownUser { identity, id: None, standing });
        self.users.len() - 1
    }

    /// Batches were pushed at the same instant.
    pub fn pushed_at_once(&mut self) {
        self.coverage.record(CoverageEvent::AtOnce);
    }

    /// The target was restarted on what it had stored: nothing that was acknowledged may differ
    /// (`durable.acknowledged-survives-kill`).
    pub fn restarted(&mut self) {
        self.coverage.record(CoverageEvent::Restart);
    }

    /// Sets when the answer that is judged next came.
    pub fn at(&mut self, when: TimeSpan) {
        self.when = when;
    }

    /// The target's id of that user, once they have logged in.
    #[must_use]
    pub fn id_of(&self, user: User) -> Option<&Id> {
        self.users.get(user)?.id.as_ref()
    }

    /// What has to be settled before the next request, and who can read it.
    #[must_use]
    pub fn ambiguity(&self) -> Option<&(Ambiguity, User)> {
        self.ambiguity.as_ref()
    }

    /// The situations so far.
    #[must_use]
    pub fn coverage(&self) -> &CoverageCounts {
        &self.coverage
    }

    /// Whether the user is a member and another workspace may be active: then they activate it before they sync there.
    #[must_use]
    pub fn needs_activation(&self, user: User, workspace: &Id) -> bool {
        matches!(self.access(user, workspace), Access::Member(..))
            && self.users.get(user).is_some_and(|known| !known.standing.is_in(workspace))
    }

    /// The head of a workspace, 0 for one that is not known.
    #[must_use]
    pub fn head(&self, workspace: &Id) -> u64 {
        self.place_of(workspace).map_or(0, |place| self.workspaces[place].log.head())
    }

    pub(super) fn has(&self, capability: Capability) -> bool {
        capability.is_met_by(&self.capabilities)
    }

    pub(super) fn place_of(&self, workspace: &Id) -> Option<usize> {
        self.workspaces.iter().position(|tracked| tracked.id == *workspace)
    }

    /// The role of the user in that workspace, if they are a member.
    #[must_use]
    pub fn role_in(&self, user: User, workspace: &Id) -> Option<Role> {
        if let Access::Member(_, role) = self.access(user, workspace) { Some(role) } else { None }
    }

    pub(super) fn access(&self, user: User, workspace: &Id) -> Access {
        let Some(place) = self.place_of(workspace) else { return Access::Hidden };
        let tracked = &self.workspaces[place];
        match tracked.members.get(&user) {
            Some(_) if tracked.is_deleted => Access::Gone(place),
            Some(role) => Access::Member(place, *role),
            None => Access::Hidden,
        }
    }

    /// The index of the workspace when the user is a member; otherwise the refusal is judged here. A request that is
    /// also invalid may be refused for that.
    pub(super) fn check_access<T>(
        &mut self,
        user: User,
        workspace: &Id,
        (is_wrong, message): (bool, &str),
        reply: &Reply<T>,
    ) -> Judged<Option<usize>> {
        let (requirement, message, statuses): (_, _, &[u16]) = match self.access(user, workspace) {
            Access::Member(place, _) => return Ok(Some(place)),
            Access::Gone(_) => {
                self.coverage.record(CoverageEvent::DeletedWorkspace);
                (CLOSED, SYNCS_IN_DELETED, &[403, 404, 410])
            }
            Access::Hidden => {
                self.coverage.record(CoverageEvent::Stranger);
                (self.stranger_rule(user, workspace, reply.status, "isolation.scope-checked"), message, &[403, 404])
            }
        };
        if !(is_wrong && reply.is(&[400])) {
            reply.expect(requirement, message, statuses)?;
        }
        Ok(None)
    }

    /// The live workspaces of a user.
    pub(super) fn homes(&self, user: User) -> Vec<Id> {
        let theirs =
            self.workspaces.iter().filter(|tracked| !tracked.is_deleted && tracked.members.contains_key(&user));
        theirs.map(|tracked| tracked.id.clone()).collect()
    }
}
