//! Mistakes that show between requests, or between processes on one store: a proxy makes them, and forwards requests to
//! a reference server without a bug in the same process.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use syncproof_protocol::endpoint;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{StartupFault, store};
use syncproof_harness::credential::{Identity, Minter};
use syncproof_harness::targets::{START_TIMEOUT, wait_until_ready};
use syncproof_harness::tls::Tls;

/// The largest body that is forwarded, in bytes.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;
/// The time between the lookup of a user and the insertion, in which other processes can insert the same user.
const BETWEEN_LOOK_AND_INSERT: Duration = Duration::from_millis(30);

/// The proxy, with the mistake that it makes.
pub(crate) struct FaultyProxy {
    inner: String,
    fault: StartupFault,
    secret: Vec<u8>,
    database: PathBuf,
    http: reqwest::Client,
    memory: Mutex<ProxyState>,
    /// Held during the lookup and the insertion: within one process there is no race.
    logins: tokio::sync::Mutex<()>,
}

/// What this process remembers.
#[derive(Default)]
struct ProxyState {
    /// Answers, by credential and request.
    answers: BTreeMap<String, (StatusCode, Bytes)>,
    /// The version that each workspace was at when this process first wrote there, and how many it has numbered since.
    heads: BTreeMap<String, u64>,
    /// This process's own name for each op id, and back.
    op_ids: BTreeMap<String, String>,
    /// The provider that this process uses for each identity.
    logins: BTreeMap<String, String>,
}

impl FaultyProxy {
    /// A proxy for the server at `inner`.
    pub(crate) fn new(inner: String, fault: StartupFault, secret: Vec<u8>, database: PathBuf) -> Option<Self> {
        let http = Tls::none().ok()?.http_client().build().ok()?;
        let (memory, logins) = Default::default();
        Some(FaultyProxy { inner, fault, secret, database, http, memory, logins })
    }

    /// Serves as soon as the server behind it answers, until `stop`.
    pub(crate) async fn serve(self, listen: &str, stop: impl Future<Output = ()> + Send + 'static) {
        if wait_until_ready(&self.inner, START_TIMEOUT, || None::<()>).await.is_err() {
            return;
        }
        let Ok(listener) = TcpListener::bind(listen).await else { return };
        let router = Router::new().fallback(forward).with_state(Arc::new(self));
        let _ = axum::serve(listener, router).with_graceful_shutdown(stop).await;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, ProxyState> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forwards a request to the server behind.
    async fn ask(&self, request: &ProxiedRequest, body: Bytes) -> ProxiedResponse {
        let mut builder = self.http.request(request.method.clone(), format!("{}{}", self.inner, request.path));
        for (name, value) in [("authorization", &request.credential), ("content-type", &request.content_type)] {
            if let Some(value) = value {
                builder = builder.header(name, value);
            }
        }
        match builder.body(body).send().await {
            Ok(answer) => {
                let status = answer.status();
                ProxiedResponse { status, body: answer.bytes().await.unwrap_or_default() }
            }
            Err(_) => {
                ProxiedResponse { status: StatusCode::BAD_GATEWAY, body: Bytes::from_static(b"{\"statusCode\":502}") }
            }
        }
    }

    /// Pushes each op in a request of its own, so that a kill can come between them.
    async fn one_by_one(&self, request: &ProxiedRequest, body: &Value) -> Option<ProxiedResponse> {
        let ops = body["ops"].as_array()?;
        let (mut results, mut head) = (Vec::new(), Value::Null);
        for op in ops {
            let single = json!({"scope": body["scope"], "ops": [op]});
            let answered = self.ask(request, single.to_string().into()).await;
            let one: Value = serde_json::from_slice(&answered.body).ok()?;
            if answered.status != StatusCode::OK {
                return Some(answered);
            }
            results.extend(one["results"].as_array().into_iter().flatten().cloned());
            head = one["serverVersion"].clone();
        }
        let body = json!({"results": results, "serverVersion": head}).to_string().into();
        Some(ProxiedResponse { status: StatusCode::OK, body })
    }

    /// Numbers new ops from the head that this process has seen last.
    fn numbered(&self, workspace: &str, answered: ProxiedResponse) -> ProxiedResponse {
        let Ok(mut body) = serde_json::from_slice::<Value>(&answered.body) else { return answered };
        let mut memory = self.state();
        for result in body["results"].as_array_mut().into_iter().flatten() {
            if result["replayed"] != json!(true)
                && let Some(version) = result["serverVersion"].as_u64()
            {
                let head = memory.heads.entry(workspace.to_owned()).or_insert(version - 1);
                *head += 1;
                result["serverVersion"] = json!(*head);
            }
        }
        if let Some(head) = memory.heads.get(workspace) {
            body["serverVersion"] = json!(head);
        }
        ProxiedResponse { body: body.to_string().into(), ..answered }
    }

    /// Replaces op ids by ids that only this process knows.
    fn translate_op_ids(&self, body: &Value, text: &str) -> String {
        let mut memory = self.state();
        let mut text = text.to_owned();
        for op in body["ops"].as_array().into_iter().flatten() {
            let Some(id) = op["stamp"]["opId"].as_str() else { continue };
            let own = memory.op_ids.entry(id.to_owned()).or_insert_with(|| uuid::Uuid::new_v4().to_string());
            text = text.replace(id, own);
        }
        text
    }

    fn restore_op_ids(&self, answered: ProxiedResponse) -> ProxiedResponse {
        let mut text = String::from_utf8_lossy(&answered.body).into_owned();
        for (id, own) in &self.state().op_ids {
            text = text.replace(own, id);
        }
        ProxiedResponse { body: text.into(), ..answered }
    }

    /// A credential for that identity as this process knows it.
    async fn login(&self, credential: &str) -> Option<String> {
        let token = credential.split('.').nth(1)?;
        let bytes = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, token).ok()?;
        let claims: Value = serde_json::from_slice(&bytes).ok()?;
        let claim = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
        let (subject, email, name) = (claim("sub"), claim("email"), claim("name"));
        let provider = match self.fault {
            StartupFault::OwnUsers => format!("{}-{}", claim("provider"), std::process::id()),
            _ => self.racing(&claim("provider"), &subject).await,
        };
        Minter::new(self.secret.clone())
            .authorization(&Identity { provider, subject, email, name })
            .ok()
            .map(|(_, value)| value)
    }

    /// Looks up the identity, and creates it if it is not known; between the two, another process can create it, too.
    /// Later all processes find the same one.
    async fn racing(&self, provider: &str, subject: &str) -> String {
        let _alone = self.logins.lock().await;
        if let Some(known) = store::known_as(&self.database, provider, subject) {
            return known;
        }
        let key = format!("{provider}/{subject}");
        if let Some(own) = self.state().logins.get(&key) {
            return own.clone();
        }
        tokio::time::sleep(BETWEEN_LOOK_AND_INSERT).await;
        let own = format!("{provider}~{}", std::process::id());
        self.state().logins.insert(key, own.clone());
        own
    }
}

/// The parts of a request that are forwarded.
struct ProxiedRequest {
    method: reqwest::Method,
    path: String,
    credential: Option<String>,
    content_type: Option<String>,
}

/// The answer of the server behind.
#[derive(Clone)]
struct ProxiedResponse {
    status: StatusCode,
    body: Bytes,
}

impl From<ProxiedResponse> for Response {
    fn from(answered: ProxiedResponse) -> Self {
        let mut response = (answered.status, answered.body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

async fn forward(State(proxy): State<Arc<FaultyProxy>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let text =
        |name: header::HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut asked = ProxiedRequest {
        method: parts.method.clone(),
        path: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        credential: text(header::AUTHORIZATION),
        content_type: text(header::CONTENT_TYPE),
    };
    let Ok(bytes) = to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    if matches!(proxy.fault, StartupFault::OwnUsers | StartupFault::RacesForUsers)
        && let Some(credential) = &asked.credential
        && let Some(own) = proxy.login(credential).await
    {
        asked.credential = Some(own);
    }
    let json: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let is_push = asked.path == endpoint::PUSH.path;
    let key = format!("{} {:?} {json}", asked.path, asked.credential);
    let kept = match proxy.fault {
        StartupFault::KeepsSessions => asked.method == reqwest::Method::GET,
        StartupFault::KeepsPulls => asked.path == endpoint::PULL.path,
        _ => false,
    };
    if kept {
        let known = proxy.state().answers.get(&key).cloned();
        if let Some((status, body)) = known {
            return ProxiedResponse { status, body }.into();
        }
    }
    let answered = match proxy.fault {
        StartupFault::CommitsOpByOp if is_push => match proxy.one_by_one(&asked, &json).await {
            Some(answered) => answered,
            None => proxy.ask(&asked, bytes).await,
        },
        StartupFault::NumbersByItself if is_push => {
            let workspace = json["scope"]["workspaceId"].to_string();
            proxy.numbered(&workspace, proxy.ask(&asked, bytes).await)
        }
        StartupFault::OwnOpIds => {
            let text = proxy.translate_op_ids(&json, &String::from_utf8_lossy(&bytes));
            proxy.restore_op_ids(proxy.ask(&asked, text.into()).await)
        }
        StartupFault::MultipliesTombstones if is_push => {
            let answered = proxy.ask(&asked, bytes).await;
            store::multiply_tombstones(&proxy.database);
            answered
        }
        _ => proxy.ask(&asked, bytes).await,
    };
    if kept && answered.status == StatusCode::OK {
        proxy.state().answers.insert(key, (answered.status, answered.body.clone()));
    } else if is_push
        || (asked.method != reqwest::Method::GET && asked.path.starts_with(endpoint::CREATE_WORKSPACE.path))
    {
        // Changes that go through this process are visible to it at once.
        proxy.state().answers.clear();
    }
    answered.into()
}
