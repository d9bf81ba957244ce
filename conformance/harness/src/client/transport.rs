//! How a request reaches a server: over sockets, or by calling the router of a server in this process.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use tower::ServiceExt as _;

use super::pace::Pace;
use super::request::Request;

/// Longest wait for one answer. A server that takes longer hangs.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that was idle for longer is not used again. Servers close idle connections, some after a few seconds, and
/// a request that is sent at that moment would be lost.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);
/// The largest answer that is accepted from a router. Over sockets, the time is the bound.
const MAX_BYTES: usize = 1 << 30;

/// Status, headers (names in lower case) and body of an answer.
pub(super) type Received = (u16, Vec<(String, String)>, Vec<u8>);

/// The way to one server.
#[derive(Debug, Clone)]
pub(super) enum Transport {
    /// Over connections that are kept open.
    Sockets(reqwest::Client),
    /// Without a connection.
    Router(axum::Router),
}

impl Transport {
    /// The same way on new connections.
    pub(super) fn on_new_connections(&self, pace: &Pace) -> Result<Self, String> {
        match self {
            Transport::Sockets(_) => new_connections(pace).map(Transport::Sockets),
            Transport::Router(router) => Ok(Transport::Router(router.clone())),
        }
    }

    /// Sends a request. The error says why there is no answer.
    pub(super) async fn send(
        &self,
        base: &str,
        credential: &[(String, String)],
        request: &Request,
    ) -> Result<Received, String> {
        match self {
            Transport::Sockets(http) => {
                let mut builder = http.request(request.method.clone(), format!("{base}{}", request.path));
                for (name, value) in credential {
                    builder = builder.header(name, value);
                }
                if let Some(body) = &request.body {
                    builder = builder.header("content-type", "application/json").body(body.clone());
                }
                receive(builder).await.map_err(|error| chain(&error))
            }
            Transport::Router(router) => call(router.clone(), credential, request).await,
        }
    }
}

async fn call(router: axum::Router, credential: &[(String, String)], request: &Request) -> Result<Received, String> {
    let mut builder = axum::http::Request::builder().method(request.method.clone()).uri(&request.path);
    for (name, value) in credential {
        // As bytes: a header may hold more than ASCII (RFC 9110, section 5.5).
        builder = builder.header(name, value.as_bytes());
    }
    let body = match &request.body {
        Some(body) => {
            builder = builder.header("content-type", "application/json").header("content-length", body.len());
            Body::from(body.clone())
        }
        None => Body::empty(),
    };
    let called = builder.body(body).map_err(|error| error.to_string())?;
    let answer = async {
        // A router never fails by itself: its error type is empty.
        let Ok(answer) = router.oneshot(called).await;
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, MAX_BYTES).await.map_err(|error| error.to_string())?;
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        Ok((parts.status.as_u16(), headers.collect(), body.into()))
    };
    tokio::time::timeout(ANSWER_TIMEOUT, answer).await.map_err(|_| "operation timed out".to_owned())?
}

pub(super) fn new_connections(pace: &Pace) -> Result<reqwest::Client, String> {
    reqwest::Client::builder()
        .timeout(pace.scaled(ANSWER_TIMEOUT))
        .connect_timeout(pace.scaled(CONNECT_TIMEOUT))
        .pool_idle_timeout(IDLE_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("syncproof/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| format!("the HTTP client cannot be set up: {}", chain(&error)))
}

pub(super) async fn receive(builder: reqwest::RequestBuilder) -> Result<Received, reqwest::Error> {
    let answer = builder.send().await?;
    let status = answer.status().as_u16();
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let body = answer.bytes().await?;
    Ok((status, headers, body.into()))
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    let mut depth = 0;
    while let Some(error) = cause.filter(|_| depth < 8) {
        let sentence = error.to_string();
        if !text.ends_with(&sentence) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&sentence);
        }
        cause = error.source();
        depth += 1;
    }
    text
}
