//! The raw client: sends any bytes over its own connection and reads the answers.
//!
//! It sends what an HTTP library does not: invalid heads, wrong lengths, requests that stop early or arrive byte by byte.
//! Every wait has a bound, and secrets are removed before bytes are shortened for a report.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use super::answer::Answer;
use super::http::Client;
use super::pace::pause_after;
use super::raw_head::RequestHead;
use super::recorder::Recorder;
use crate::http1::{self, Address, Message};
use crate::tls::Connection;
use syncproof_protocol::exchange::Exchange;

/// Longest wait for an answer or the end of the connection. A server that does neither hangs.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait for an answer to an incomplete request before the client closes its side of the connection.
const INCOMPLETE_REQUEST_WAIT: Duration = Duration::from_secs(1);
/// How long to wait for further answers after the last one.
const NEXT_ANSWER_WAIT: Duration = Duration::from_secs(1);
/// How much of a request is reported, in bytes.
const MAX_REPORTED_BYTES: usize = 16 * 1024;
/// The longest answer, in bytes.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// One thing to do on a connection.
#[derive(Debug, Clone)]
pub enum Step {
    /// Sends these bytes at once.
    Send(Vec<u8>),
    /// Sends these bytes one at a time, with that pause after each.
    Trickle(Vec<u8>, Duration),
}

/// What the client does after the last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterSending {
    /// Waits for so many answers.
    Answers(usize),
    /// If the server neither answers nor closes the connection, closes the sending side and keeps waiting. After an answer,
    /// waits a while for further ones.
    HalfClose,
    /// Closes the connection at once.
    Close,
}

/// What to do on one connection.
#[derive(Debug, Clone)]
pub struct RawExchange {
    /// The method in reports, such as `POST`. The answer to `HEAD` has no body.
    pub method: String,
    /// The path in reports.
    pub path: String,
    /// What is sent.
    pub steps: Vec<Step>,
    /// What to do after that.
    pub ending: AfterSending,
}

impl RawExchange {
    /// Sends those bytes and waits for one answer.
    #[must_use]
    pub fn ask(method: &str, path: &str, bytes: Vec<u8>) -> Self {
        let (method, path) = (method.to_owned(), path.to_owned());
        RawExchange { method, path, steps: vec![Step::Send(bytes)], ending: AfterSending::Answers(1) }
    }

    /// The same exchange with another ending.
    #[must_use]
    pub fn ending(self, ending: AfterSending) -> Self {
        RawExchange { ending, ..self }
    }

    fn bytes(&self) -> Vec<u8> {
        fn of(step: &Step) -> &[u8] {
            match step {
                Step::Send(bytes) | Step::Trickle(bytes, _) => bytes,
            }
        }
        self.steps.iter().map(of).collect::<Vec<_>>().concat()
    }
}

/// The result of an exchange.
#[derive(Debug, Clone)]
pub struct RawOutcome {
    /// The final answers, in the order in which they arrived.
    pub answers: Vec<Answer>,
    /// Whether the server closed the connection.
    pub closed: bool,
    /// Whether the server had enough time and neither sent the expected answers nor closed the connection.
    pub hung: bool,
    /// The first answer, or an `Answer` without a status.
    pub first: Answer,
    /// What was received after the last complete answer.
    pub rest: Vec<u8>,
}

/// Sends raw bytes to one target, over a new connection each time.
#[derive(Debug, Clone)]
pub struct RawClient {
    address: Address,
    actor: String,
    credential: Vec<(String, String)>,
    recorder: Arc<Recorder>,
}

impl RawClient {
    /// The target and the credential of that client.
    ///
    /// # Errors
    /// When the address of the target cannot be parsed.
    pub fn like(client: &Client) -> Result<Self, String> {
        let (base, actor, credential, recorder) = client.parts();
        let address = Address::parse(base, &client.tls()?)?;
        let (actor, credential) = (actor.to_owned(), credential.to_vec());
        Ok(RawClient { address, actor, credential, recorder: Arc::clone(recorder) })
    }

    /// The same target without a credential.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        RawClient { actor: "anonymous".to_owned(), credential: Vec::new(), ..self.clone() }
    }

    /// A valid head for that path, with host and credential.
    #[must_use]
    pub fn head(&self, method: &str, path: &str) -> RequestHead {
        let head = RequestHead::new(method, &self.target(path)).header("Host", self.address.authority.as_str());
        self.credential.iter().fold(head, |head, (name, value)| head.header(name.as_str(), value.as_str()))
    }

    /// The request target of that path (RFC 9112, section 3.2), with the path of the target's address before it.
    #[must_use]
    pub fn target(&self, path: &str) -> String {
        format!("{}{path}", self.address.prefix)
    }

    /// Host and port of the target.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.address.authority
    }

    /// Performs the exchange. A missing answer is an outcome too. After a 429 it waits and tries again within a bound, like
    /// [`Client::send`].
    pub async fn exchange(&self, plan: &RawExchange) -> RawOutcome {
        let (pace, started, mut times) = (self.recorder.pace(), Instant::now(), 0_u32);
        loop {
            let outcome = self.exchange_once(plan).await;
            let left = pace.max_wait().saturating_sub(started.elapsed());
            if outcome.first.status() != Some(429) || left.is_zero() {
                return outcome;
            }
            let _wait = self.recorder.waiting().begin();
            tokio::time::sleep(pause_after(outcome.first.exchange(), times).min(left)).await;
            times = times.saturating_add(1);
        }
    }

    async fn exchange_once(&self, plan: &RawExchange) -> RawOutcome {
        let started = Instant::now();
        let request = self.recorder.secrets().beginning(&plan.bytes(), MAX_REPORTED_BYTES);
        let exchange = Exchange::unanswered(&self.actor, &plan.method, &plan.path, Some(request));
        let _open = self.recorder.begin(exchange.clone());
        let connecting = self.address.connect();
        let pace = self.recorder.pace();
        let mut line = Received { answer_timeout: pace.scaled(ANSWER_TIMEOUT), ..Received::default() };
        let error = match timeout(pace.scaled(CONNECT_TIMEOUT), connecting).await {
            Err(_) => Some("no connection in time".to_owned()),
            Ok(Err(error)) => Some(format!("no connection: {error}")),
            Ok(Ok(stream)) => {
                line.run_steps(stream, plan).await;
                None
            }
        };
        self.outcome(exchange, line, error, started)
    }

    fn outcome(&self, exchange: Exchange, line: Received, error: Option<String>, started: Instant) -> RawOutcome {
        let why = error.unwrap_or_else(|| match (line.closed, line.bytes.len()) {
            (true, 0) => "the connection was closed without an answer".to_owned(),
            (false, 0) => "there was no answer, and the connection stayed open".to_owned(),
            (_, more) => format!("{more} bytes that are not a complete answer: {}", self.shown(&line.bytes)),
        });
        let exchange =
            Exchange { duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX), ..exchange };
        let answered = |Message { status, headers, body, .. }: Message| {
            Answer::new(Arc::new(Exchange { status, headers, response: body, ..exchange.clone() }))
        };
        let answers: Vec<Answer> = line.answers.into_iter().map(answered).collect();
        let missing = || Answer::new(Arc::new(Exchange { error: Some(why), ..exchange.clone() }));
        let first = answers.first().cloned().unwrap_or_else(missing);
        self.recorder.note(first.exchange());
        let rest = self.recorder.secrets().bytes(&line.bytes);
        RawOutcome { answers, closed: line.closed, hung: line.hung, first, rest }
    }

    /// The beginning of the bytes, for a message.
    fn shown(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(&self.recorder.secrets().beginning(bytes, 800)).chars().take(200).collect()
    }
}

/// The state of one connection.
#[derive(Debug, Default)]
struct Received {
    /// Received bytes that are not part of a complete answer yet.
    bytes: Vec<u8>,
    answers: Vec<Message>,
    closed: bool,
    hung: bool,
    /// Longest wait for an answer or the end of the connection.
    answer_timeout: Duration,
}

impl Received {
    async fn run_steps(&mut self, stream: Box<dyn Connection>, plan: &RawExchange) {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let (all_sent, mut is_all_sent) = tokio::sync::watch::channel(false);
        let (answered, mut is_answered) = tokio::sync::watch::channel(false);
        let answer_timeout = self.answer_timeout;
        let sending = async {
            // A server may close the connection in the middle of a request; reading shows that.
            let _ = write_step(&mut writer, plan, answer_timeout).await;
            // A server that has answered may still work on the rest, and many stop when the client closes its side.
            if plan.ending == AfterSending::HalfClose
                && timeout(INCOMPLETE_REQUEST_WAIT, is_answered.wait_for(|answered| *answered)).await.is_err()
            {
                let _ = writer.shutdown().await;
            }
            let _ = all_sent.send(true);
            if plan.ending != AfterSending::Close {
                std::future::pending::<()>().await;
            }
        };
        let receiving = async {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                // The time starts when everything has been sent.
                let bound = match (*is_all_sent.borrow(), plan.ending) {
                    (false, _) => None,
                    (true, AfterSending::HalfClose) if !self.answers.is_empty() => Some(NEXT_ANSWER_WAIT),
                    (true, _) => Some(self.answer_timeout),
                };
                let read = async {
                    match bound {
                        Some(bound) => timeout(bound, reader.read(&mut buffer)).await.ok(),
                        None => tokio::select! {
                            read = reader.read(&mut buffer) => Some(read),
                            _ = is_all_sent.changed() => Some(Err(std::io::ErrorKind::Interrupted.into())),
                        },
                    }
                };
                match read.await {
                    Some(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    None => {
                        self.hung = self.answers.is_empty() || plan.ending != AfterSending::HalfClose;
                        return;
                    }
                    Some(Ok(0) | Err(_)) => {
                        self.closed = true;
                        self.take(plan);
                        return;
                    }
                    Some(Ok(count)) => self.bytes.extend_from_slice(&buffer[..count]),
                }
                self.take(plan);
                answered.send_replace(!self.answers.is_empty());
                let enough = matches!(plan.ending, AfterSending::Answers(wanted) if self.answers.len() >= wanted);
                if enough || self.bytes.len() > MAX_BYTES {
                    return;
                }
            }
        };
        tokio::select! {
            () = receiving => {}
            () = sending => {}
        }
    }

    /// Removes complete answers from the bytes.
    fn take(&mut self, plan: &RawExchange) {
        while let Ok(Some(answer)) = http1::first_answer(&self.bytes, self.closed, plan.method == "HEAD") {
            self.bytes.drain(..answer.length);
            if !answer.is_interim() {
                self.answers.push(answer);
            }
        }
    }
}

async fn write_step(
    writer: &mut (impl AsyncWrite + Unpin),
    plan: &RawExchange,
    within: Duration,
) -> std::io::Result<()> {
    for step in &plan.steps {
        match step {
            // If a server does not accept the bytes within the bound, it never will.
            Step::Send(bytes) => {
                timeout(within, writer.write_all(bytes)).await??;
                timeout(within, writer.flush()).await??;
            }
            Step::Trickle(bytes, pause) => {
                for byte in bytes {
                    timeout(within, writer.write_all(std::slice::from_ref(byte))).await??;
                    timeout(within, writer.flush()).await??;
                    tokio::time::sleep(*pause).await;
                }
            }
        }
    }
    Ok(())
}
