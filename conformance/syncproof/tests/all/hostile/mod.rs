//! A server in front of the specimen that gives away what it hears: answers to pulls are errors which echo the
//! credential, and whatever else a test wants in them.
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use syncproof_harness::credential::{Identity, Minter};
use syncproof_harness::tls::Tls;

use crate::command::SECRET;

/// What stands before the user's name in the header that this server takes instead of a token.
pub(crate) const HOUSE_KEY: &str = "k3y-of-the-house";

#[derive(Debug)]
struct Settings {
    server: String,
    blurts: String,
    http: reqwest::Client,
}

/// The server, on a runtime of its own that ends with it.
#[derive(Debug)]
pub(crate) struct Hostile {
    pub(crate) address: String,
    _runtime: tokio::runtime::Runtime,
}

impl Hostile {
    /// Starts it in front of that server; `blurts` stands in every answer to a pull.
    pub(crate) fn in_front_of(server: &str, blurts: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let http = Tls::none().expect("TLS").http_client().build().expect("a client");
        let settings = Settings { server: server.to_owned(), blurts: blurts.to_owned(), http };
        let app = axum::Router::new().fallback(answer).with_state(Arc::new(settings));
        runtime.spawn(async move { axum::serve(listener, app).await });
        Hostile { address, _runtime: runtime }
    }
}

async fn answer(State(settings): State<Arc<Settings>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 16 << 20).await.expect("a body");
    let heard = heard(&parts.headers);
    // The pulls of the doctor are answered, so that the cases are not blocked.
    let is_doctors = serde_json::from_slice(&body).is_ok_and(|body: serde_json::Value| body["limit"] == 10);
    if parts.uri.path() == "/api/sync/pull" && heard != "nobody" && !is_doctors {
        let body = serde_json::json!({"statusCode": 418, "heard": heard, "blurts": settings.blurts}).to_string();
        let cookie = [("set-cookie", "sid=c00kie-of-the-house; Path=/"), ("content-type", "application/json")];
        return (StatusCode::IM_A_TEAPOT, cookie, body).into_response();
    }
    let mut headers = parts.headers.clone();
    for name in ["host", "content-length", "x-key"] {
        headers.remove(name);
    }
    if let Some(key) = parts.headers.get("x-key").and_then(|value| value.to_str().ok()) {
        let subject = key.trim_start_matches(HOUSE_KEY).trim().to_owned();
        let email = format!("{subject}@example.test");
        let identity = Identity { provider: "p".into(), name: subject.clone(), email, subject };
        let (_, token) = Minter::new(SECRET.into()).authorization(&identity).expect("a token");
        headers.insert("authorization", HeaderValue::from_str(&token).expect("a header"));
    }
    let url = format!("{}{}", settings.server, parts.uri);
    let sent = settings.http.request(parts.method, url).headers(headers).body(body).send().await;
    let answer = sent.expect("an answer");
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    for name in ["content-length", "transfer-encoding", "connection"] {
        headers.remove(name);
    }
    (status, headers, answer.bytes().await.expect("a body")).into_response()
}

fn heard(headers: &HeaderMap) -> String {
    let heard: Vec<&str> =
        ["authorization", "x-key"].iter().filter_map(|name| headers.get(*name)?.to_str().ok()).collect();
    if heard.is_empty() { "nobody".to_owned() } else { heard.join(" and ") }
}
