//! A script that no mutant gets through unnoticed: a fixed run of requests, recorded in a form that can be compared.

use super::{Mutant, Settings, crowd, scenes, serve};
use jsonwebtoken::{EncodingKey, Header};
use reqwest::Client;
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};
use tokio::net::TcpListener;

const SECRET: &[u8] = b"a secret for tests only";

/// A specimen, and what it has answered so far.
pub(super) struct Script {
    base: String,
    client: Client,
    lines: Mutex<Vec<String>>,
    ops: Mutex<u64>,
}

pub(super) fn sign(claims: &Value) -> String {
    jsonwebtoken::encode(&Header::default(), claims, &EncodingKey::from_secret(SECRET)).unwrap()
}

/// The token of a person: `provider/sub` or `sub`, or a token as it is.
fn token(who: &str) -> String {
    if who.is_empty() || who.starts_with("ey") {
        return who.to_owned();
    }
    let (provider, sub) = who.split_once('/').unwrap_or(("test", who));
    sign(&json!({"provider": provider, "sub": sub, "exp": 4_000_000_000_u64}))
}

impl Script {
    async fn start(mutant: Option<&Mutant>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let settings = Settings { secret: SECRET.to_vec(), mutant: mutant.copied() };
        tokio::spawn(serve(listener, settings, std::future::pending::<()>()));
        Self { base, client: Client::new(), lines: Mutex::default(), ops: Mutex::default() }
    }

    /// Sends and keeps the answer in mind for nobody.
    pub(super) async fn raw(&self, who: &str, call: &str, body: Vec<u8>) -> (String, Value) {
        let (method, path) = call.split_once(' ').unwrap();
        let mut request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.base));
        if !who.is_empty() {
            request = request.bearer_auth(token(who));
        }
        let answer = request.body(body).send().await.unwrap();
        let head = format!("{} {:?}", answer.status().as_u16(), answer.headers().get("cache-control"));
        let text = answer.text().await.unwrap();
        (head, serde_json::from_str(&text).unwrap_or_else(|_| json!({"no json": text})))
    }

    /// Sends, records the answer, and returns it.
    pub(super) async fn bytes(&self, who: &str, call: &str, body: &[u8]) -> Value {
        let (head, answer) = self.raw(who, call, body.to_vec()).await;
        self.note(format!("{who} {call} -> {head} {answer}"));
        answer
    }

    pub(super) async fn call(&self, who: &str, call: &str, body: Value) -> Value {
        self.bytes(who, call, body.to_string().as_bytes()).await
    }

    pub(super) async fn get(&self, who: &str, path: &str) -> Value {
        self.bytes(who, &format!("GET {path}"), b"").await
    }

    pub(super) fn note(&self, line: String) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    pub(super) async fn push(&self, who: &str, scope: &str, ops: &[Value]) -> Value {
        self.call(who, "POST /api/sync/push", json!({"scope": {"workspaceId": scope}, "ops": ops})).await
    }

    pub(super) async fn pull(&self, who: &str, scope: &str, more: Value) -> Value {
        self.scoped(who, "POST /api/sync/pull", scope, json!({"cursor": 0, "limit": 1000}), more).await
    }

    pub(super) async fn snapshot(&self, who: &str, scope: &str, more: Value) -> Value {
        self.scoped(who, "POST /api/sync/snapshot", scope, json!({"pageSize": 1000}), more).await
    }

    pub(super) async fn scoped(&self, who: &str, call: &str, scope: &str, mut body: Value, more: Value) -> Value {
        body["scope"] = json!({"workspaceId": scope});
        more.as_object().unwrap().iter().for_each(|(field, value)| body[field] = value.clone());
        self.call(who, call, body).await
    }

    pub(super) fn op(&self, operation: &str, table: &str, pk: &str, clock: u64, hlc: &str) -> Value {
        let mut count = self.ops.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        let mut op = json!({
            "id": "x", "tableName": table, "operation": operation, "pk": pk, "createdAt": 1, "attempts": 0, "status": "pending",
            "stamp": {"deviceId": "d", "opId": format!("00000000-0000-4000-8000-{count:012}"), "hlc": hlc, "clock": clock},
        });
        if operation == "put" {
            op["payload"] = json!({
                "id": pk, "name": "n", "hash": pk, "status": "s", "pinned": false, "deleted": false, "user_id": "u",
                "type": "t", "title": "t", "created_at": 1, "updated_at": 1, "clock": clock,
            });
        }
        op
    }

    pub(super) fn put(&self, pk: &str, clock: u64) -> Value {
        self.op("put", "kv", pk, clock, "h")
    }

    pub(super) fn delete(&self, pk: &str, clock: u64) -> Value {
        self.op("delete", "kv", pk, clock, "h")
    }

    pub(super) async fn session(&self, who: &str) -> (String, String) {
        let answer = self.get(who, "/api/auth/session").await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&answer["session"]["user"]["id"]), text(&answer["session"]["workspace"]["id"]))
    }

    pub(super) async fn create(&self, who: &str, name: &str) -> String {
        let answer = self.call(who, "POST /api/workspaces", json!({"name": name})).await;
        answer["id"].as_str().unwrap_or_default().to_owned()
    }
}

/// What a specimen answers to the script, with its own ids and times taken out.
pub(super) async fn record(mutant: Option<&Mutant>) -> Vec<String> {
    let script = Script::start(mutant).await;
    scenes::play(&script).await;
    crowd::play(&script).await;
    let lines = script.lines.into_inner().unwrap_or_else(PoisonError::into_inner);
    anonymous(&lines.join("\n")).lines().map(str::to_owned).collect()
}

/// Ids become their order of appearance, times disappear, page tokens too.
fn anonymous(text: &str) -> String {
    let mut seen: Vec<String> = vec![];
    let mut out = String::new();
    for part in text.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')) {
        let end = part.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).len();
        let (word, rest) = part.split_at(end);
        if uuid::Uuid::try_parse(word).is_ok() && word.len() == 36 && !word.starts_with("00000000") {
            let place = seen.iter().position(|id| id == word).unwrap_or_else(|| {
                seen.push(word.to_owned());
                seen.len() - 1
            });
            out.push_str(&format!("#{place}"));
        } else if word.len() > 100 && word.starts_with("ey") {
            out.push_str("token");
        } else if word.len() == 10 && word.starts_with("17") || word.starts_with("18") && word.len() == 10 {
            out.push_str("time");
        } else {
            out.push_str(word);
        }
        out.push_str(rest);
    }
    out
}
