//! The specimen at its endpoints: unmutated it keeps the protocol, and mutants do what their rows say.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use syncproof_harness::credential::Minter;
use syncproof_specimen::{Mutant, Settings, find, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use uuid::Uuid;

const SECRET: &[u8] = b"a secret for tests only";

/// A specimen on a port of its own; it stops with the test's runtime.
struct Server {
    base: String,
    client: Client,
}

/// One person who talks to it.
struct Person<'a> {
    server: &'a Server,
    token: String,
}

async fn start(mutants: impl IntoIterator<Item = &Mutant>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let settings = Settings::new(SECRET, mutants.into_iter().copied().collect(), Vec::new());
    tokio::spawn(serve(listener, settings, std::future::pending::<()>()));
    let client = syncproof_harness::tls::Tls::none().unwrap().http_client().build().unwrap();
    Server { base, client }
}

fn token(provider: &str, sub: &str, exp: u64) -> String {
    let claims = json!({"provider": provider, "sub": sub, "email": "a@example.test", "exp": exp});
    let signed = Minter::new(SECRET.to_vec()).signed(br#"{"typ":"JWT","alg":"HS256"}"#, claims.to_string().as_bytes());
    signed.unwrap().1.trim_start_matches("Bearer ").to_owned()
}

impl Server {
    fn person(&self, sub: &str) -> Person<'_> {
        Person { server: self, token: token("test", sub, 4_000_000_000) }
    }
}

impl Person<'_> {
    async fn send(&self, method: Method, path: &str, body: Option<String>) -> (u16, Value) {
        let mut request = self.server.client.request(method, format!("{}{path}", self.server.base));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["cache-control"], "no-store");
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::POST, path, Some(body.to_string())).await
    }

    async fn home(&self) -> String {
        let (_, body) = self.get("/api/auth/session").await;
        body["session"]["workspace"]["id"].as_str().unwrap().to_owned()
    }

    async fn id(&self) -> String {
        let (_, body) = self.get("/api/auth/session").await;
        body["session"]["user"]["id"].as_str().unwrap().to_owned()
    }

    async fn push(&self, workspace: &str, ops: Value) -> (u16, Value) {
        self.post("/api/sync/push", json!({"scope": {"workspaceId": workspace}, "ops": ops})).await
    }

    async fn pull(&self, workspace: &str) -> (u16, Value) {
        let body = json!({"scope": {"workspaceId": workspace}, "cursor": 0, "limit": 100});
        self.post("/api/sync/pull", body).await
    }
}

fn put(pk: &str, clock: u64) -> Value {
    json!({
        "id": Uuid::new_v4().to_string(), "tableName": "kv", "operation": "put", "pk": pk, "createdAt": 1, "attempts": 0,
        "status": "pending",
        "payload": {"id": pk, "name": "n", "value": {"x": null}, "created_at": 1, "updated_at": 1, "clock": clock},
        "stamp": {"deviceId": "d", "opId": Uuid::new_v4().to_string(), "hlc": "h", "clock": clock},
    })
}

fn delete(pk: &str, clock: u64) -> Value {
    let mut op = put(pk, clock);
    op["operation"] = json!("delete");
    op.as_object_mut().unwrap().remove("payload");
    op
}

#[tokio::test]
async fn a_session_needs_a_valid_credential() {
    let server = start(None).await;
    let expired = token("test", "ann", 1000);
    let forged = format!("{}x", server.person("ann").token);
    for token in [String::new(), expired, forged] {
        let person = Person { server: &server, token };
        assert_eq!(person.get("/api/auth/session").await, (200, json!({"session": null})));
        assert_eq!(person.get("/api/workspaces").await.0, 401);
        assert_eq!(person.push("w", json!([])).await.0, 401);
    }
    let (_, body) = server.person("ann").get("/api/auth/session").await;
    assert_eq!(body["session"]["role"], "owner");
    assert_eq!(body["session"]["expiresAt"], "2096-10-02T07:06:40.000Z");
}

#[tokio::test]
async fn errors_are_json_and_have_the_right_status() {
    let server = start(None).await;
    let ann = server.person("ann");
    let deep = "[".repeat(100_000);
    for (method, path, body, status) in [
        (Method::GET, "/api/nope", None, 404),
        (Method::POST, "/api/sync/gc-tombstones", Some("{}"), 400),
        (Method::POST, "/api/auth/session", Some("{}"), 405),
        (Method::GET, "/api/sync/push", None, 405),
        (Method::POST, "/api/sync/push", Some("{bad"), 400),
        (Method::POST, "/api/sync/push", Some("{} x"), 400),
        (Method::POST, "/api/sync/push", Some("null"), 400),
        (Method::POST, "/api/sync/push", Some(deep.as_str()), 400),
        (Method::POST, "/api/sync/pull", Some("{}"), 400),
        (Method::POST, "/api/workspaces", Some("{\"name\": \"  \"}"), 400),
        (Method::PATCH, "/api/workspaces/%ff", Some("{\"name\": \"x\"}"), 400),
        (Method::DELETE, "/api/workspaces/unknown", None, 404),
    ] {
        let (got, answer) = ann.send(method, path, body.map(str::to_owned)).await;
        assert_eq!((got, answer["statusCode"].as_u64()), (status, Some(u64::from(status))), "{path} {answer}");
    }
    let (status, _) = ann.send(Method::POST, "/api/sync/push", Some("x".repeat(6 << 20))).await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn concurrent_first_requests_make_one_user() {
    let server = start(None).await;
    let requests = (0..20).map(|_| async { server.person("ann").get("/api/auth/session").await });
    let answers: Vec<(u16, Value)> = futures_util::future::join_all(requests).await;
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 200));
}

#[tokio::test]
async fn push_and_pull_agree() {
    let server = start(None).await;
    let ann = server.person("ann");
    let home = ann.home().await;
    let first = put("a", 1);
    let mut ops = vec![first.clone(), first.clone(), put("b", 1), delete("b", 2), put("b", 1)];
    let (_, body) = ann.push(&home, json!(ops)).await;
    let versions: Vec<_> = body["results"].as_array().unwrap().iter().map(|r| r["serverVersion"].as_u64()).collect();
    assert_eq!(versions, [Some(1), Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(body["results"][0], body["results"][1]);
    assert_eq!((&body["results"][4]["applied"], &body["serverVersion"]), (&json!(false), &json!(4)));
    ops.extend([put("c", 1), json!({"bad": 1})]);
    assert_eq!(ann.push(&home, json!(ops)).await.0, 400);
    let (_, page) = ann.pull(&home).await;
    assert_eq!(page["changes"].as_array().unwrap().len(), 4);
    assert_eq!((&page["nextCursor"], &page["hasMore"]), (&json!(4), &json!(false)));
    assert_eq!(page["changes"][0]["payload"], first["payload"]);
    let (_, replay) = ann.push(&home, json!([first])).await;
    assert_eq!(replay["results"][0]["serverVersion"], 1);
}

#[tokio::test]
async fn a_snapshot_shows_one_moment() {
    let server = start(None).await;
    let ann = server.person("ann");
    let home = ann.home().await;
    ann.push(&home, json!([put("a", 1), put("b", 1), delete("b", 2)])).await;
    let request = json!({"scope": {"workspaceId": home}, "pageSize": 1});
    let (_, one) = ann.post("/api/sync/snapshot", request.clone()).await;
    ann.push(&home, json!([put("c", 1)])).await;
    let mut next = request;
    next["pageToken"] = one["nextPageToken"].clone();
    let (_, two) = ann.post("/api/sync/snapshot", next.clone()).await;
    assert_eq!((&one["items"][0]["kind"], &two["items"][0]["kind"]), (&json!("row"), &json!("tombstone")));
    assert_eq!((&two["nextPageToken"], &two["highWatermark"]), (&Value::Null, &json!(3)));
    next["tables"] = json!(["kv"]);
    assert_eq!(ann.post("/api/sync/snapshot", next.clone()).await.0, 400);
    next["pageToken"] = json!("garbage");
    assert_eq!(ann.post("/api/sync/snapshot", next).await.0, 400);
    let unknown = json!({"scope": {"workspaceId": home}, "pageSize": 1, "tables": ["bogus"]});
    assert_eq!(ann.post("/api/sync/snapshot", unknown).await.0, 400);
}

#[tokio::test]
async fn a_bad_op_spares_the_others_and_a_taken_op_id_is_reported() {
    let server = start(None).await;
    let ann = server.person("ann");
    let mut unknown = put("a", 1);
    unknown["tableName"] = json!("bogus");
    let (good, mut taken) = (put("c", 1), put("b", 1));
    taken["stamp"]["opId"] = good["stamp"]["opId"].clone();
    let (status, body) = ann.push(&ann.home().await, json!([unknown, good, taken])).await;
    assert_eq!(status, 200);
    assert_eq!(body["results"][0]["errorCode"], "VALIDATION_ERROR");
    assert_eq!(body["results"][1]["serverVersion"], 1);
    assert_eq!(body["results"][2]["errorCode"], "CONFLICT");
}

#[tokio::test]
async fn workspaces_are_isolated_and_strangers_see_nothing() {
    let server = start(None).await;
    let (ann, bob) = (server.person("ann"), server.person("bob"));
    let (of_ann, of_bob) = (ann.home().await, bob.home().await);
    let op = put("same", 1);
    assert_eq!(ann.push(&of_ann, json!([op])).await.1["results"][0]["serverVersion"], 1);
    assert_eq!(bob.push(&of_bob, json!([op])).await.1["results"][0]["serverVersion"], 1);
    let foreign = bob.pull(&of_ann).await;
    assert_eq!(foreign.0, 404);
    assert_eq!(foreign, bob.pull("unknown").await);
    assert_eq!(bob.pull(" ").await.0, 400);
}

#[tokio::test]
async fn a_deletion_rehomes_every_member_and_closes_the_workspace() {
    let server = start(None).await;
    let (ann, bob) = (server.person("ann"), server.person("bob"));
    ann.home().await;
    let (home, bob_id) = (bob.home().await, bob.id().await);
    let (status, made) = ann.post("/api/workspaces", json!({"name": " Shared "})).await;
    assert_eq!(status, 201);
    let shared = made["id"].as_str().unwrap();
    let members = format!("/api/workspaces/{shared}/members");
    let viewer = json!({"userId": bob_id, "role": "viewer"});
    assert_eq!(ann.post(&members, viewer.clone()).await.0, 200);
    assert_eq!(ann.post(&members, viewer).await.0, 200);
    assert_eq!(bob.push(shared, json!([put("a", 1)])).await.0, 403);
    assert_eq!(bob.pull(shared).await.0, 200);
    let active = json!({"id": shared});
    assert_eq!(bob.post("/api/workspaces/active", active.clone()).await.0, 200);
    assert_eq!(bob.get("/api/auth/session").await.1["session"]["role"], "viewer");
    let path = format!("/api/workspaces/{shared}");
    assert_eq!(bob.send(Method::DELETE, &path, None).await.0, 403);
    assert_eq!(ann.send(Method::DELETE, &path, None).await.0, 200);
    assert_eq!(ann.send(Method::DELETE, &path, None).await.0, 404);
    assert_eq!(bob.home().await, home);
    assert_eq!(bob.pull(shared).await.0, 404);
    assert_eq!(ann.post("/api/workspaces/active", active).await.0, 404);
}

#[tokio::test]
async fn whoever_has_no_workspace_left_can_make_one() {
    let server = start(None).await;
    let ann = server.person("ann");
    let path = format!("/api/workspaces/{}", ann.home().await);
    assert_eq!(ann.send(Method::DELETE, &path, None).await.0, 200);
    let (_, body) = ann.get("/api/auth/session").await;
    assert_eq!((&body["session"]["workspace"], &body["session"]["role"]), (&Value::Null, &Value::Null));
    let (_, made) = ann.post("/api/workspaces", json!({"name": "Next"})).await;
    ann.post("/api/workspaces/active", json!({"id": made["id"]})).await;
    assert_eq!(json!(ann.home().await), made["id"]);
}

#[tokio::test]
async fn cursors_go_forward_only() {
    let server = start(None).await;
    let ann = server.person("ann");
    let home = ann.home().await;
    ann.push(&home, json!([put("a", 1), put("b", 1)])).await;
    for (version, stands) in [(2, 2), (1, 2), (99, 2)] {
        let body = json!({"scope": {"workspaceId": home}, "deviceId": "d", "version": version});
        assert_eq!(ann.post("/api/sync/update-cursor", body).await, (200, json!({"ok": true, "version": stands})));
    }
    let body = json!({"scope": {"workspaceId": home}, "deviceId": " ", "version": 1});
    assert_eq!(ann.post("/api/sync/update-cursor", body).await.0, 400);
}

#[tokio::test]
async fn the_findings_of_the_review_can_be_replayed() {
    let server = start(find("global-primary-key")).await;
    let (ann, bob) = (server.person("ann"), server.person("bob"));
    assert_eq!(ann.push(&ann.home().await, json!([put("a", 1)])).await.0, 200);
    assert_eq!(ann.push(&ann.home().await, json!([put("a", 2)])).await.0, 200);
    assert_eq!(bob.push(&bob.home().await, json!([put("b", 1), put("a", 1)])).await.0, 500);
    assert_eq!(bob.pull(&bob.home().await).await.1["changes"], json!([]));

    let server = start(find("duplicate-op-id-aborts-batch")).await;
    let (ann, op) = (server.person("ann"), put("a", 1));
    assert_eq!(ann.push(&ann.home().await, json!([op, op])).await.0, 500);

    let server = start(find("tombstone-random-id")).await;
    let ann = server.person("ann");
    let home = ann.home().await;
    ann.push(&home, json!([put("a", 1), delete("a", 2), delete("a", 3)])).await;
    let (_, page) = ann.post("/api/sync/snapshot", json!({"scope": {"workspaceId": home}, "pageSize": 9})).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 2);

    let server = start(find("read-then-insert-login")).await;
    let requests = (0..5).map(|_| async { server.person("ann").get("/api/auth/session").await.0 });
    let answers = futures_util::future::join_all(requests).await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1);
}

#[tokio::test]
async fn several_faults_at_once_are_all_visible() {
    let ids = [
        "wrong-method-not-found",
        "errors-as-string",
        "markup-escaped",
        "text-trimmed",
        "head-overstated",
        "deletes-not-pulled",
        "pull-descends",
        "garbage-breaks",
    ];
    let server = start(ids.map(|id| find(id).unwrap())).await;
    let ann = server.person("ann");
    let home = ann.home().await;
    let mut op = put("b", 1);
    op["payload"]["name"] = json!(" <b> ");
    let (_, pushed) = ann.push(&home, json!([put("a", 1), op, delete("c", 1)])).await;
    assert_eq!(pushed["serverVersion"], 4);
    let (_, page) = ann.pull(&home).await;
    let pks: Vec<&Value> = page["changes"].as_array().unwrap().iter().map(|change| &change["pk"]).collect();
    assert_eq!(pks, ["b", "a"]);
    assert_eq!(page["changes"][0]["payload"]["name"], "&lt;b>");
    assert_eq!(ann.send(Method::PUT, "/api/sync/pull", None).await, (404, json!("404 Not Found")));
    let address = server.base.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(b"\0garbage\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
}
