//! The team of a round: users with a workspace that they share, and one that they do not.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::caller::{Caller, Instances};
use crate::tape::Tape;
use crate::transit::Transit;
use syncproof_campaign::TargetHandle;
use syncproof_harness::client::{Client, Request};
use syncproof_harness::credential::{Identity, UserLease};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint::{self, Endpoint};
use syncproof_protocol::op::Op;
use syncproof_protocol::simulation;
use syncproof_protocol::wire::Id;

/// How often a user tries to come in.
const ATTEMPTS: u32 = 100;
/// The pause before the next attempt.
const BETWEEN: Duration = Duration::from_millis(20);

/// A user who is logged in.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// Their first client.
    pub(crate) caller: Caller,
    /// The server's id of them.
    pub(crate) id: Id,
    /// The workspace that they were given.
    pub(crate) home: Id,
}

/// Makes users and their clients.
#[derive(Debug)]
pub(crate) struct Door<'t> {
    handle: &'t TargetHandle,
    client: Client,
    tape: Arc<Tape>,
    instances: Arc<Instances>,
    transit: Transit,
    /// No two rounds have a user in common.
    key: String,
}

impl<'t> Door<'t> {
    /// The door to a target.
    pub(crate) fn new(
        handle: &'t TargetHandle,
        client: Client,
        tape: &Arc<Tape>,
        instances: Vec<String>,
        transit: Transit,
    ) -> Self {
        let instances = Arc::new(Instances { bases: instances, ..Instances::default() });
        Door {
            handle,
            client,
            tape: Arc::clone(tape),
            instances,
            transit,
            key: simulation::uuid().simple().to_string(),
        }
    }

    /// Whether the target is reached over sockets.
    pub(crate) fn is_over_sockets(&self) -> bool {
        self.handle.run().is_some()
    }

    /// Whether the target has it.
    pub(crate) fn has(&self, capability: Capability) -> bool {
        capability.is_met_by(self.handle.capabilities())
    }

    /// A client of a user whom the server has not seen yet.
    ///
    /// # Errors
    /// When there is no credential for them.
    pub(crate) async fn newcomer(&self, label: &str) -> Result<Caller, String> {
        let credentials = self.handle.credentials();
        let subject = format!("{label}-{}", self.key);
        let provider = credentials.provider().to_owned();
        let identity = Identity { provider, email: format!("{subject}@example.test"), name: label.to_owned(), subject };
        let login = credentials.issue(&identity, &UserLease::default()).await.map_err(|error| error.to_string())?;
        let user: Arc<str> = login.identity.subject.as_str().into();
        let client = self.client.with_credential(&user, &login.headers);
        Ok(Caller::new(label.to_owned(), &user, client, &self.tape, (&self.instances, self.transit)))
    }

    /// A user with a session.
    ///
    /// # Errors
    /// When they cannot log in, or have no workspace.
    pub(crate) async fn person(&self, label: &str) -> Result<Person, String> {
        let caller = self.newcomer(label).await?;
        let mut session = None;
        // On a bad network an answer may be lost, and a server may be about to start again.
        for _ in 0..ATTEMPTS {
            session = caller.session().await.and_then(|answer| answer.session);
            if session.is_some() {
                break;
            }
            tokio::time::sleep(BETWEEN).await;
        }
        let session = session.ok_or_else(|| format!("{label} gets no session"))?;
        let home = session.workspace.ok_or_else(|| format!("{label} has no workspace"))?;
        Ok(Person { caller, id: session.user.id, home: home.id })
    }

    /// A user who stands in the home of another, with that role. Where members cannot be added, that other user on another
    /// device.
    ///
    /// # Errors
    /// When they cannot log in.
    pub(crate) async fn member_of(&self, owner: &Person, role: &str) -> Result<Person, String> {
        if !self.has(Capability::Members) {
            return Ok(Person { caller: owner.caller.beside(role), ..owner.clone() });
        }
        let person = self.person(role).await?;
        for _ in 0..ATTEMPTS {
            owner.add(&owner.home, &person.id, role).await;
            person.activate(&owner.home).await;
            let session = person.caller.session().await.and_then(|answer| answer.session);
            if session.and_then(|session| session.workspace).is_some_and(|workspace| workspace.id == owner.home) {
                break;
            }
            tokio::time::sleep(BETWEEN).await;
        }
        Ok(Person { home: owner.home.clone(), ..person })
    }
}

impl Person {
    /// The same user with another client, which may reach another instance.
    pub(crate) fn beside(&self, name: &str) -> Person {
        Person { caller: self.caller.beside(name), ..self.clone() }
    }

    /// Adds a member.
    pub(crate) async fn add(&self, workspace: &Id, user: &Id, role: &str) {
        let path = endpoint::ADD_MEMBER.path.replace("{id}", &in_path(workspace));
        self.caller.send(Request::post(path, &json!({"userId": user, "role": role}))).await;
    }

    /// Changes the role of a member.
    pub(crate) async fn set_role(&self, workspace: &Id, user: &Id, role: &str) {
        self.caller.send(Request::patch(member_path(workspace, user), &json!({"role": role}))).await;
    }

    /// Removes a member.
    pub(crate) async fn remove(&self, workspace: &Id, user: &Id) {
        self.caller.send(Request::delete(member_path(workspace, user))).await;
    }

    /// Stands in a workspace from now on.
    pub(crate) async fn activate(&self, workspace: &Id) {
        self.caller.send(Request::post(endpoint::ACTIVATE.path, &json!({"id": workspace}))).await;
    }

    /// Makes a workspace.
    pub(crate) async fn create(&self, name: &str) -> Option<Id> {
        let answer = self.caller.send(Request::post(endpoint::CREATE_WORKSPACE.path, &json!({"name": name}))).await;
        let json = answer.is_success().then(|| answer.json()).flatten()?;
        serde_json::from_value(json.get("id")?.clone()).ok()
    }

    /// Gives a workspace a name and, if there is one, a description.
    pub(crate) async fn rename(&self, workspace: &Id, name: &str, description: Option<&str>) {
        let path = endpoint::RENAME_WORKSPACE.path.replace("{id}", &in_path(workspace));
        let mut body = json!({"name": name});
        if let Some(description) = description {
            body["description"] = json!(description);
        }
        self.caller.send(Request::patch(path, &body)).await;
    }

    /// Deletes a workspace.
    pub(crate) async fn delete(&self, workspace: &Id) {
        let path = endpoint::DELETE_WORKSPACE.path.replace("{id}", &in_path(workspace));
        self.caller.send(Request::delete(path)).await;
    }

    /// Lists their workspaces.
    pub(crate) async fn list(&self) {
        self.caller.send(Request::get(endpoint::LIST_WORKSPACES.path)).await;
    }

    /// Lists the members of a workspace.
    pub(crate) async fn members(&self, workspace: &Id) {
        let path = endpoint::LIST_MEMBERS.path.replace("{id}", &in_path(workspace));
        self.caller.send(Request::get(path)).await;
    }

    /// Pushes one op.
    pub(crate) async fn push_one(&self, workspace: &Id, clock: u64) {
        let op = Op::put("threads", &format!("shared-{clock}"), &json!(self.id)).clock(clock);
        self.caller.push(workspace, &[op]).await;
    }

    /// Collects what is older than so many seconds: of the log, or of the tombstones.
    pub(crate) async fn collect(&self, what: &Endpoint, workspace: &Id, retention_s: u64) {
        let body = json!({"scope": {"workspaceId": workspace}, "retentionSeconds": retention_s});
        self.caller.send(Request::post(what.path, &body)).await;
    }
}

fn member_path(workspace: &Id, user: &Id) -> String {
    endpoint::REMOVE_MEMBER.path.replace("{id}", &in_path(workspace)).replace("{userId}", &in_path(user))
}

fn in_path(id: &Id) -> String {
    syncproof_harness::percent::encoded(&id.to_string())
}
