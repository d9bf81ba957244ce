//! The directory: users, their workspaces, and the active workspace of each user.

use super::identity::{Identity, Profile};
use super::refusal::Refusal;
use super::role::Role;
use super::rules::{Protocol, TenancyRules};
use super::workspace::{Member, Workspace};
use std::collections::{BTreeMap, HashMap};

/// The name of the default workspace of a new user.
const DEFAULT_NAME: &str = "My Workspace";

/// A user as the server knows them.
#[derive(Clone, Debug)]
pub struct User {
    /// The server's id.
    pub id: String,
    /// The identity of the user.
    pub identity: Identity,
    /// What the provider said at the first login.
    pub profile: Profile,
    /// The active workspace; None when the last one was deleted (`workspace.delete-last`).
    pub active: Option<String>,
}

/// Ids for what a call may create. The caller chooses them at random (`workspace.ids-unguessable`).
#[derive(Clone, Debug)]
pub struct FreshIds {
    /// For a user.
    pub user: String,
    /// For a workspace.
    pub workspace: String,
}

/// One entry in the list of workspaces of a user.
#[derive(Clone, Debug)]
pub struct ListEntry<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// The user's role in it.
    pub role: Role,
    /// Whether it is the active workspace (`workspace.list-active`).
    pub is_active: bool,
}

/// All users and workspaces, with these rules.
#[derive(Clone, Debug, Default)]
pub struct Directory<R = Protocol> {
    pub(super) rules: R,
    pub(super) users: BTreeMap<String, User>,
    by_identity: HashMap<Identity, String>,
    pub(super) workspaces: BTreeMap<String, Workspace>,
    created: u64,
}

impl<R: TenancyRules> Directory<R> {
    /// An empty directory with these rules.
    pub fn by(rules: R) -> Self {
        Self { rules, users: BTreeMap::new(), by_identity: HashMap::new(), workspaces: BTreeMap::new(), created: 0 }
    }

    /// The user of an identity, if there is one.
    pub fn known(&self, identity: &Identity) -> Option<&User> {
        let id = self.by_identity.get(&self.rules.identity(identity))?;
        self.users.get(id)
    }

    /// The user with this id.
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.get(id)
    }

    /// The workspace with this id, even if it is deleted.
    pub fn workspace(&self, id: &str) -> Option<&Workspace> {
        self.workspaces.get(id)
    }

    /// The id of the user of an identity. At the first request the user is created, with a default workspace that they own
    /// (`session.provisions-user`, `session.stable`).
    pub fn provision(&mut self, identity: &Identity, profile: &Profile, fresh: FreshIds, now_s: u64) -> String {
        match self.known(identity) {
            Some(user) => user.id.clone(),
            None => self.enrol(identity, profile, fresh, now_s),
        }
    }

    /// Creates a user without checking whether they exist: the second half of [`Directory::provision`].
    pub fn enrol(&mut self, identity: &Identity, profile: &Profile, fresh: FreshIds, now_s: u64) -> String {
        let user = User {
            id: fresh.user.clone(),
            identity: identity.clone(),
            profile: profile.clone(),
            active: Some(fresh.workspace.clone()),
        };
        self.by_identity.insert(self.rules.identity(identity), fresh.user.clone());
        self.users.insert(fresh.user.clone(), user);
        self.create(&fresh.user, fresh.workspace, DEFAULT_NAME.to_owned(), None, now_s);
        fresh.user
    }

    /// Creates a workspace that the user owns (`workspace.create-makes-owner`). The active workspace stays the same.
    pub fn create(&mut self, user: &str, id: String, name: String, description: Option<String>, now_s: u64) {
        self.created += 1;
        let owner = Member { role: Role::Owner, since_s: now_s };
        let workspace = Workspace {
            id: id.clone(),
            name,
            description,
            created_at_s: now_s,
            sequence: self.created,
            deleted: false,
            members: BTreeMap::from([(user.to_owned(), owner)]),
        };
        self.workspaces.insert(id, workspace);
    }

    /// The user's workspaces, newest first (`workspace.list-order`).
    pub fn list(&self, user: &str) -> Vec<ListEntry<'_>> {
        let active = self.users.get(user).and_then(|user| user.active.as_deref());
        let mut entries: Vec<ListEntry<'_>> = self
            .workspaces
            .values()
            .filter(|workspace| self.rules.lists(workspace))
            .filter_map(|workspace| {
                let role = workspace.role_of(user)?;
                Some(ListEntry { workspace, role, is_active: active == Some(workspace.id.as_str()) })
            })
            .collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.workspace.sequence));
        entries
    }

    /// The user's role in a workspace. All that they cannot reach are refused in the same way (`workspace.stranger`).
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown workspace, a deleted one, and one of others.
    pub fn role(&self, user: &str, workspace: &str) -> Result<Role, Refusal> {
        self.workspaces
            .get(workspace)
            .filter(|workspace| self.rules.opens(workspace))
            .and_then(|workspace| workspace.role_of(user))
            .ok_or(Refusal::NotFound)
    }

    /// As [`Directory::role`], for a write (`member.roles`).
    ///
    /// # Errors
    /// As [`Directory::role`], and [`Refusal::Forbidden`] for a viewer.
    pub fn writer(&self, user: &str, workspace: &str) -> Result<(), Refusal> {
        let role = self.role(user, workspace)?;
        allowed(self.rules.may_push(role))
    }

    /// Renames a workspace (`workspace.rename`). A description that is not given stays.
    ///
    /// # Errors
    /// Out of reach, or a viewer.
    pub fn rename(
        &mut self,
        user: &str,
        id: &str,
        name: String,
        description: Option<Option<String>>,
    ) -> Result<(), Refusal> {
        let role = self.role(user, id)?;
        allowed(self.rules.may_rename(role))?;
        let workspace = self.workspaces.get_mut(id).ok_or(Refusal::NotFound)?;
        workspace.name = name;
        workspace.description = description.unwrap_or_else(|| workspace.description.take());
        Ok(())
    }

    /// Activates a workspace for the user (`workspace.activate-switches-session`), if it is theirs and not deleted
    /// (`workspace.activate-stranger`, `workspace.activate-deleted`).
    ///
    /// # Errors
    /// Out of reach; the active workspace stays the same.
    pub fn activate(&mut self, user: &str, id: &str) -> Result<(), Refusal> {
        self.may_activate(user, id)?;
        self.stand(user, id);
        Ok(())
    }

    /// Whether the user may activate the workspace: the first half of [`Directory::activate`].
    ///
    /// # Errors
    /// Out of reach.
    pub fn may_activate(&self, user: &str, id: &str) -> Result<(), Refusal> {
        let workspace = self.workspaces.get(id).ok_or(Refusal::NotFound)?;
        let role = workspace.role_of(user).ok_or(Refusal::NotFound)?;
        self.rules.admits_session(workspace, role).then_some(()).ok_or(Refusal::NotFound)
    }

    /// Activates the workspace without a check: the second half of [`Directory::activate`].
    pub fn stand(&mut self, user: &str, id: &str) {
        if let Some(user) = self.users.get_mut(user) {
            user.active = Some(id.to_owned());
        }
    }

    /// Deletes a workspace and re-homes every member who had it active, in one step (`workspace.delete-owner-only`,
    /// `workspace.delete-rehomes-all`, `workspace.delete-leaves-others`, `workspace.delete-atomic`).
    ///
    /// # Errors
    /// Out of reach (a second deletion too: `workspace.delete-twice`), or not the owner.
    pub fn delete(&mut self, actor: &str, id: &str) -> Result<(), Refusal> {
        let role = self.role(actor, id)?;
        allowed(self.rules.may_delete(role))?;
        let workspace = self.workspaces.get_mut(id).ok_or(Refusal::NotFound)?;
        workspace.deleted = true;
        let members: Vec<String> = workspace.members.keys().cloned().collect();
        for member in members {
            let is_active = self.users.get(&member).is_some_and(|user| user.active.as_deref() == Some(id));
            if self.rules.rehomes(is_active, member == actor) {
                self.rehome(&member);
            }
        }
        Ok(())
    }

    /// Activates the newest of the remaining workspaces of a user, or none (`workspace.delete-last`).
    pub(super) fn rehome(&mut self, user: &str) {
        let home = self
            .workspaces
            .values()
            .filter(|workspace| self.rules.is_home(workspace) && workspace.role_of(user).is_some())
            .max_by_key(|workspace| workspace.sequence)
            .map(|workspace| workspace.id.clone());
        if let Some(user) = self.users.get_mut(user) {
            user.active = home;
        }
    }
}

/// Refuses a member whose role is not sufficient.
pub(super) fn allowed(yes: bool) -> Result<(), Refusal> {
    yes.then_some(()).ok_or(Refusal::Forbidden)
}

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;
