//! A user of the target: sessions, workspaces and members. Syncing is in `sync.rs`.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::context::Context;
use super::endpoint_call::{member_path, members_path, workspace_path};
use super::setup::set_up;
use crate::client::{Answer, Client, Request, unless_related};
use crate::credential::Identity;
use crate::targets::{Hook, Hooks, Target};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint;
use syncproof_protocol::failure::{Checked, Failure, Stop};
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::{
    CreatedAnswer, Id, OkAnswer, Role, Session, SessionAnswer, Workspace, WorkspacesAnswer,
};

/// A logged-in user. Clones are the same user on the same connections.
#[derive(Debug, Clone)]
pub struct User {
    /// Their identity at the authentication provider.
    pub identity: Identity,
    /// Their id at the target.
    pub id: Id,
    /// Their default workspace.
    pub home: Id,
    client: Client,
    context: Context,
    /// Workspaces that a user of a fixed list had before the case. The case ignores them.
    background: Arc<Vec<Id>>,
    /// The active workspace as far as the suite knows, so that it can activate another one before it syncs there.
    active: Arc<Mutex<Option<Id>>>,
}

impl User {
    /// Logs in for the first time.
    ///
    /// # Errors
    /// Fails the setup when the login fails or gives no workspace.
    pub(super) async fn log_in(context: Context, identity: Identity, client: Client) -> Checked<Self> {
        const REQUIREMENT: &str = "session.provisions-user";
        let answer = client.send(Request::get(endpoint::SESSION.path)).await;
        let doing = || format!("logging in '{}' for the first time", identity.name);
        let session = set_up(answer.read::<SessionAnswer>(REQUIREMENT), doing)?.session;
        let place = session.and_then(|session| Some((session.user.id, session.workspace?.id)));
        let Some((id, home)) = place else {
            let expected = "a session with a user and a workspace";
            let message = "a first login gives no session with a workspace";
            return set_up(Err(answer.fails(REQUIREMENT, message, expected, answer.outcome())), doing);
        };
        let active = Arc::new(Mutex::new(Some(home.clone())));
        Ok(User { identity, id, home, client, context, background: Arc::default(), active })
    }

    /// Logs in a user of a fixed list, whom the target may know already, and creates a new home for them.
    ///
    /// # Errors
    /// Fails the setup when the login fails; skips the case when the target allows them no further workspace.
    pub(super) async fn log_in_again(context: Context, identity: Identity, client: Client) -> Checked<Self> {
        const REQUIREMENT: &str = "session.provisions-user";
        let answer = client.send(Request::get(endpoint::SESSION.path)).await;
        let doing = || format!("logging in '{}', a user of the list", identity.name);
        let Some(session) = set_up(answer.read::<SessionAnswer>(REQUIREMENT), doing)?.session else {
            let message = "the login of a user of the list gives no session";
            return set_up(Err(answer.fails(REQUIREMENT, message, "a session", answer.outcome())), doing);
        };
        let (home, active) = (Id::text(""), Arc::default());
        let mut user =
            User { identity, id: session.user.id, home, client, context, background: Arc::default(), active };
        let list = user.workspaces(REQUIREMENT).await;
        let (list, _) = set_up(list, || "listing the workspaces that a user of the list has".to_owned())?;
        let before: Vec<Id> = list.into_iter().map(|entry| entry.id).collect();
        user.context.restore_later(user.client.clone(), before.clone());
        user.background = Arc::new(before);
        user.home = user.new_workspace(&user.context.name("home")).await?;
        user.activate_ok(&user.home).await?;
        Ok(user)
    }

    /// Whether a user of a fixed list had that workspace before.
    pub(super) fn had(&self, workspace: &Id) -> bool {
        self.background.contains(workspace)
    }

    /// The same user on new connections.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn on_new_connections(&self) -> Checked<User> {
        let client = self.client.on_new_connections().map_err(Stop::Skipped)?;
        Ok(User { client, ..self.clone() })
    }

    /// The same user, whose requests have that header in place of others of its name.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> User {
        User { client: self.client.with_header(name, value), ..self.clone() }
    }

    /// The same user at a server with another address on the same store.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn at(&self, base: &str) -> Checked<User> {
        let client = self.client.at(base).map_err(Stop::Skipped)?;
        Ok(User { client, ..self.clone() })
    }

    /// The context that created the user.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The client with the user's credential.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A put of a valid payload into the record with that label. A notification is addressed to this user.
    #[must_use]
    pub fn put(&self, table: &str, label: &str) -> Op {
        self.put_exactly(table, &self.context.pk(label))
    }

    /// A delete of the record with that label.
    #[must_use]
    pub fn delete(&self, table: &str, label: &str) -> Op {
        Op::delete(table, &self.context.pk(label))
    }

    /// As [`User::put`], with exactly that pk: for cases about the text of pks.
    #[must_use]
    pub fn put_exactly(&self, table: &str, pk: &str) -> Op {
        Op::put(table, pk, &json!(self.id.to_string()))
    }

    /// Sends any request with the user's credential.
    pub async fn send(&self, request: Request) -> Answer {
        self.client.send(request).await
    }

    /// Sends any POST with the user's credential.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Request::post(path, body)).await
    }

    /// The current session, and the answer that contains it.
    ///
    /// # Errors
    /// Fails that requirement when there is no session.
    pub async fn session(&self, requirement: &'static str) -> Checked<(Session, Answer)> {
        let answer = self.send(Request::get(endpoint::SESSION.path)).await;
        let Some(session) = answer.read::<SessionAnswer>(requirement)?.session else {
            let message = format!("the session of '{}', who has logged in, is null", self.identity.name);
            return Err(answer.fails(
                unless_related("session.stable", requirement),
                message,
                "a session",
                answer.outcome(),
            ));
        };
        self.set_active(session.workspace.as_ref().map(|workspace| workspace.id.clone()));
        Ok((session, answer))
    }

    /// The list of workspaces without those that a user of a fixed list had before, and the answer that contains it.
    ///
    /// # Errors
    /// Fails that requirement when there is no list.
    pub async fn workspaces(&self, requirement: &'static str) -> Checked<(Vec<Workspace>, Answer)> {
        let answer = self.send(Request::get(endpoint::LIST_WORKSPACES.path)).await;
        let mut list = answer.read::<WorkspacesAnswer>(requirement)?.workspaces;
        list.retain(|entry| !self.had(&entry.id));
        Ok((list, answer))
    }

    /// Creates a workspace. A server may activate it at once, so the active workspace is unknown afterwards.
    pub async fn create(&self, body: &Value) -> Answer {
        let answer = self.post(endpoint::CREATE_WORKSPACE.path, body).await;
        if answer.is_success() {
            self.set_active(None);
        }
        answer
    }

    /// A new workspace of that name.
    ///
    /// # Errors
    /// Skips the case when the target limits workspaces; fails the setup when it cannot be created.
    pub async fn new_workspace(&self, name: &str) -> Checked<Id> {
        let answer = self.create(&json!({"name": name})).await;
        if answer.is(&[402, 403, 409, 422, 429]) {
            return Err(Stop::Skipped(format!("the target limits workspaces: {}", answer.outcome())));
        }
        let created = answer.read::<CreatedAnswer>("workspace.create-makes-owner");
        Ok(set_up(created, || format!("creating a workspace '{name}' beside the home"))?.id)
    }

    /// Changes a workspace's name and description.
    pub async fn rename(&self, workspace: &Id, body: &Value) -> Answer {
        self.send(Request::patch(workspace_path(workspace), body)).await
    }

    /// Changes a workspace's name and description.
    ///
    /// # Errors
    /// Fails that requirement when they cannot be changed.
    pub async fn rename_ok(&self, workspace: &Id, body: &Value, requirement: &'static str) -> Checked {
        self.rename(workspace, body).await.read::<OkAnswer>(requirement)?;
        Ok(())
    }

    /// Deletes a workspace.
    pub async fn delete_workspace(&self, workspace: &Id) -> Answer {
        self.send(Request::delete(workspace_path(workspace))).await
    }

    /// Deletes a workspace.
    ///
    /// # Errors
    /// Fails that requirement when it cannot be deleted.
    pub async fn delete_workspace_ok(&self, workspace: &Id, requirement: &'static str) -> Checked {
        self.delete_workspace(workspace).await.read::<OkAnswer>(requirement)?;
        Ok(())
    }

    /// Asks to activate a workspace.
    pub async fn activate(&self, workspace: &Id) -> Answer {
        let answer = self.post(endpoint::ACTIVATE.path, &json!({"id": workspace})).await;
        if answer.is_success() {
            self.set_active(Some(workspace.clone()));
        }
        answer
    }

    /// Activates a workspace.
    ///
    /// # Errors
    /// Fails the setup when it cannot be activated.
    pub async fn activate_ok(&self, workspace: &Id) -> Checked {
        let activated = self.activate(workspace).await.read::<OkAnswer>("workspace.activate-switches-session");
        set_up(activated, || format!("activating a workspace of '{}'", self.identity.name)).map(drop)
    }

    /// Activates the workspace unless it is active already, as far as the suite knows.
    pub(super) async fn activate_unless_active(&self, workspace: &Id) -> Checked {
        let is_active = self.active.lock().unwrap_or_else(PoisonError::into_inner).as_ref() == Some(workspace);
        if is_active { Ok(()) } else { self.activate_ok(workspace).await }
    }

    fn set_active(&self, workspace: Option<Id>) {
        *self.active.lock().unwrap_or_else(PoisonError::into_inner) = workspace;
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

    /// Changes a member's role, through the hook `set_role` where the target has no endpoint for it.
    ///
    /// # Errors
    /// Fails that requirement when it cannot be changed.
    pub async fn set_role_ok(&self, workspace: &Id, user: &Id, role: &str, requirement: &'static str) -> Checked {
        if !self.context.has(Capability::Members) {
            return by_hook(self.context.target(), "set_role", |hooks| &hooks.set_role, (workspace, user, role)).await;
        }
        self.set_role(workspace, user, role).await.read::<OkAnswer>(requirement)?;
        Ok(())
    }

    /// Asks to remove a member.
    pub async fn remove_member(&self, workspace: &Id, user: &Id) -> Answer {
        self.send(Request::delete(member_path(workspace, user))).await
    }

    /// Removes a member, through the hook `remove_member` where the target has no endpoint for it.
    ///
    /// # Errors
    /// Fails that requirement when they cannot be removed.
    pub async fn remove_member_ok(&self, workspace: &Id, user: &Id, requirement: &'static str) -> Checked {
        if !self.context.has(Capability::Members) {
            return by_hook(
                self.context.target(),
                "remove_member",
                |hooks| &hooks.remove_member,
                (workspace, user, ""),
            )
            .await;
        }
        self.remove_member(workspace, user).await.read::<OkAnswer>(requirement)?;
        Ok(())
    }

    /// A new user who is made a member.
    ///
    /// # Errors
    /// As [`Context::user`] and [`User::invite`].
    pub async fn new_member(&self, workspace: &Id, label: &str, role: Role) -> Checked<User> {
        let user = self.context.user(label).await?;
        self.invite(workspace, &user, role).await?;
        Ok(user)
    }

    /// Adds a member, through the hook `add_member` where the target has no endpoint for it. A server may activate the
    /// workspace for them at once, so their active workspace is unknown afterwards.
    ///
    /// # Errors
    /// Fails the setup when they cannot be added.
    pub async fn invite(&self, workspace: &Id, user: &User, role: Role) -> Checked {
        if !self.context.has(Capability::Members) {
            let added = (workspace, &user.id, role.name());
            by_hook(self.context.target(), "add_member", |hooks| &hooks.add_member, added).await?;
            user.set_active(None);
            return Ok(());
        }
        let answer = self.add_member(workspace, &user.id, role.name()).await;
        if answer.is(&[403, 404]) {
            self.owns(workspace).await?;
        }
        let added = answer.read::<OkAnswer>("member.owner-manages");
        set_up(added, || format!("adding '{}' as {}", user.identity.name, role.name()))?;
        user.set_active(None);
        Ok(())
    }

    /// Checks that the list shows this user as the owner of a workspace that they have made.
    async fn owns(&self, workspace: &Id) -> Checked {
        const MAKES_OWNER: &str = "workspace.create-makes-owner";
        let (list, answer) = self.workspaces(MAKES_OWNER).await?;
        let role = list.iter().find(|entry| entry.id == *workspace).map(|entry| entry.role);
        let message = "the list shows another role than owner for the user who created a workspace";
        let owned = answer.ensure(
            MAKES_OWNER,
            role.is_none_or(|role| role == Role::Owner),
            message,
            "owner",
            format!("{role:?}"),
        );
        set_up(owned, || "adding a member to a workspace of one's own".to_owned())
    }
}

/// Changes a membership by that hook of the operator.
async fn by_hook(
    target: &Target,
    name: &str,
    hook: impl Fn(&Hooks) -> &Option<Hook>,
    (workspace, user, role): (&Id, &Id, &str),
) -> Checked {
    let Some(hook) = hook(&target.controls.hooks) else {
        return Err(Stop::Skipped(format!("members cannot be changed: there is no endpoint and no hook `{name}`")));
    };
    let (workspace, user, database) = (workspace.to_string(), user.to_string(), target.database());
    let values = [("workspace", workspace.as_str()), ("user", &user), ("role", role), ("database", database.as_str())];
    let done = hook.run(&values).await.map_err(|reason| {
        let expected = format!("a hook {name} that ends with status 0");
        Failure::new("member.owner-manages", "the hook cannot change a membership", expected, reason).into()
    });
    set_up(done.map(drop), || format!("changing a membership with the hook {name}"))
}
