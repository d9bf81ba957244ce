//! The HTTP client: sends requests at the rate of the run, waits and retries after 429 within a bound, records exchanges.

use std::sync::Arc;
use std::time::Instant;

use super::answer::Answer;
use super::pace::pause_after;
use super::recorder::{self, Recorder};
use super::request::Request;
use super::transport::{Transport, complete};
use crate::tls::Tls;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::gzip::{gunzip, is_accepted};

/// The longest body in gzip that is read, in bytes of what it decodes to.
const MAX_UNPACKED: u64 = 1 << 30;

/// Sends requests to one target, with one credential.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Transport,
    base: String,
    actor: String,
    credential: Vec<(String, String)>,
    /// What every request says beside that.
    headers: Vec<(String, String)>,
    recorder: Arc<Recorder>,
}

impl Client {
    /// A client without credentials for the target at `base` (scheme, host and port).
    ///
    /// # Errors
    /// When the HTTP library cannot be set up.
    pub fn anonymous(base: &str, tls: &Tls, recorder: Arc<Recorder>) -> Result<Self, String> {
        Ok(Client {
            transport: Transport::sockets(tls, recorder.pace())?,
            base: base.trim_end_matches('/').to_owned(),
            actor: "anonymous".to_owned(),
            credential: Vec::new(),
            headers: Vec::new(),
            recorder,
        })
    }

    /// A client without credentials for a server in this process. Its router is called directly, without a socket.
    #[must_use]
    pub fn in_process(router: axum::Router, recorder: Arc<Recorder>) -> Self {
        let (transport, base) = (Transport::Router(router), "http://in-process".to_owned());
        let actor = "anonymous".to_owned();
        Client { transport, base, actor, credential: Vec::new(), headers: Vec::new(), recorder }
    }

    /// The same target, connections and credential, with another recorder.
    #[must_use]
    pub fn recorded_by(&self, recorder: &Arc<Recorder>) -> Self {
        Client { recorder: Arc::clone(recorder), ..self.clone() }
    }

    /// The same target and connections, with these headers as the credential of that actor.
    #[must_use]
    pub fn with_credential(&self, actor: &str, credential: &[(String, String)]) -> Self {
        Client { actor: actor.to_owned(), credential: credential.to_vec(), ..self.clone() }
    }

    /// The same client, whose requests have that header in place of others of its name.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut headers = self.headers.clone();
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        headers.push((name.to_owned(), value.to_owned()));
        Client { headers, ..self.clone() }
    }

    /// The same client on new connections.
    ///
    /// # Errors
    /// When the HTTP library cannot be set up.
    pub fn on_new_connections(&self) -> Result<Self, String> {
        Ok(Client { transport: self.transport.on_new_connections(self.recorder.pace())?, ..self.clone() })
    }

    /// The same client for a server at another address.
    ///
    /// # Errors
    /// When the HTTP library cannot be set up.
    pub fn at(&self, base: &str) -> Result<Self, String> {
        Ok(Client {
            transport: Transport::sockets(&self.transport.tls()?, self.recorder.pace())?,
            base: base.trim_end_matches('/').to_owned(),
            ..self.clone()
        })
    }

    /// Which certificates are accepted.
    pub(super) fn tls(&self) -> Result<Tls, String> {
        self.transport.tls()
    }

    /// Address, actor, credential and recorder, for the raw client.
    pub(super) fn parts(&self) -> (&str, &str, &[(String, String)], &Arc<Recorder>) {
        (&self.base, &self.actor, &self.credential, &self.recorder)
    }

    /// Sends a request and waits for its answer. After a 429 it waits and tries again, within a bound. A missing answer is
    /// an `Answer` too, so that a check can say what it expected.
    pub async fn send(&self, request: Request) -> Answer {
        self.reserve_rate(1).await;
        self.send_saved(request).await
    }

    /// Waits until the rate of the run allows so many requests at the same instant.
    pub(crate) async fn reserve_rate(&self, requests: usize) {
        let wait = self.recorder.pace().reserve(requests);
        if !wait.is_zero() {
            let _wait = self.recorder.waiting().begin();
            tokio::time::sleep(wait).await;
        }
    }

    /// As [`Client::send`], for a request that was reserved by [`Client::reserve_rate`].
    pub(crate) async fn send_saved(&self, request: Request) -> Answer {
        let (pace, started) = (self.recorder.pace(), Instant::now());
        let mut turn = None;
        if let Some(line) = pace.known_line(&self.credential) {
            // Requests that wait after a 429 come first.
            if line.try_lock().is_err() {
                let _wait = self.recorder.waiting().begin();
                turn = tokio::time::timeout(pace.max_wait(), line.lock_owned()).await.ok();
            }
        }
        let mut times = 0_u32;
        loop {
            let sent = recorder::Request { started: Instant::now(), credential: &self.credential, base: &self.base };
            let exchange = {
                let _open = self.recorder.begin(request.exchange(&self.actor));
                Arc::new(self.exchange(&request).await)
            };
            self.recorder.record_request(&exchange, sent);
            let left = pace.max_wait().saturating_sub(started.elapsed());
            if exchange.status != Some(429) || left.is_zero() {
                return Answer::new(exchange);
            }
            let _wait = self.recorder.waiting().begin();
            let line = pace.line(&self.credential);
            let ahead = turn.is_none() && line.try_lock().is_err();
            if turn.is_none() {
                turn = tokio::time::timeout(left, line.lock_owned()).await.ok();
            }
            // If another request was ahead, it has waited until the server accepted it.
            if !ahead {
                tokio::time::sleep(pause_after(&exchange, times).min(left)).await;
            }
            tokio::time::sleep(pace.reserve(1)).await;
            times = times.saturating_add(1);
        }
    }

    async fn exchange(&self, request: &Request) -> Exchange {
        let started = Instant::now();
        let mut exchange = request.exchange(&self.actor);
        let headers = self.credential.iter().chain(&self.headers);
        complete(&mut exchange, self.transport.send(&self.base, headers, request).await, started);
        unpack(&mut exchange, self.headers.iter().any(|(name, value)| name == "accept-encoding" && is_accepted(value)));
        exchange
    }
}

/// Replaces a body in gzip by what it decodes to. Where the client accepts that, the head then names no coding, as HTTP
/// libraries do it; a body that is not in the coding that its head names stays as it is.
fn unpack(exchange: &mut Exchange, is_accepted: bool) {
    let is_packed = exchange.header("content-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("gzip"));
    let Some(unpacked) = is_packed.then(|| gunzip(&exchange.response, MAX_UNPACKED).ok()).flatten() else { return };
    exchange.response = unpacked;
    if is_accepted {
        exchange.headers.retain(|(name, _)| name != "content-encoding");
    }
}
