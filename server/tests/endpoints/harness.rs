//! A server within the process, its users, and ops to push.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
pub(crate) use futures_util::future::join_all;
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::Connection;
use serde_json::{Value, from_str, json};
use sha2::Sha256;
use syncproof_server::{AppState, Limits, Secret, Storage, Store, router};
use tempfile::TempDir;
use tower::ServiceExt;
use uuid::Uuid;

pub(crate) const SECRET: &str = "a secret of the tests, long enough for the hash";

/// A server on a database file of its own.
pub(crate) struct Server {
    router: axum::Router,
    store: Store,
    folder: Arc<TempDir>,
}

/// A response.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    /// The body, unchanged.
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }
}

impl Server {
    pub(crate) fn new() -> Arc<Self> {
        Self::on(Arc::new(tempfile::tempdir().unwrap()))
    }

    /// A server with a signed-in user, and the id of their default workspace.
    pub(crate) async fn with_ann() -> (Arc<Self>, User, String) {
        let server = Self::new();
        let (ann, home) = server.signed_in("ann").await;
        (server, ann, home)
    }

    /// A server on the database in this folder, created if it does not exist.
    pub(crate) fn on(folder: Arc<TempDir>) -> Arc<Self> {
        let storage = Storage::File(folder.path().join("sync.db"));
        Self::with(&storage, folder, Limits::default())
    }

    /// Another server on the same file, as a second process would be.
    pub(crate) fn another(&self) -> Arc<Self> {
        Self::on(Arc::clone(&self.folder))
    }

    pub(crate) fn in_memory() -> Arc<Self> {
        Self::with_limits(Limits::default())
    }

    pub(crate) fn with_limits(limits: Limits) -> Arc<Self> {
        Self::with(&Storage::Memory, Arc::new(tempfile::tempdir().unwrap()), limits)
    }

    fn with(storage: &Storage, folder: Arc<TempDir>, limits: Limits) -> Arc<Self> {
        let store = Store::open(storage).unwrap();
        let router = router(AppState::with_limits(store.clone(), &Secret::new(SECRET), limits));
        Arc::new(Self { router, store, folder })
    }

    /// Closes the store and opens it again.
    pub(crate) async fn restart(&self) -> Arc<Self> {
        Self::on(self.stop().await)
    }

    /// Closes the store, and returns the folder with its file.
    pub(crate) async fn stop(&self) -> Arc<TempDir> {
        self.store.close().await;
        Arc::clone(&self.folder)
    }

    /// A direct connection to the server's database.
    pub(crate) fn database(&self) -> Connection {
        Connection::open(self.folder.path().join("sync.db")).unwrap()
    }

    /// Makes every log entry and every tombstone two hours older.
    pub(crate) fn age(&self) {
        self.database()
            .execute_batch(
                "BEGIN IMMEDIATE;
                 UPDATE change_log SET received_at_ms = received_at_ms - 7200000;
                 UPDATE tombstones SET deleted_at_ms = deleted_at_ms - 7200000;
                 COMMIT",
            )
            .unwrap();
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"));
        Answer { status: parts.status, headers: parts.headers, body, text }
    }

    /// Sends a request with this body, unchanged.
    pub(crate) async fn send_text(
        &self,
        token: Option<&str>,
        method: &str,
        path: &str,
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// A user with a valid credential, who has not signed in yet.
    pub(crate) fn user(self: &Arc<Self>, name: &str) -> User {
        User { server: Arc::clone(self), token: token("test", name), name: name.to_owned() }
    }

    /// A user who has signed in, and the id of their default workspace.
    pub(crate) async fn signed_in(self: &Arc<Self>, name: &str) -> (User, String) {
        let user = self.user(name);
        let home = user.session().await["workspace"]["id"].as_str().unwrap().to_owned();
        (user, home)
    }
}

/// A user on a server of their own, and the id of their default workspace.
pub(crate) async fn ann() -> (User, String) {
    let (_, ann, home) = Server::with_ann().await;
    (ann, home)
}

/// A user with a valid credential.
pub(crate) struct User {
    pub(crate) server: Arc<Server>,
    pub(crate) token: String,
    pub(crate) name: String,
}

impl User {
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.server.send_text(Some(&self.token), method, path, body.to_string()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.server.send_text(Some(&self.token), "GET", path, Body::empty()).await
    }

    /// Sends two requests at a time until one gets 429. On a slow machine two may be more than a second apart.
    pub(crate) async fn too_many_requests(&self) -> Answer {
        for _ in 0..1000 {
            let answers = join_all([self.get("/api/workspaces"), self.get("/api/workspaces")]).await;
            if let Some(refused) = answers.into_iter().find(|answer| answer.status == 429) {
                return refused;
            }
        }
        panic!("no 429");
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.server.send_text(Some(&self.token), "DELETE", path, Body::empty()).await
    }

    pub(crate) async fn session(&self) -> Value {
        self.get("/api/auth/session").await.expect(200)["session"].clone()
    }

    pub(crate) async fn user_id(&self) -> String {
        self.session().await["user"]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn active(&self) -> String {
        self.session().await["workspace"]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn create_workspace(&self, name: &str) -> String {
        let body = self.post("/api/workspaces", json!({ "name": name })).await.expect(200);
        body["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn workspace_ids(&self) -> Vec<String> {
        self.workspaces().await.iter().map(|workspace| workspace["id"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn activate(&self, workspace: &str) -> Answer {
        self.post("/api/workspaces/active", json!({ "id": workspace })).await
    }

    pub(crate) async fn add_member(&self, workspace: &str, user: &User, role: &str) -> Answer {
        let body = json!({ "userId": user.user_id().await, "role": role });
        self.post(&format!("/api/workspaces/{workspace}/members"), body).await
    }

    /// A new user of the same server, signed in and added to a workspace of this user.
    pub(crate) async fn with_member(&self, workspace: &str, name: &str, role: &str) -> User {
        let (user, _) = self.server.signed_in(name).await;
        self.add_member(workspace, &user, role).await.expect(200);
        user
    }

    /// The user's list of workspaces.
    pub(crate) async fn workspaces(&self) -> Vec<Value> {
        self.get("/api/workspaces").await.expect(200)["workspaces"].as_array().unwrap().clone()
    }

    pub(crate) async fn push(&self, workspace: &str, ops: &[Value]) -> Answer {
        self.post("/api/sync/push", json!({ "scope": { "workspaceId": workspace }, "ops": ops })).await
    }

    /// Pushes, and returns the results.
    pub(crate) async fn pushed(&self, workspace: &str, ops: &[Value]) -> Vec<Value> {
        self.push(workspace, ops).await.expect(200)["results"].as_array().unwrap().clone()
    }

    pub(crate) async fn pull(&self, workspace: &str, cursor: u64, limit: u64) -> Answer {
        self.pull_tables(workspace, cursor, limit, Value::Null).await
    }

    pub(crate) async fn pull_tables(&self, workspace: &str, cursor: u64, limit: u64, tables: Value) -> Answer {
        let scope = json!({ "workspaceId": workspace });
        let body = json!({ "scope": scope, "cursor": cursor, "limit": limit, "tables": tables });
        self.post("/api/sync/pull", body).await
    }

    pub(crate) async fn changes(&self, workspace: &str) -> Vec<Value> {
        self.pull(workspace, 0, 1000).await.expect(200)["changes"].as_array().unwrap().clone()
    }

    pub(crate) async fn move_cursor(&self, workspace: &str, device: &str, version: Value) -> Answer {
        let scope = json!({ "workspaceId": workspace });
        let body = json!({ "scope": scope, "deviceId": device, "version": version });
        self.post("/api/sync/update-cursor", body).await
    }

    /// Requests a garbage collection of the log (`gc-change-log`) or of tombstones (`gc-tombstones`).
    pub(crate) async fn gc(&self, what: &str, workspace: &str, retention_seconds: Value) -> Answer {
        let scope = json!({ "workspaceId": workspace });
        self.post(&format!("/api/sync/{what}"), json!({ "scope": scope, "retentionSeconds": retention_seconds })).await
    }

    pub(crate) async fn snapshot(&self, workspace: &str, extra: Value) -> Answer {
        let mut body = json!({ "scope": { "workspaceId": workspace }, "pageSize": 1000 });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        self.post("/api/sync/snapshot", body).await
    }

    pub(crate) async fn items(&self, workspace: &str) -> Vec<Value> {
        self.snapshot(workspace, json!({})).await.expect(200)["items"].as_array().unwrap().clone()
    }
}

/// A credential that is valid for an hour.
pub(crate) fn token(provider: &str, sub: &str) -> String {
    sign(&json!({ "provider": provider, "sub": sub, "name": sub, "exp": now() + 3600 }), SECRET)
}

/// Now, in seconds since 1970.
pub(crate) fn now() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

/// A token signed with HS256.
pub(crate) fn sign(claims: &Value, secret: &str) -> String {
    sign_with::<Hmac<Sha256>>("HS256", claims, secret)
}

/// A token signed with the algorithm of this name.
pub(crate) fn sign_with<M: Mac + KeyInit>(algorithm: &str, claims: &Value, secret: &str) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let message = format!("{}.{}", encode(&json!({ "typ": "JWT", "alg": algorithm })), encode(claims));
    let mac = <M as KeyInit>::new_from_slice(secret.as_bytes()).unwrap().chain_update(&message);
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// A valid request for every endpoint that needs a credential: method, path and body. Deletions come last, and nothing
/// before them changes who is a member.
pub(crate) fn requests(workspace: &str) -> Vec<(&'static str, String, Value)> {
    let scope = json!({ "workspaceId": workspace });
    let path = format!("/api/workspaces/{workspace}");
    let member = format!("{path}/members/{}", uuid());
    let sync = |name: &str| format!("/api/sync/{name}");
    vec![
        ("GET", "/api/workspaces".into(), Value::Null),
        ("POST", "/api/workspaces".into(), json!({ "name": "n" })),
        ("POST", "/api/workspaces/active".into(), json!({ "id": workspace })),
        ("GET", format!("{path}/members"), Value::Null),
        ("POST", sync("push"), json!({ "scope": scope, "ops": [put("a", 1, 1)] })),
        ("POST", sync("pull"), json!({ "scope": scope, "cursor": 0, "limit": 1 })),
        ("POST", sync("update-cursor"), json!({ "scope": scope, "deviceId": "d", "version": 0 })),
        ("POST", sync("snapshot"), json!({ "scope": scope, "pageSize": 1 })),
        ("POST", sync("gc-change-log"), json!({ "scope": scope, "retentionSeconds": 3600 })),
        ("POST", sync("gc-tombstones"), json!({ "scope": scope, "retentionSeconds": 3600 })),
        ("PATCH", path.clone(), json!({ "name": "n" })),
        ("POST", format!("{path}/members"), json!({ "userId": uuid(), "role": "viewer" })),
        ("PATCH", member.clone(), json!({ "role": "viewer" })),
        ("DELETE", member, Value::Null),
        ("DELETE", path, Value::Null),
    ]
}

pub(crate) fn uuid() -> String {
    Uuid::new_v4().to_string()
}

/// A put of a `kv` record.
pub(crate) fn put(pk: &str, clock: u64, value: impl Into<Value>) -> Value {
    let payload =
        json!({ "id": pk, "name": "k", "value": value.into(), "created_at": 1, "updated_at": 1, "clock": clock });
    op("put", "kv", pk, clock, Some(payload))
}

pub(crate) fn delete(pk: &str, clock: u64) -> Value {
    op("delete", "kv", pk, clock, None)
}

pub(crate) fn op(operation: &str, table: &str, pk: &str, clock: u64, payload: Option<Value>) -> Value {
    let stamp = json!({ "deviceId": "d1", "opId": uuid(), "hlc": format!("{clock:013}:0000:d1"), "clock": clock });
    let mut op = json!({
        "id": uuid(), "tableName": table, "operation": operation, "pk": pk, "stamp": stamp,
        "createdAt": 1, "attempts": 0, "status": "pending",
    });
    if let Some(payload) = payload {
        op["payload"] = payload;
    }
    op
}

/// A valid payload for a table; `user_id` is the owner of a notification.
pub(crate) fn payload(table: &str, pk: &str, user_id: &str) -> Value {
    let mut payload = json!({ "created_at": 1, "updated_at": 2, "clock": 1 });
    let more = match table {
        "threads" => json!({ "id": pk, "status": "ready", "deleted": false, "pinned": false }),
        "messages" => {
            json!({ "id": pk, "thread_id": "t", "role": "user", "order_key": "a", "index": 0, "deleted": false })
        }
        "projects" => json!({ "id": pk, "name": "p", "deleted": false }),
        "posts" => json!({ "id": pk, "title": "t", "content": "c", "post_type": "x", "deleted": false }),
        "kv" => json!({ "id": pk, "name": "k" }),
        "file_meta" => json!({ "hash": pk, "deleted": false }),
        "notifications" => json!({ "id": pk, "user_id": user_id, "type": "system", "title": "t", "deleted": false }),
        _ => panic!("no table {table}"),
    };
    payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    payload
}

pub(crate) const TABLES: [&str; 7] = ["threads", "messages", "projects", "posts", "kv", "file_meta", "notifications"];
