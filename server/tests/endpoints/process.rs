//! The real binary over a real socket: start, graceful stop, kill, and clients that send invalid HTTP.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{SECRET, put, token};

/// Generous, because a slow machine is not a defect.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Process {
    pub(crate) fn start(database: &Path) -> Self {
        Self::start_with(database, &[])
    }

    pub(crate) fn start_with(database: &Path, flags: &[&str]) -> Self {
        Self::spawn(command().env("OR3_SQLITE_DB_PATH", database).args(flags))
    }

    /// Runs the command, and waits until it listens.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address =
            line.trim().strip_prefix("listening on http://").expect("the line that says where it listens").to_owned();
        Self { child, address }
    }

    fn pid(&self) -> String {
        self.child.id().to_string()
    }

    pub(crate) fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.pid()]).status().unwrap().success());
    }

    pub(crate) async fn get(&self, path: &str, user: &str) -> (u16, Value) {
        send(client().get(self.url(path)).bearer_auth(token("test", user))).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        send(client().post(self.url(path)).bearer_auth(token("test", "ann")).json(body)).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn home(&self) -> String {
        let (_, body) = self.get("/api/auth/session", "ann").await;
        body["session"]["workspace"]["id"].as_str().unwrap().to_owned()
    }

    /// Pulls up to 1000 changes after a cursor.
    pub(crate) async fn changes(&self, home: &str, cursor: u64) -> Vec<Value> {
        let body = json!({ "scope": { "workspaceId": home }, "cursor": cursor, "limit": 1000 });
        let (status, page) = self.post("/api/sync/pull", &body).await;
        assert_eq!(status, 200, "{page}");
        page["changes"].as_array().unwrap().clone()
    }

    /// Begins a push: sends its head with these additional header lines, and returns the stream and the body to be sent.
    fn begin_push(&self, home: &str, op: &Value, more_headers: &str) -> (TcpStream, String) {
        let body = push_body(home, op).to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let (token, length) = (token("test", "ann"), body.len());
        write!(
            stream,
            "POST /api/sync/push HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\n{more_headers}\r\n"
        )
        .unwrap();
        (stream, body)
    }

    pub(crate) async fn push(&self, home: &str, op: &Value) -> Value {
        let (status, body) = self.post("/api/sync/push", &push_body(home, op)).await;
        assert_eq!(status, 200, "{body}");
        body["results"][0].clone()
    }

    /// Sends bytes, and returns everything that the server sends before it closes the connection.
    fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.write_all(request).unwrap();
        // A server that refuses invalid HTTP may have closed already; bytes that it did not read then reset the connection.
        let closed =
            |error: &std::io::Error| matches!(error.kind(), ErrorKind::NotConnected | ErrorKind::ConnectionReset);
        let done = stream.shutdown(std::net::Shutdown::Write);
        assert!(done.as_ref().err().is_none_or(closed), "{done:?}");
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        assert!(read.as_ref().err().is_none_or(closed), "{read:?}");
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// The binary, with a secret and a free port.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_syncproof-server"));
    command.env_clear().env("SYNCPROOF_JWT_SECRET", SECRET).env("SYNCPROOF_LISTEN", "127.0.0.1:0").stdin(Stdio::null());
    command
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that connects anew for each request. The servers speak plain HTTP: it needs no certificates, and reading
/// those of the system takes time.
pub(crate) fn client() -> reqwest::Client {
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let tls = tls.with_safe_default_protocol_versions().unwrap();
    let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).timeout(DEADLINE).build().unwrap()
}

async fn send(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn push_body(home: &str, op: &Value) -> Value {
    json!({ "scope": { "workspaceId": home }, "ops": [op] })
}

#[tokio::test]
async fn sigterm_and_sigint_exit_with_0_and_empty_the_write_ahead_log() {
    for name in ["-TERM", "-INT"] {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("sync.db");
        let mut process = Process::start(&database);
        let home = process.home().await;
        process.push(&home, &put("a", 1, 1)).await;
        process.signal(name);
        assert_eq!(process.child.wait().unwrap().code(), Some(0));
        assert!(!folder.path().join("sync.db-wal").exists(), "the log was moved into the database");
        let process = Process::start(&database);
        assert_eq!(process.push(&home, &put("b", 1, 1)).await["serverVersion"], 2);
    }
}

#[tokio::test]
async fn sigterm_lets_running_requests_finish() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(&folder.path().join("sync.db"));
    let home = process.home().await;
    let (mut stream, body) = process.begin_push(&home, &put("a", 1, 1), "expect: 100-continue\r\n");
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    // The server has begun to read the body, so the request is in flight.
    reader.read_line(&mut line).unwrap();
    assert!(line.contains("100"), "{line}");
    process.signal("-TERM");
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    reader.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("200 OK") && answer.contains("\"serverVersion\":1"), "{answer}");
    assert_eq!(process.child.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn acknowledged_writes_survive_a_kill_and_others_can_be_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("sync.db");
    let mut process = Process::start(&database);
    let home = process.home().await;
    let acknowledged: Vec<Value> = (0..20).map(|number| put(&number.to_string(), 1, number)).collect();
    let mut versions = Vec::new();
    for op in &acknowledged {
        versions.push(process.push(&home, op).await["serverVersion"].clone());
    }
    let in_flight = put("in flight", 1, 1);
    let (mut stream, body) = process.begin_push(&home, &in_flight, "");
    stream.write_all(body.as_bytes()).unwrap();
    process.child.kill().unwrap();
    process.child.wait().unwrap();
    let process = Process::start(&database);
    for (op, version) in acknowledged.iter().zip(&versions) {
        assert_eq!(&process.push(&home, op).await["serverVersion"], version);
    }
    assert_eq!(process.push(&home, &in_flight).await["serverVersion"], 21);
    assert_eq!(process.changes(&home, 0).await.len(), 21);
}

#[tokio::test]
async fn an_oversized_body_gets_413_and_the_server_keeps_running() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(&folder.path().join("sync.db"));
    let (status, body) = process.post("/api/sync/push", &json!("x".repeat(20 * 1024 * 1024))).await;
    assert_eq!((status, &body["statusCode"]), (413, &json!(413)));
    let announced = process.raw(b"POST /api/sync/push HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n");
    assert!(announced.contains(" 413 ") && announced.contains("\"statusCode\":413"), "{announced}");
    process.home().await;
}

#[tokio::test]
async fn malformed_http_and_truncated_bodies_do_not_harm_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(&folder.path().join("sync.db"));
    for request in [
        &b"nonsense\r\n\r\n"[..],
        b"GET /api/auth/session HTTP/9.9\r\nhost: x\r\n\r\n",
        b"POST /api/sync/push HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{",
        b"POST /api/sync/push HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n",
        b"",
    ] {
        let answer = process.raw(request);
        assert!(!answer.contains(" 50"), "{answer}");
    }
    process.home().await;
}
