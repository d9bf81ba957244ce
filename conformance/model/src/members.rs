//! Members: adding, changing and removing them.

use super::directory::Directory;
use super::directory::allowed;
use super::identity::Profile;
use super::refusal::Refusal;
use super::role::Role;
use super::rules::TenancyRules;
use super::workspace::{Member, Workspace};

/// One entry in the list of members.
#[derive(Clone, Debug)]
pub struct MemberEntry<'a> {
    /// The user's id.
    pub user_id: &'a str,
    /// The membership.
    pub member: &'a Member,
    /// What is known about the user.
    pub profile: Option<&'a Profile>,
}

impl<R: TenancyRules> Directory<R> {
    /// The members of a workspace, which every member may read.
    ///
    /// # Errors
    /// The workspace is out of reach.
    pub fn members(&self, user: &str, id: &str) -> Result<Vec<MemberEntry<'_>>, Refusal> {
        self.role(user, id)?;
        let workspace = self.workspace(id).ok_or(Refusal::NotFound)?;
        let entry =
            |(user_id, member)| MemberEntry { user_id, member, profile: self.user(user_id).map(|user| &user.profile) };
        Ok(workspace.members.iter().map(|(user_id, member)| entry((user_id.as_str(), member))).collect())
    }

    /// Adds a user (`member.owner-manages`, `member.unknown-user`). Adding a member again with the same role changes nothing
    /// (`member.add-twice`).
    ///
    /// # Errors
    /// Out of reach, not an owner, an unknown user, or a member already in another role.
    pub fn add_member(&mut self, actor: &str, id: &str, user: &str, role: Role, now_s: u64) -> Result<(), Refusal> {
        self.managed(actor, id)?;
        if !self.users.contains_key(user) {
            return Err(Refusal::NotFound);
        }
        let workspace = self.managed(actor, id)?;
        match workspace.role_of(user) {
            Some(held) if held != role => Err(Refusal::AlreadyMember),
            Some(_) => Ok(()),
            None => {
                workspace.members.insert(user.to_owned(), Member { role, since_s: now_s });
                Ok(())
            }
        }
    }

    /// Changes the role of a member, which applies from the next request on (`member.role-change-at-once`).
    ///
    /// # Errors
    /// Out of reach, not an owner, no such member, or the last owner (`member.last-owner`).
    pub fn change_role(&mut self, actor: &str, id: &str, user: &str, role: Role) -> Result<(), Refusal> {
        let guarded = self.rules.keeps_last_owner(true);
        let workspace = self.managed(actor, id)?;
        if guarded && role != Role::Owner && workspace.is_last_owner(user) {
            return Err(Refusal::LastOwner);
        }
        workspace.members.get_mut(user).ok_or(Refusal::NotFound)?.role = role;
        Ok(())
    }

    /// Removes a member and re-homes them if the workspace was active for them (`member.removed-at-once`). Members may remove
    /// themselves (`member.leave`).
    ///
    /// # Errors
    /// Out of reach, not an owner, no such member, or the last owner (`member.last-owner`).
    pub fn remove_member(&mut self, actor: &str, id: &str, user: &str) -> Result<(), Refusal> {
        let guarded = self.rules.keeps_last_owner(false);
        let role = self.role(actor, id)?;
        allowed((actor == user && self.rules.may_leave()) || self.rules.may_manage(role))?;
        let workspace = self.workspaces.get_mut(id).ok_or(Refusal::NotFound)?;
        if guarded && workspace.is_last_owner(user) {
            return Err(Refusal::LastOwner);
        }
        workspace.members.remove(user).ok_or(Refusal::NotFound)?;
        let was_active = self.user(user).is_some_and(|user| user.active.as_deref() == Some(id));
        if was_active && self.rules.rehomes_removed() {
            self.rehome(user);
        }
        Ok(())
    }

    /// The workspace, if the actor may manage its members (`member.owner-manages`).
    fn managed(&mut self, actor: &str, id: &str) -> Result<&mut Workspace, Refusal> {
        let role = self.role(actor, id)?;
        allowed(self.rules.may_manage(role))?;
        self.workspaces.get_mut(id).ok_or(Refusal::NotFound)
    }
}
