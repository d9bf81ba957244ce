//! How a request reaches a server: over sockets, or by calling the router of a server in this process.

use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::HeaderMap;
use tower::ServiceExt as _;

use super::pace::Pace;
use super::request::Request;
use crate::tls::Tls;
use syncproof_protocol::exchange::Exchange;

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
pub(super) struct Received {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Received {
    fn new(status: u16, headers: &HeaderMap, body: Bytes) -> Self {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect();
        Received { status, headers, body: body.into() }
    }
}

/// Adds the answer, or the reason why there is none, to the exchange of a request.
pub(super) fn complete(exchange: &mut Exchange, received: Result<Received, String>, started: Instant) {
    match received {
        Ok(Received { status, headers, body }) => {
            (exchange.status, exchange.headers, exchange.response) = (Some(status), headers, body);
        }
        Err(error) => exchange.error = Some(error),
    }
    exchange.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
}

/// The way to one server.
#[derive(Debug, Clone)]
pub(super) enum Transport {
    /// Over connections that are kept open.
    Sockets { http: reqwest::Client, tls: Tls },
    /// Without a connection.
    Router(axum::Router),
}

impl Transport {
    /// Over sockets, with new connections.
    pub(super) fn sockets(tls: &Tls, pace: &Pace) -> Result<Self, String> {
        Ok(Transport::Sockets { http: new_connections(tls, pace)?, tls: tls.clone() })
    }

    /// Which certificates are accepted. Without sockets there are none.
    pub(super) fn tls(&self) -> Result<Tls, String> {
        match self {
            Transport::Sockets { tls, .. } => Ok(tls.clone()),
            Transport::Router(_) => Tls::none(),
        }
    }

    /// The same way on new connections.
    pub(super) fn on_new_connections(&self, pace: &Pace) -> Result<Self, String> {
        match self {
            Transport::Sockets { tls, .. } => Transport::sockets(tls, pace),
            Transport::Router(router) => Ok(Transport::Router(router.clone())),
        }
    }

    /// Sends a request with these headers. The error says why there is no answer.
    pub(super) async fn send(
        &self,
        base: &str,
        headers: impl Iterator<Item = &(String, String)>,
        request: &Request,
    ) -> Result<Received, String> {
        match self {
            Transport::Sockets { http, .. } => {
                let mut builder = http.request(request.method.clone(), format!("{base}{}", request.path));
                for (name, value) in headers {
                    builder = builder.header(name, value);
                }
                if let Some(body) = &request.body {
                    builder = builder.header("content-type", "application/json").body(body.clone());
                }
                receive(builder).await
            }
            Transport::Router(router) => call(router.clone(), headers, request).await,
        }
    }
}

async fn call(
    router: axum::Router,
    headers: impl Iterator<Item = &(String, String)>,
    request: &Request,
) -> Result<Received, String> {
    let mut builder = axum::http::Request::builder().method(request.method.clone()).uri(&request.path);
    for (name, value) in headers {
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
        Ok(Received::new(parts.status.as_u16(), &parts.headers, body))
    };
    tokio::time::timeout(ANSWER_TIMEOUT, answer).await.map_err(|_| "operation timed out".to_owned())?
}

pub(super) fn new_connections(tls: &Tls, pace: &Pace) -> Result<reqwest::Client, String> {
    tls.http_client()
        .timeout(pace.scaled(ANSWER_TIMEOUT))
        .connect_timeout(pace.scaled(CONNECT_TIMEOUT))
        .pool_idle_timeout(IDLE_TIMEOUT)
        .user_agent(concat!("syncproof/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| format!("the HTTP client cannot be set up: {}", chain(&error)))
}

pub(super) async fn receive(builder: reqwest::RequestBuilder) -> Result<Received, String> {
    let mut answer = builder.send().await.map_err(|error| chain(&error))?;
    let (status, headers) = (answer.status().as_u16(), std::mem::take(answer.headers_mut()));
    let body = answer.bytes().await.map_err(|error| chain(&error))?;
    Ok(Received::new(status, &headers, body))
}

/// An error with its causes, in one line.
fn chain(error: &reqwest::Error) -> String {
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
