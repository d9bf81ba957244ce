//! Which workspace a user has active, according to both the session and the list of workspaces.

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
    pub fn entries(&self) -> Vec<(Id, String, Option<String>, Role)> {
        let entry = |entry: &Workspace| (entry.id.clone(), entry.name.clone(), entry.description.clone(), entry.role);
        self.list.iter().map(entry).collect()
    }
}

impl User {
    /// Reads session and list, and checks that they agree.
    ///
    /// # Errors
    /// Fails that requirement when one of them cannot be read or when they disagree.
    pub async fn place(&self, requirement: &'static str) -> Checked<SessionView> {
        let (session, shown) = self.session(requirement).await?;
        let (list, answer) = self.workspaces(requirement).await?;
        let authentic = session.authenticated && session.user.id == self.id;
        shown.ensure(
            requirement,
            authentic,
            "the session is not the user's own",
            format!("authenticated: true, user {}", self.id),
            format!("authenticated: {}, user {}", session.authenticated, session.user.id),
        )?;
        let mut ids: Vec<String> = list.iter().map(|entry| entry.id.to_string()).collect();
        ids.sort_unstable();
        if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            let message = "the list shows a workspace more than once";
            return Err(answer.fails(requirement, message, "each once", twice[0].clone()));
        }
        if session.workspace.as_ref().is_some_and(|workspace| self.had(&workspace.id)) {
            // Nothing is known about workspaces that a user of a fixed list had before.
            return Ok(SessionView { session, list, answer });
        }
        let active: Vec<&Workspace> = list.iter().filter(|entry| entry.is_active).collect();
        let listed: Vec<_> = active.iter().map(|entry| (&entry.id, &entry.name, Some(entry.role))).collect();
        let expected: Vec<_> =
            session.workspace.iter().map(|workspace| (&workspace.id, &workspace.name, session.role)).collect();
        let message = "the active entries of the list are not the session's workspace, with its name and role";
        answer.equal(requirement, message, &expected, &listed)?;
        Ok(SessionView { session, list, answer })
    }

    /// Checks that session and list agree, and that that workspace is active with that role.
    ///
    /// # Errors
    /// Fails that requirement when another workspace is active, or the role differs.
    pub async fn is_active_in(&self, workspace: &Id, role: Role, requirement: &'static str) -> Checked<SessionView> {
        let place = self.place(requirement).await?;
        let actual = (place.workspace(), place.session.role);
        let message = "the active workspace of the user is not the expected one";
        place.answer.equal(requirement, message, (Some(workspace), Some(role)), actual)?;
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
            let message = "the active workspace is one that the user no longer has";
            return Err(shown.fails(requirement, message, "another workspace", workspace.id.to_string()));
        }
        let place = self.place(requirement).await?;
        let named = place.workspace().into_iter().chain(place.list.iter().map(|entry| &entry.id));
        if let Some(named) = named.into_iter().find(|id| gone.contains(id)) {
            let message = "session or list names a workspace that the user no longer has";
            return Err(place.answer.fails(requirement, message, "neither names it", named.to_string()));
        }
        place.answer.ensure(
            requirement,
            place.workspace().is_some() || place.list.is_empty(),
            "no workspace is active, although the list has some",
            "one of them active",
            "workspace: null",
        )?;
        Ok(place)
    }
}
