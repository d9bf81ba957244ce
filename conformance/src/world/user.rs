//! A user of the target: sessions, workspaces and members. Syncing is in `sync.rs`.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::Context;
use crate::client::{Answer, Client, Request};
use crate::credential::Identity;
use crate::failure::{Checked, Setup as _, Stop};
use crate::op::Op;
use crate::wire::{CreatedAnswer, Id, OkAnswer, Role, Session, SessionAnswer, Workspace, WorkspacesAnswer};

/// A logged-in user. Clones are the same user on the same connections.
#[derive(Debug, Clone)]
pub struct User {
    /// Who they are to the provider.
    pub identity: Identity,
    /// Who they are to the target.
    pub id: Id,
    /// Their default workspace.
    pub home: Id,
    client: Client,
    context: Context,
    /// Where the suite last left the session, so that it activates a workspace before it syncs there.
    standing: Arc<Mutex<Option<Id>>>,
}

impl User {
    /// Logs in for the first time.
    ///
    /// # Errors
    /// Fails the setup when the login fails or gives no workspace.
    pub(super) async fn log_in(context: Context, identity: Identity, client: Client) -> Checked<Self> {
        const REQUIREMENT: &str = "session.provisions-user";
        let answer = client.send(Request::get("/api/auth/session")).await;
        let session = answer.read::<SessionAnswer>(REQUIREMENT).in_setup()?.session;
        let place = session.and_then(|session| Some((session.user.id, session.workspace?.id)));
        let Some((id, home)) = place else {
            let expected = "a session with a user and a workspace";
            return Err(answer.fails(REQUIREMENT, "a first login gives no session", expected, answer.outcome()))
                .in_setup();
        };
        let standing = Arc::new(Mutex::new(Some(home.clone())));
        Ok(User { identity, id, home, client, context, standing })
    }

    /// The same user on connections that nobody else uses.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn on_new_connections(&self) -> Checked<User> {
        let client = self.client.on_new_connections().map_err(Stop::Skipped)?;
        Ok(User { client, ..self.clone() })
    }

    /// The same user at a server that runs at another address, on the same store.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn at(&self, base: &str) -> Checked<User> {
        let client = self.client.at(base).map_err(Stop::Skipped)?;
        Ok(User { client, ..self.clone() })
    }

    /// The context that the user was invented in.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The client with the user's credential.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A put of a valid payload; a notification is for this user.
    #[must_use]
    pub fn put(&self, table: &str, pk: &str) -> Op {
        Op::put(table, pk, &json!(self.id.to_string()))
    }

    /// A delete.
    #[must_use]
    pub fn delete(&self, table: &str, pk: &str) -> Op {
        Op::delete(table, pk)
    }

    /// Any request with the user's credential.
    pub async fn send(&self, request: Request) -> Answer {
        self.client.send(request).await
    }

    /// Any POST with the user's credential.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Request::post(path, body)).await
    }

    /// The session as it is now, with the answer that shows it.
    ///
    /// # Errors
    /// Fails that requirement when there is no session.
    pub async fn session(&self, requirement: &'static str) -> Checked<(Session, Answer)> {
        let answer = self.send(Request::get("/api/auth/session")).await;
        let Some(session) = answer.read::<SessionAnswer>(requirement)?.session else {
            return Err(answer.fails(requirement, "the session is gone", "a session", answer.outcome()));
        };
        self.stands_in(session.workspace.as_ref().map(|workspace| workspace.id.clone()));
        Ok((session, answer))
    }

    /// The list of workspaces, with the answer that shows it.
    ///
    /// # Errors
    /// Fails that requirement when there is no list.
    pub async fn workspaces(&self, requirement: &'static str) -> Checked<(Vec<Workspace>, Answer)> {
        let answer = self.send(Request::get("/api/workspaces")).await;
        Ok((answer.read::<WorkspacesAnswer>(requirement)?.workspaces, answer))
    }

    /// Creates a workspace. A server may activate it at once, so where the session stands is open afterwards.
    pub async fn create(&self, body: &Value) -> Answer {
        let answer = self.post("/api/workspaces", body).await;
        if answer.is_success() {
            self.stands_in(None);
        }
        answer
    }

    /// A new workspace of that name.
    ///
    /// # Errors
    /// Skips the case when the target lets a user have no more; fails the setup when it cannot be created.
    pub async fn new_workspace(&self, name: &str) -> Checked<Id> {
        let answer = self.create(&json!({"name": name})).await;
        if answer.is(&[402, 403, 409, 422, 429]) {
            return Err(Stop::Skipped(format!("the target limits workspaces: {}", answer.outcome())));
        }
        Ok(answer.read::<CreatedAnswer>("workspace.create-makes-owner").in_setup()?.id)
    }

    /// Changes a workspace's name and description.
    pub async fn rename(&self, workspace: &Id, body: &Value) -> Answer {
        self.send(Request::patch(workspace_path(workspace), body)).await
    }

    /// Deletes a workspace.
    pub async fn delete_workspace(&self, workspace: &Id) -> Answer {
        self.send(Request::delete(workspace_path(workspace))).await
    }

    /// Deletes a workspace.
    ///
    /// # Errors
    /// Fails that requirement when it cannot be deleted.
    pub async fn deletes(&self, workspace: &Id, requirement: &'static str) -> Checked {
        self.delete_workspace(workspace).await.read::<OkAnswer>(requirement)?;
        Ok(())
    }

    /// Asks to activate a workspace.
    pub async fn activate(&self, workspace: &Id) -> Answer {
        let answer = self.post("/api/workspaces/active", &json!({"id": workspace})).await;
        if answer.is_success() {
            self.stands_in(Some(workspace.clone()));
        }
        answer
    }

    /// Activates a workspace.
    ///
    /// # Errors
    /// Fails the setup when it cannot be activated.
    pub async fn enter(&self, workspace: &Id) -> Checked {
        self.activate(workspace).await.read::<OkAnswer>("workspace.activate-switches-session").in_setup()?;
        Ok(())
    }

    /// Activates the workspace unless the session stands there already, as far as the suite knows.
    pub(super) async fn enter_if_elsewhere(&self, workspace: &Id) -> Checked {
        let there = self.standing.lock().unwrap_or_else(PoisonError::into_inner).as_ref() == Some(workspace);
        if there { Ok(()) } else { self.enter(workspace).await }
    }

    fn stands_in(&self, workspace: Option<Id>) {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = workspace;
    }

    /// Asks for the members of a workspace.
    pub async fn members(&self, workspace: &Id) -> Answer {
        self.send(Request::get(members_path(workspace))).await
    }

    /// Asks to add a member. `role` is text, so that a case may ask for one that does not exist.
    pub async fn add_member(&self, workspace: &Id, user: &Id, role: &str) -> Answer {
        self.post(&members_path(workspace), &json!({"userId": user, "role": role})).await
    }

    /// Asks to change a member's role.
    pub async fn set_role(&self, workspace: &Id, user: &Id, role: &str) -> Answer {
        self.send(Request::patch(member_path(workspace, user), &json!({"role": role}))).await
    }

    /// Asks to remove a member.
    pub async fn remove_member(&self, workspace: &Id, user: &Id) -> Answer {
        self.send(Request::delete(member_path(workspace, user))).await
    }

    /// Adds a member. A server may bring their session there at once, so where it stands is open afterwards.
    ///
    /// # Errors
    /// Fails the setup when they cannot be added.
    pub async fn invite(&self, workspace: &Id, user: &User, role: Role) -> Checked {
        let answer = self.add_member(workspace, &user.id, role.name()).await;
        answer.read::<OkAnswer>("member.owner-manages").in_setup()?;
        user.stands_in(None);
        Ok(())
    }
}

/// Path of a workspace.
#[must_use]
pub fn workspace_path(workspace: &Id) -> String {
    format!("/api/workspaces/{}", segment(workspace))
}

/// Path of a workspace's members.
#[must_use]
pub fn members_path(workspace: &Id) -> String {
    format!("{}/members", workspace_path(workspace))
}

/// Path of one member of a workspace.
#[must_use]
pub fn member_path(workspace: &Id, user: &Id) -> String {
    format!("{}/{}", members_path(workspace), segment(user))
}

/// An id as one segment of a path (RFC 3986, section 3.3): all but unreserved characters percent-encoded.
fn segment(id: &Id) -> String {
    let mut segment = String::new();
    for byte in id.to_string().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    segment
}
