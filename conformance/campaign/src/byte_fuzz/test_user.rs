//! A user of a server that nobody else uses; every answer to them is judged.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::target_handle::TargetHandle;
use syncproof_harness::client::{Answer, Client, Recorder, Request, broken_rules};
use syncproof_harness::credential::{DEFAULT_PROVIDER, Headers, Identity, Minter};
use syncproof_protocol::endpoint;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::{Id, PullAnswer, Session, SessionAnswer};

/// The longest wait for an answer. A server in this process answers within milliseconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(4);
/// The rules that hold for every answer; that caches are kept away is only a SHOULD.
const ALWAYS: [&str; 3] = ["http.no-5xx", "http.no-internals", "http.json-errors"];

/// A user who has logged in.
pub(super) struct TestUser {
    /// A client for the same server without a credential.
    pub(super) anonymous: Client,
    /// The client of the user.
    pub(super) client: Client,
    /// What proves who they are.
    pub(super) credential: Headers,
    /// The workspace that they were given.
    pub(super) home: Id,
    /// Their user id.
    pub(super) user: Id,
}

impl TestUser {
    /// Logs in at that target.
    pub(super) async fn at(handle: &TargetHandle, name: &str) -> Result<TestUser, String> {
        let recorder: Arc<Recorder> = handle.recorder();
        let anonymous = handle.anonymous(&recorder);
        let credential = vec![minter(handle)?.authorization(&identity(name)).map_err(|reason| reason.to_string())?];
        let client = anonymous.with_credential(name, &credential);
        let session = session(&client).await?;
        let home = session.workspace.ok_or("session.provisions-user: a first login gives no workspace")?.id;
        Ok(TestUser { anonymous, client, credential, home, user: session.user.id })
    }

    /// Pushes two records, under op ids that are the same every time.
    pub(super) async fn write(&self) -> Result<(), String> {
        let user = json!(self.user);
        let ops = [
            Op::put("threads", "a", &user).op_id("00000000-0000-4000-8000-000000000001").json(),
            Op::put("kv", "b", &user).op_id("00000000-0000-4000-8000-000000000002").json(),
        ];
        let body = json!({"scope": {"workspaceId": self.home}, "ops": ops});
        let answer = ask(&self.client, Request::post(endpoint::PUSH.path, &body)).await?;
        expect(&answer, "push.all-tables", &[200])
    }

    /// Checks that the server still works: there is a session, and the log can be read and is in order.
    pub(super) async fn still_serves(&self) -> Result<(), String> {
        session(&self.client).await?;
        let body = json!({"scope": {"workspaceId": self.home}, "cursor": 0, "limit": 1000});
        // A target may let a session sync only where it stands.
        let active = Request::post(endpoint::ACTIVATE.path, &json!({"id": self.home}));
        expect(&ask(&self.client, active).await?, "workspace.activate-switches-session", &[200])?;
        let answer = ask(&self.client, Request::post(endpoint::PULL.path, &body)).await?;
        expect(&answer, "pull.after-cursor", &[200])?;
        let page: PullAnswer = read(&answer, "pull.after-cursor")?;
        let versions: Vec<u64> = page.changes.iter().map(|change| change.server_version).collect();
        let ends_there = versions.last().is_none_or(|last| *last <= page.next_cursor);
        if !versions.is_sorted_by(|one, next| one < next) || !ends_there {
            return Err(sentence("pull.after-cursor", "the log is out of order", answer.exchange()));
        }
        Ok(())
    }
}

/// What makes credentials for the target: every server in this process has one.
pub(super) fn minter(handle: &TargetHandle) -> Result<&Minter, String> {
    handle.credentials().minter().ok_or_else(|| "only a server whose secret is known can be checked".to_owned())
}

/// The identity of the user with that name.
pub(super) fn identity(name: &str) -> Identity {
    let email = format!("{name}@example.test");
    Identity { provider: DEFAULT_PROVIDER.to_owned(), subject: name.to_owned(), email, name: name.to_owned() }
}

/// Sends a request, and judges the answer by the rules for every answer.
pub(super) async fn ask(client: &Client, request: Request) -> Result<Answer, String> {
    let shown = request.shown();
    let late = |_| format!("http.no-5xx: no answer within {ANSWER_TIMEOUT:?}\n  request: {shown}");
    let answer = tokio::time::timeout(ANSWER_TIMEOUT, client.send(request)).await.map_err(late)?;
    if answer.status().is_none() {
        return Err(sentence("http.no-5xx", "no answer", answer.exchange()));
    }
    match broken_rules(answer.exchange()).into_iter().find(|(rule, _)| ALWAYS.contains(rule)) {
        Some((rule, what)) => Err(sentence(rule, what, answer.exchange())),
        None => Ok(answer),
    }
}

/// The statuses that are allowed there.
pub(super) fn expect(answer: &Answer, requirement: &str, statuses: &[u16]) -> Result<(), String> {
    if answer.is(statuses) {
        return Ok(());
    }
    Err(sentence(requirement, format!("the status is none of {statuses:?}"), answer.exchange()))
}

/// The body in its shape.
pub(super) fn read<T: serde::de::DeserializeOwned>(answer: &Answer, requirement: &str) -> Result<T, String> {
    serde_json::from_slice(&answer.exchange().response).map_err(|error| sentence(requirement, error, answer.exchange()))
}

async fn session(client: &Client) -> Result<Session, String> {
    let answer = ask(client, Request::get(endpoint::SESSION.path)).await?;
    expect(&answer, "session.stable", &[200])?;
    let session = read::<SessionAnswer>(&answer, "session.stable")?.session;
    session.ok_or_else(|| sentence("session.stable", "a good credential gives no session", answer.exchange()))
}

/// A finding: the requirement, what is wrong, the request and the answer.
pub(super) fn sentence(requirement: &str, what: impl Display, exchange: &Exchange) -> String {
    let request = exchange.shown_request().unwrap_or_default();
    let status = exchange.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
    let answer = match &exchange.error {
        Some(error) => error.clone(),
        None => exchange.shown_response(),
    };
    let text = format!(
        "{requirement}: {what}\n  request: {} {} {request}\n  answer: {status} {answer}",
        exchange.method, exchange.path
    );
    syncproof_protocol::visible::visible(&text)
}

/// The text as a JSON value: what is no JSON is a text.
pub(super) fn json_or_text(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}
