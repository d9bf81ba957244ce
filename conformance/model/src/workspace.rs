//! A workspace as the directory knows it: its name, its members, and whether it still lives.

use super::role::Role;
use std::collections::BTreeMap;

/// One membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// What they may do.
    pub role: Role,
    /// Since when, in seconds.
    pub since_s: u64,
}

/// One unit of tenancy.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Its id.
    pub id: String,
    /// Its name (`workspace.names-may-repeat`: nothing depends on it).
    pub name: String,
    /// Its description, if there is one.
    pub description: Option<String>,
    /// When it was made, in seconds.
    pub created_at_s: u64,
    /// Its place in the order of creation, which seconds are too coarse for (`workspace.list-order`).
    pub sequence: u64,
    /// Deleted workspaces keep their memberships, so everything that reads one has to ask.
    pub deleted: bool,
    /// The members, by user id: one membership a user (`member.add-twice`).
    pub members: BTreeMap<String, Member>,
}

impl Workspace {
    /// Whether it is there for anybody.
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
