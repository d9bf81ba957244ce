//! Which workspace a user has active, according to both the session and the list of workspaces.

use serde_json::{Value, json};

use super::expectation::unless_about;
use super::user::User;
use crate::client::Answer;
use syncproof_protocol::failure::Checked;
use syncproof_protocol::wire::{Id, Role, Session, Workspace};

/// A session, and the list that was read just after it. They agree: the session's workspace is in the list with the
/// same name and role, and no other entry is active.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// The session.
    pub session: Session,
    /// The list.
    pub list: Vec<Workspace>,
    /// The answer that contains the list.
    pub answer: Answer,
}

impl SessionView {
    /// The active workspace.
    #[must_use]
    pub fn workspace(&self) -> Option<&Id> {
        self.session.workspace.as_ref().map(|workspace| &workspace.id)
    }

    /// The entry of that workspace.
    #[must_use]
    pub fn entry(&self, workspace: &Id) -> Option<&Workspace> {
        self.list.iter().find(|entry| entry.id == *workspace)
    }

    /// The listed ids, in their order.
    #[must_use]
    pub fn ids(&self) -> Vec<Id> {
        self.list.iter().map(|entry| entry.id.clone()).collect()
    }

    /// Id, name, description and role of every entry: for comparing before and after.
    #[must_use]
    pub fn entries(&self) -> Vec<Value> {
        let entry = |entry: &Workspace| {
            let Workspace { id, name, description, role, .. } = entry;
            json!({"id": id, "name": name, "description": description, "role": role})
        };
        self.list.iter().map(entry).collect()
    }
}

/// The requirements that say which role a user has when it was given or changed just before.
const OF_ROLES: &[&str] = &[
    "member.role-change-at-once",
    "workspace.activate-switches-session",
    "workspace.create-makes-owner",
    "session.provisions-user",
];

impl User {
    /// Reads session and list, and checks that they agree.
    ///
    /// # Errors
    /// Fails that requirement when one of them cannot be read, and the requirement about their agreement when they disagree.
    pub async fn place(&self, requirement: &'static str) -> Checked<SessionView> {
        let (session, shown) = self.session(requirement).await?;
        let (list, answer) = self.workspaces(requirement).await?;
        let authentic = session.authenticated && session.user.id == self.id;
        shown.ensure(
            unless_about(&["session"], "session.stable", requirement),
            authentic,
            format!("the session of '{}' is not their own", self.identity.name),
            format!("authenticated: true, user {}", self.id),
            format!("authenticated: {}, user {}", session.authenticated, session.user.id),
        )?;
        let mut ids: Vec<String> = list.iter().map(|entry| entry.id.to_string()).collect();
        ids.sort_unstable();
        if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            let message = format!("the list of workspaces shows '{}' more than once", twice[0]);
            return Err(answer.fails("workspace.list-order", message, "each workspace once", answer.outcome()));
        }
        if session.workspace.as_ref().is_some_and(|workspace| self.had(&workspace.id)) {
            // Nothing is known about workspaces that a user of a fixed list had before.
            return Ok(SessionView { session, list, answer });
        }
        let active: Vec<&Workspace> = list.iter().filter(|entry| entry.is_active).collect();
        let listed: Vec<_> = active.iter().map(|entry| &entry.id).collect();
        let expected: Vec<_> = session.workspace.iter().map(|workspace| &workspace.id).collect();
        let missing = session.workspace.as_ref().filter(|active| !list.iter().any(|entry| entry.id == active.id));
        if let Some(missing) = missing
            && self.pull_unactivated(&missing.id, 0, 1).await.is_success()
        {
            let message = format!(
                "the list of '{}' leaves out their active workspace, although they can read it",
                self.identity.name
            );
            let expected = format!("an entry for {}", missing.id);
            return Err(answer.fails("workspace.list-order", message, expected, answer.outcome()));
        }
        let message = "the list marks another workspace as active than the session does";
        answer.equal("workspace.list-active", message, expected, listed)?;
        for (entry, workspace) in active.iter().zip(&session.workspace) {
            let message = "the session names the active workspace otherwise than the list";
            self.context().check_should(answer.equal("session.fresh-name", message, &entry.name, &workspace.name));
            let message = "the list and the session say different roles in the active workspace";
            answer.equal(
                unless_about(OF_ROLES, "member.roles", requirement),
                message,
                session.role,
                Some(entry.role),
            )?;
        }
        Ok(SessionView { session, list, answer })
    }

    /// Checks that session and list agree, and that that workspace is active with that role.
    ///
    /// # Errors
    /// Fails that requirement when another workspace is active, or the role differs.
    pub async fn is_active_in(&self, workspace: &Id, role: Role, requirement: &'static str) -> Checked<SessionView> {
        let place = self.place(requirement).await?;
        let message = format!("the session of '{}' shows another active workspace", self.identity.name);
        place.answer.equal(requirement, message, Some(workspace), place.workspace())?;
        let message = format!("the session of '{}' says another role in the active workspace", self.identity.name);
        // Whoever is an owner is it of a workspace of their own making, unless the case is about roles.
        let rule = if role == Role::Owner { "workspace.create-makes-owner" } else { "member.roles" };
        place.answer.equal(unless_about(OF_ROLES, rule, requirement), message, Some(role), place.session.role)?;
        Ok(place)
    }

    /// Checks that neither session nor list names one of those workspaces any more, and that one of the remaining ones is
    /// active, if there are any.
    ///
    /// # Errors
    /// Fails that requirement when they do not.
    pub async fn has_left(&self, gone: &[&Id], requirement: &'static str) -> Checked<SessionView> {
        let (session, shown) = self.session(requirement).await?;
        if let Some(workspace) = session.workspace.as_ref().filter(|workspace| gone.contains(&&workspace.id)) {
            let message =
                format!("the session of '{}' shows as active a workspace that they no longer have", self.identity.name);
            return Err(shown.fails(requirement, message, "another workspace", workspace.id.to_string()));
        }
        let place = self.place(requirement).await?;
        let named = place.workspace().into_iter().chain(place.list.iter().map(|entry| &entry.id));
        if let Some(named) = named.into_iter().find(|id| gone.contains(id)) {
            let message =
                format!("'{}' still has a workspace in the list that they no longer have", self.identity.name);
            return Err(place.answer.fails(requirement, message, "a list without it", named.to_string()));
        }
        place.answer.ensure(
            requirement,
            place.workspace().is_some() || place.list.is_empty(),
            format!("the session of '{}' shows no active workspace, although their list has some", self.identity.name),
            "one of them active",
            "workspace: null",
        )?;
        Ok(place)
    }
}
