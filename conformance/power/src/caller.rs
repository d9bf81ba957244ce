//! A caller: the requests of one user, and what is read from the answers.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::fact::User;
use syncproof_campaign::TargetHandle;
use syncproof_harness::client::{Client, Request};
use syncproof_harness::credential::{Identity, UserLease};
use syncproof_protocol::endpoint;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::{
    Change, CreatedAnswer, Id, PullAnswer, PushAnswer, Session, SessionAnswer, WorkspacesAnswer,
};

/// How many pages of a log are read at most.
const MAX_PAGES: usize = 1000;
/// How many entries a page has.
const PAGE: u64 = 1000;

/// One client of one user.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    client: Client,
}

impl Caller {
    /// A client of that user, beside another client of the same server.
    ///
    /// # Errors
    /// When there is no credential for them.
    pub(crate) async fn new(handle: &TargetHandle, user: &User, beside: &Client) -> Result<Self, String> {
        let identity = Identity::from(user);
        let login = handle.credentials().issue(&identity, &UserLease::default()).await;
        let login = login.map_err(|error| error.to_string())?;
        Ok(Caller { client: beside.with_credential(&user.subject, &login.headers) })
    }

    /// The same user at another address.
    ///
    /// # Errors
    /// When the HTTP library cannot be set up.
    pub(crate) fn at(&self, base: &str) -> Result<Self, String> {
        Ok(Caller { client: self.client.at(base)? })
    }

    /// Sends a request. Returns what the answer says, or in words what came in place of it.
    async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, String> {
        let answer = self.client.send(request).await;
        if !answer.is_success() {
            return Err(answer.outcome());
        }
        let json = answer.json().ok_or("an answer that is no JSON")?;
        serde_json::from_value(json).map_err(|error| format!("an answer of another form: {error}"))
    }

    pub(crate) async fn session(&self) -> Result<Session, String> {
        let answer: SessionAnswer = self.ask(Request::get(endpoint::SESSION.path)).await?;
        answer.session.ok_or_else(|| "no session".to_owned())
    }

    pub(crate) async fn workspaces(&self) -> Result<WorkspacesAnswer, String> {
        self.ask(Request::get(endpoint::LIST_WORKSPACES.path)).await
    }

    pub(crate) async fn create(&self, name: &str) -> Result<Id, String> {
        let request = Request::post(endpoint::CREATE_WORKSPACE.path, &json!({"name": name}));
        Ok(self.ask::<CreatedAnswer>(request).await?.id)
    }

    pub(crate) async fn push(&self, workspace: &Id, ops: &[Op]) -> Result<PushAnswer, String> {
        let ops: Vec<Value> = ops.iter().map(Op::json).collect();
        self.ask(Request::post(endpoint::PUSH.path, &json!({"scope": {"workspaceId": workspace}, "ops": ops}))).await
    }

    /// The whole log of a workspace.
    pub(crate) async fn log(&self, workspace: &Id) -> Result<Vec<Change>, String> {
        let (mut changes, mut cursor) = (Vec::new(), 0);
        for _ in 0..MAX_PAGES {
            let body = json!({"scope": {"workspaceId": workspace}, "cursor": cursor, "limit": PAGE});
            let page: PullAnswer = self.ask(Request::post(endpoint::PULL.path, &body)).await?;
            changes.extend(page.changes);
            if !page.has_more || page.next_cursor <= cursor {
                return Ok(changes);
            }
            cursor = page.next_cursor;
        }
        Err(format!("more than {MAX_PAGES} pages of its log"))
    }
}
