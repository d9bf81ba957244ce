//! A workspace in the directory: its name, its members, and whether it is deleted.

use super::role::Role;
use std::collections::BTreeMap;

/// One membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The role of the member.
    pub role: Role,
    /// Since when, in seconds.
    pub since_s: u64,
}

/// A workspace, the unit of tenancy.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Its id.
    pub id: String,
    /// Its name (`workspace.names-may-repeat`: nothing depends on it).
    pub name: String,
    /// Its description, if there is one.
    pub description: Option<String>,
    /// When it was created, in seconds.
    pub created_at_s: u64,
    /// Its place in the order of creation, for which seconds are too coarse (`workspace.list-order`).
    pub sequence: u64,
    /// Whether it is deleted. Deleted workspaces keep their memberships, so every reader must check this.
    pub deleted: bool,
    /// The members by user id, one membership for each user (`member.add-twice`).
    pub members: BTreeMap<String, Member>,
}

impl Workspace {
    /// Whether it is not deleted.
    pub fn is_live(&self) -> bool {
        !self.deleted
    }

    /// The role of a user in it.
    pub fn role_of(&self, user_id: &str) -> Option<Role> {
        self.members.get(user_id).map(|member| member.role)
    }

    /// Whether this user is an owner, and the only one (`member.last-owner`).
    pub fn is_last_owner(&self, user_id: &str) -> bool {
        let mut owners = self.members.iter().filter(|(_, member)| member.role == Role::Owner);
        owners.next().is_some_and(|(id, _)| id == user_id) && owners.next().is_none()
    }
}
