//! The raw client: its own TCP connection, bytes as they are given, and what came back.
//!
//! It is for what an HTTP library does not send: wrong heads, wrong lengths, requests that break off or come drop by
//! drop. Every wait has a bound, and secrets are taken out of whatever is cut for a report.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::time::timeout;

use super::answer::Answer;
use super::http::Client;
use super::pace::pause_after;
use super::raw_head::RequestHead;
use super::recorder::Recorder;
use crate::http1::{self, Message};
use syncproof_protocol::exchange::Exchange;

/// Longest wait for an answer or the end of the connection. A server that does neither hangs.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a server may think about a request that is not whole before it is told that nothing more will come.
const INCOMPLETE_REQUEST_WAIT: Duration = Duration::from_secs(1);
/// How long to listen for further answers after the last one.
const NEXT_ANSWER_WAIT: Duration = Duration::from_secs(1);
/// As much of a request goes into a report, in bytes.
const MAX_REPORTED_BYTES: usize = 16 * 1024;
/// No answer is longer, in bytes.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// One thing to do on a connection.
#[derive(Debug, Clone)]
pub enum Step {
    /// Sends these bytes at once.
    Send(Vec<u8>),
    /// Sends these bytes one at a time, with that pause after each.
    Trickle(Vec<u8>, Duration),
}

/// What becomes of a connection after the last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterSending {
    /// So many answers are waited for.
    Answers(usize),
    /// When neither an answer nor the end comes by itself, the client says that it will send no more, and waits on. After
    /// an answer it listens for more of them for a while.
    HalfClose,
    /// The client goes away at once.
    Close,
}

/// A conversation on one connection.
#[derive(Debug, Clone)]
pub struct RawExchange {
    /// What reports call the method, such as `POST`; `HEAD` is answered without a body.
    pub method: String,
    /// What reports call the path.
    pub path: String,
    /// What is sent.
    pub steps: Vec<Step>,
    /// And then.
    pub ending: AfterSending,
}

impl RawExchange {
    /// Sends those bytes and waits for one answer.
    #[must_use]
    pub fn ask(method: &str, path: &str, bytes: Vec<u8>) -> Self {
        let (method, path) = (method.to_owned(), path.to_owned());
        RawExchange { method, path, steps: vec![Step::Send(bytes)], ending: AfterSending::Answers(1) }
    }

    /// The same talk with another ending.
    #[must_use]
    pub fn ending(self, ending: AfterSending) -> Self {
        RawExchange { ending, ..self }
    }

    fn bytes(&self) -> Vec<u8> {
        let step = |step: &Step| match step {
            Step::Send(bytes) | Step::Trickle(bytes, _) => bytes.clone(),
        };
        self.steps.iter().flat_map(step).collect()
    }
}

/// What came of a talk.
#[derive(Debug, Clone)]
pub struct RawOutcome {
    /// The final answers, in the order in which they came.
    pub answers: Vec<Answer>,
    /// Whether the server ended the connection.
    pub closed: bool,
    /// Whether the server had time enough, and neither answered as asked nor ended the connection.
    pub hung: bool,
    /// The first answer, or that none came.
    pub first: Answer,
}

/// Speaks to one target over connections of its own.
#[derive(Debug, Clone)]
pub struct RawClient {
    host: String,
    port: u16,
    authority: String,
    prefix: String,
    actor: String,
    credential: Vec<(String, String)>,
    recorder: Arc<Recorder>,
}

impl RawClient {
    /// The target and the credential of that client.
    ///
    /// # Errors
    /// When the target cannot be spoken to without TLS, or its address cannot be read.
    pub fn like(client: &Client) -> Result<Self, String> {
        let (base, actor, credential, recorder) = client.parts();
        let url = reqwest::Url::parse(base).map_err(|error| format!("{base} is no address: {error}"))?;
        if url.scheme() != "http" {
            return Err(format!("raw connections speak plain http, not {}", url.scheme()));
        }
        let host = url.host_str().ok_or_else(|| format!("{base} names no host"))?;
        Ok(RawClient {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(80),
            authority: url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
            prefix: url.path().trim_end_matches('/').to_owned(),
            actor: actor.to_owned(),
            credential: credential.to_vec(),
            recorder: Arc::clone(recorder),
        })
    }

    /// The same target without a credential.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        RawClient { actor: "anonymous".to_owned(), credential: Vec::new(), ..self.clone() }
    }

    /// A right head for that path: host and credential are there.
    #[must_use]
    pub fn head(&self, method: &str, path: &str) -> RequestHead {
        let head = RequestHead::new(method, &self.target(path)).header("Host", self.authority.as_str());
        self.credential.iter().fold(head, |head, (name, value)| head.header(name.as_str(), value.as_str()))
    }

    /// The request target of that path (RFC 9112, section 3.2): with what the target's address has before it.
    #[must_use]
    pub fn target(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// Host and port of the target.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Has a talk, and says what came of it. That nothing came is an outcome, too. A 429 is waited out within a bound, as
    /// [`Client::send`] does it.
    pub async fn exchange(&self, talk: &RawExchange) -> RawOutcome {
        let (pace, started, mut times) = (self.recorder.pace(), Instant::now(), 0_u32);
        loop {
            let heard = self.exchange_once(talk).await;
            let left = pace.max_wait().saturating_sub(started.elapsed());
            if heard.first.status() != Some(429) || left.is_zero() {
                return heard;
            }
            let _wait = self.recorder.waiting().begin();
            tokio::time::sleep(pause_after(heard.first.exchange(), times).min(left)).await;
            times = times.saturating_add(1);
        }
    }

    async fn exchange_once(&self, talk: &RawExchange) -> RawOutcome {
        let started = Instant::now();
        let connecting = TcpStream::connect((self.host.as_str(), self.port));
        let pace = self.recorder.pace();
        let mut line = Received { answer_timeout: pace.scaled(ANSWER_TIMEOUT), ..Received::default() };
        let error = match timeout(pace.scaled(CONNECT_TIMEOUT), connecting).await {
            Err(_) => Some("no connection in time".to_owned()),
            Ok(Err(error)) => Some(format!("no connection: {error}")),
            Ok(Ok(stream)) => {
                line.run_steps(stream, talk).await;
                None
            }
        };
        self.heard(talk, line, error, started)
    }

    fn heard(&self, talk: &RawExchange, line: Received, error: Option<String>, started: Instant) -> RawOutcome {
        // Before it is cut, since half a secret is not found.
        let mut request = self.recorder.secrets().bytes(&talk.bytes());
        request.truncate(MAX_REPORTED_BYTES);
        let why = error.unwrap_or_else(|| match (line.closed, line.bytes.len()) {
            (true, 0) => "the connection was ended without an answer".to_owned(),
            (false, 0) => "there was no answer and no end of the connection".to_owned(),
            (_, more) => format!("{more} bytes that are no whole answer: {}", self.shown(&line.bytes)),
        });
        let exchange = |answer: Option<&Message>| Exchange {
            actor: self.actor.clone(),
            method: talk.method.clone(),
            path: talk.path.clone(),
            request: Some(request.clone()),
            status: answer.and_then(|answer| answer.status),
            headers: answer.map(|answer| answer.headers.clone()).unwrap_or_default(),
            response: answer.map(|answer| answer.body.clone()).unwrap_or_default(),
            error: answer.is_none().then(|| why.clone()),
            duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        let answers: Vec<Answer> =
            line.answers.iter().map(|answer| Answer::new(Arc::new(exchange(Some(answer))))).collect();
        let first = answers.first().cloned().unwrap_or_else(|| Answer::new(Arc::new(exchange(None))));
        self.recorder.note(first.exchange());
        RawOutcome { answers, closed: line.closed, hung: line.hung, first }
    }

    /// The beginning of the bytes, for a sentence.
    fn shown(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(&self.recorder.secrets().bytes(bytes)).chars().take(200).collect()
    }
}

/// The state of one connection.
#[derive(Debug, Default)]
struct Received {
    /// What came and is not part of a whole answer yet.
    bytes: Vec<u8>,
    answers: Vec<Message>,
    closed: bool,
    hung: bool,
    /// Longest wait for an answer or the end of the connection.
    answer_timeout: Duration,
}

impl Received {
    async fn run_steps(&mut self, stream: TcpStream, talk: &RawExchange) {
        // Drops that are put together on the way would not be drops.
        let _ = stream.set_nodelay(true);
        let (mut reader, mut writer) = stream.into_split();
        let (all_said, mut told) = tokio::sync::watch::channel(false);
        let (answered, mut is_answered) = tokio::sync::watch::channel(false);
        let answer_timeout = self.answer_timeout;
        let speaking = async {
            // A server may end the connection in the middle of what it does not like: reading tells.
            let _ = write_step(&mut writer, talk, answer_timeout).await;
            // Who has answered may be at work on what else was sent, and many stop when the client says that it is done.
            if talk.ending == AfterSending::HalfClose
                && timeout(INCOMPLETE_REQUEST_WAIT, is_answered.wait_for(|answered| *answered)).await.is_err()
            {
                let _ = writer.shutdown().await;
            }
            let _ = all_said.send(true);
            if talk.ending != AfterSending::Close {
                std::future::pending::<()>().await;
            }
        };
        let listening = async {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                // The time runs from the moment when there is nothing more to say.
                let bound = match (*told.borrow(), talk.ending) {
                    (false, _) => None,
                    (true, AfterSending::HalfClose) if !self.answers.is_empty() => Some(NEXT_ANSWER_WAIT),
                    (true, _) => Some(self.answer_timeout),
                };
                let read = async {
                    match bound {
                        Some(bound) => timeout(bound, reader.read(&mut buffer)).await.ok(),
                        None => tokio::select! {
                            read = reader.read(&mut buffer) => Some(read),
                            _ = told.changed() => Some(Err(std::io::ErrorKind::Interrupted.into())),
                        },
                    }
                };
                match read.await {
                    Some(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    None => {
                        self.hung = self.answers.is_empty() || talk.ending != AfterSending::HalfClose;
                        return;
                    }
                    Some(Ok(0) | Err(_)) => {
                        self.closed = true;
                        self.take(talk);
                        return;
                    }
                    Some(Ok(count)) => self.bytes.extend_from_slice(&buffer[..count]),
                }
                self.take(talk);
                answered.send_replace(!self.answers.is_empty());
                let enough = matches!(talk.ending, AfterSending::Answers(wanted) if self.answers.len() >= wanted);
                if enough || self.bytes.len() > MAX_BYTES {
                    return;
                }
            }
        };
        tokio::select! {
            () = listening => {}
            () = speaking => {}
        }
    }

    /// Takes whole answers out of the bytes.
    fn take(&mut self, talk: &RawExchange) {
        while let Ok(Some(answer)) = http1::first_answer(&self.bytes, self.closed, talk.method == "HEAD") {
            self.bytes.drain(..answer.length);
            if !answer.is_interim() {
                self.answers.push(answer);
            }
        }
    }
}

async fn write_step(writer: &mut OwnedWriteHalf, talk: &RawExchange, within: Duration) -> std::io::Result<()> {
    for step in &talk.steps {
        match step {
            // What a server does not take in for so long it will not take at all.
            Step::Send(bytes) => timeout(within, writer.write_all(bytes)).await??,
            Step::Trickle(bytes, pause) => {
                for byte in bytes {
                    timeout(within, writer.write_all(std::slice::from_ref(byte))).await??;
                    tokio::time::sleep(*pause).await;
                }
            }
        }
    }
    Ok(())
}
