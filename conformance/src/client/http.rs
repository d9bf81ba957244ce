//! The HTTP client: sends a request, waits out 429 within a bound, records the exchange.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Answer, Recorder};
use crate::exchange::Exchange;

/// Longest wait for one answer. A server that has said nothing for so long hangs.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection idle for longer is not used again: servers close idle connections, some after a few seconds, and a
/// request sent into that moment would be lost.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);
/// Longest total wait for a server that answers 429 (`http.rate-limit`).
const RATE_LIMIT_TIMEOUT: Duration = Duration::from_secs(30);

/// One request to send.
#[derive(Debug, Clone)]
pub struct Request {
    method: reqwest::Method,
    path: String,
    body: Option<Vec<u8>>,
}

impl Request {
    /// A GET.
    pub fn get(path: impl Into<String>) -> Self {
        Request { method: reqwest::Method::GET, path: path.into(), body: None }
    }

    /// A DELETE without a body.
    pub fn delete(path: impl Into<String>) -> Self {
        Request { method: reqwest::Method::DELETE, path: path.into(), body: None }
    }

    /// A POST of a JSON body.
    pub fn post(path: impl Into<String>, body: &Value) -> Self {
        Request { method: reqwest::Method::POST, path: path.into(), body: Some(body.to_string().into_bytes()) }
    }

    /// A PATCH with a JSON body.
    pub fn patch(path: impl Into<String>, body: &Value) -> Self {
        Request { method: reqwest::Method::PATCH, ..Request::post(path, body) }
    }

    /// Any method, and any bytes as the body.
    pub fn raw(method: reqwest::Method, path: impl Into<String>, body: Option<Vec<u8>>) -> Self {
        Request { method, path: path.into(), body }
    }
}

/// Speaks to one target, over connections of its own.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    actor: String,
    credential: Vec<(String, String)>,
    recorder: Arc<Recorder>,
}

impl Client {
    /// A client without credentials for the target at `base` (scheme, host and port).
    ///
    /// # Errors
    /// When the HTTP library cannot be set up.
    pub fn anonymous(base: &str, recorder: Arc<Recorder>) -> Result<Self, String> {
        Ok(Client {
            http: new_connections()?,
            base: base.trim_end_matches('/').to_owned(),
            actor: "anonymous".to_owned(),
            credential: Vec::new(),
            recorder,
        })
    }

    /// The same target and connections, with these headers as the credential of that actor.
    #[must_use]
    pub fn with_credential(&self, actor: &str, credential: &[(String, String)]) -> Self {
        Client { actor: actor.to_owned(), credential: credential.to_vec(), ..self.clone() }
    }

    /// The same client on connections that nobody else uses.
    ///
    /// # Errors
    /// When the HTTP library cannot be set up.
    pub fn on_new_connections(&self) -> Result<Self, String> {
        Ok(Client { http: new_connections()?, ..self.clone() })
    }

    /// The same client for a server at another address.
    ///
    /// # Errors
    /// When the HTTP library cannot be set up.
    pub fn at(&self, base: &str) -> Result<Self, String> {
        Ok(Client { http: new_connections()?, base: base.trim_end_matches('/').to_owned(), ..self.clone() })
    }

    /// Sends a request and waits for its answer. A 429 is waited out and tried again within a bound; that no answer
    /// came is an answer, too, so that a check can say what it was waiting for.
    pub async fn send(&self, request: Request) -> Answer {
        let started = Instant::now();
        let mut pause = Duration::from_millis(100);
        loop {
            let exchange = Arc::new(self.exchange(&request).await);
            self.recorder.record(&exchange);
            let waited = started.elapsed();
            if exchange.status != Some(429) || waited >= RATE_LIMIT_TIMEOUT {
                return Answer::new(exchange);
            }
            let asked = exchange.header("retry-after").and_then(|value| value.trim().parse().ok());
            let wait = asked.map_or(pause, Duration::from_secs).min(RATE_LIMIT_TIMEOUT.saturating_sub(waited));
            tokio::time::sleep(wait).await;
            pause *= 2;
        }
    }

    async fn exchange(&self, request: &Request) -> Exchange {
        let started = Instant::now();
        let mut builder = self.http.request(request.method.clone(), format!("{}{}", self.base, request.path));
        for (name, value) in &self.credential {
            builder = builder.header(name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.header("content-type", "application/json").body(body.clone());
        }
        let mut exchange = Exchange {
            actor: self.actor.clone(),
            method: request.method.to_string(),
            path: request.path.clone(),
            request: request.body.clone(),
            status: None,
            headers: Vec::new(),
            response: Vec::new(),
            error: None,
            duration_ms: 0,
        };
        match receive(builder).await {
            Ok((status, headers, response)) => {
                exchange.status = Some(status);
                exchange.headers = headers;
                exchange.response = response;
            }
            Err(error) => exchange.error = Some(chain(&error)),
        }
        exchange.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        exchange
    }
}

fn new_connections() -> Result<reqwest::Client, String> {
    reqwest::Client::builder()
        .timeout(ANSWER_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("syncproof/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| format!("the HTTP client cannot be set up: {}", chain(&error)))
}

type Received = (u16, Vec<(String, String)>, Vec<u8>);

async fn receive(builder: reqwest::RequestBuilder) -> Result<Received, reqwest::Error> {
    let answer = builder.send().await?;
    let status = answer.status().as_u16();
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let body = answer.bytes().await?;
    Ok((status, headers, body.to_vec()))
}

/// An error with its causes, on one line; the address is in the report already.
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
