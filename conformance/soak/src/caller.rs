//! A caller: one client with one credential, whose calls go onto the tape.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::tape::Tape;
use crate::transit::{Transit, unanswered};
use syncproof_harness::client::{Answer, Client, Request};
use syncproof_protocol::endpoint;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::{Id, PullAnswer, PushAnswer, SessionAnswer, SnapshotAnswer};

/// One client. It waits for each answer before it sends the next request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    name: String,
    user: Arc<str>,
    client: Client,
    tape: Arc<Tape>,
    instances: Arc<Instances>,
    transit: Transit,
}

/// The addresses of a target that runs as several processes on one store.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    /// All of them; none if clients have to stay at the one that they know.
    pub(crate) bases: Vec<String>,
    /// Which one is next.
    pub(crate) next: AtomicUsize,
}

impl Instances {
    /// The same client at the next of them, on connections of its own.
    fn spread(&self, client: &Client) -> Client {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let moved = match self.bases.get(next % self.bases.len().max(1)) {
            Some(base) => client.at(base),
            None => client.on_new_connections(),
        };
        moved.unwrap_or_else(|_| client.clone())
    }
}

/// How a push ended.
pub(crate) enum Pushed {
    /// The answer.
    Done(PushAnswer),
    /// It was refused, and changed nothing.
    Refused,
    /// Nobody knows.
    Unknown,
}

impl Caller {
    /// A client of that user.
    pub(crate) fn new(
        name: String,
        user: &Arc<str>,
        client: Client,
        tape: &Arc<Tape>,
        (all, transit): (&Arc<Instances>, Transit),
    ) -> Self {
        let (user, tape, instances) = (Arc::clone(user), Arc::clone(tape), Arc::clone(all));
        Caller { name, user, client, tape, instances, transit }
    }

    /// Another client of the same user, on connections of its own, at the next instance of the target.
    pub(crate) fn beside(&self, name: &str) -> Self {
        let client = self.instances.spread(&self.client);
        Caller { name: format!("{} {name}", self.name), client, ..self.clone() }
    }

    /// Sends a request, and records it with its answer.
    pub(crate) async fn send(&self, request: Request) -> Answer {
        let began = self.tape.now();
        let answer = self.transit.send(&self.client, request).await;
        self.tape.record(&self.name, &self.user, began, &answer);
        answer
    }

    async fn ask<T: serde::de::DeserializeOwned>(&self, request: Request) -> Option<T> {
        let answer = self.send(request).await;
        answer.is_success().then(|| answer.json()).flatten().and_then(|json| serde_json::from_value(json).ok())
    }

    /// The session.
    pub(crate) async fn session(&self) -> Option<SessionAnswer> {
        self.ask(Request::get(endpoint::SESSION.path)).await
    }

    /// Pushes ops.
    pub(crate) async fn push(&self, workspace: &Id, ops: &[Op]) -> Pushed {
        let answer = self.send(push_request(workspace, ops)).await;
        if answer.is_4xx() {
            return Pushed::Refused;
        }
        let read = answer.is_success().then(|| answer.json()).flatten();
        read.and_then(|json| serde_json::from_value(json).ok()).map_or(Pushed::Unknown, Pushed::Done)
    }

    /// Pushes ops, and hangs up if there is no answer in time.
    pub(crate) async fn push_and_quit(&self, workspace: &Id, ops: &[Op], patience: Duration) {
        let (began, request) = (self.tape.now(), push_request(workspace, ops));
        // Whoever drops a request closes its connection.
        let sending = self.client.send(request.clone());
        let answer = tokio::time::timeout(patience, sending).await.unwrap_or_else(|_| unanswered(&request));
        self.tape.record(&self.name, &self.user, began, &answer);
    }

    /// Sends the first half of a push, and hangs up.
    pub(crate) async fn push_half(&self, workspace: &Id, ops: &[Op], patience: Duration) {
        let (began, request) = (self.tape.now(), push_request(workspace, ops));
        let Ok(begun) = self.client.begin(request.clone()) else { return };
        tokio::time::sleep(patience).await;
        drop(begun);
        self.tape.record(&self.name, &self.user, began, &unanswered(&request));
    }

    /// A page of the log.
    pub(crate) async fn pull(
        &self,
        workspace: &Id,
        cursor: u64,
        limit: u64,
        tables: Option<&[&str]>,
    ) -> Option<PullAnswer> {
        let mut body = json!({"scope": scope(workspace), "cursor": cursor, "limit": limit});
        if let Some(tables) = tables {
            body["tables"] = json!(tables);
        }
        self.ask(Request::post(endpoint::PULL.path, &body)).await
    }

    /// A page of a snapshot.
    pub(crate) async fn snapshot(&self, workspace: &Id, size: u64, token: Option<&Value>) -> Option<SnapshotAnswer> {
        let mut body = json!({"scope": scope(workspace), "pageSize": size});
        if let Some(token) = token {
            body["pageToken"] = token.clone();
        }
        self.ask(Request::post(endpoint::SNAPSHOT.path, &body)).await
    }

    /// How far a device has read.
    pub(crate) async fn update_cursor(&self, workspace: &Id, device: &str, version: u64) -> Answer {
        let body = json!({"scope": scope(workspace), "deviceId": device, "version": version});
        self.send(Request::post(endpoint::UPDATE_CURSOR.path, &body)).await
    }
}

fn push_request(workspace: &Id, ops: &[Op]) -> Request {
    let ops: Vec<Value> = ops.iter().map(Op::json).collect();
    Request::post(endpoint::PUSH.path, &json!({"scope": scope(workspace), "ops": ops}))
}

fn scope(workspace: &Id) -> Value {
    json!({"workspaceId": workspace})
}
