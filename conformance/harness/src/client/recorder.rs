//! What one case said and heard: a count, the last exchange, whether an answer ever failed to come, and a transcript.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::pace::Pace;
use super::response_monitor::ResponseMonitor;
use super::transcript::{Proof, Sent, Transcript};
use super::wait_timer::WaitTimer;
use crate::credential::Headers;
use crate::redaction::Secrets;
use syncproof_protocol::exchange::Exchange;

/// Sees every exchange of one case and hands each on to the watch of the whole run.
#[derive(Debug)]
pub struct Recorder {
    requests: AtomicU64,
    dropped: AtomicBool,
    last: Mutex<Option<Arc<Exchange>>>,
    watch: Arc<ResponseMonitor>,
    pace: Arc<Pace>,
    waiting: WaitTimer,
    case: String,
    began: Instant,
    kept: Mutex<Recording>,
    secrets: Arc<Secrets>,
}

#[derive(Debug, Default)]
struct Recording {
    transcript: Transcript,
    bytes: usize,
    /// Who can prove what: the headers are looked up here and never leave.
    proofs: Vec<(Headers, Proof)>,
    /// The address of the target itself.
    base: String,
}

/// A request as it went out, beside its exchange.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// When it was sent.
    pub started: Instant,
    /// The headers that proved who asked.
    pub credential: &'a [(String, String)],
    /// The address it went to.
    pub base: &'a str,
}

impl Recorder {
    /// A recorder for the case of that id.
    #[must_use]
    pub fn new(case: &str, watch: Arc<ResponseMonitor>) -> Self {
        Recorder::paced(case, watch, Arc::default())
    }

    /// The same for a run that keeps that pace.
    #[must_use]
    pub fn paced(case: &str, watch: Arc<ResponseMonitor>, pace: Arc<Pace>) -> Self {
        Recorder {
            requests: AtomicU64::new(0),
            dropped: AtomicBool::new(false),
            last: Mutex::new(None),
            watch,
            pace,
            waiting: WaitTimer::default(),
            case: case.to_owned(),
            began: Instant::now(),
            kept: Mutex::default(),
            secrets: Arc::default(),
        }
    }

    /// The same for a run of that name against the target at that address, with its secrets.
    #[must_use]
    pub fn of_run(mut self, name: &str, base: &str, secrets: Arc<Secrets>) -> Self {
        let kept = self.kept.get_mut().unwrap_or_else(PoisonError::into_inner);
        name.clone_into(&mut kept.transcript.run_name);
        base.trim_end_matches('/').clone_into(&mut kept.base);
        self.secrets = secrets;
        self
    }

    /// Gets to know a credential before it is used.
    pub fn register_credential(&self, headers: &Headers, proof: Proof) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).proofs.push((headers.clone(), proof));
    }

    /// The secrets of the run.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Takes in one exchange whose request is not known beyond what stands in it.
    pub fn record(&self, exchange: &Arc<Exchange>) {
        self.watch.observe(&self.case, exchange);
        self.note(exchange);
    }

    /// Takes in one exchange that is no proper request: the rules for every answer are not for what answers garbage.
    pub fn note(&self, exchange: &Arc<Exchange>) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if exchange.status.is_none() {
            self.dropped.store(true, Ordering::Relaxed);
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(exchange));
    }

    /// Takes in one exchange, and keeps it in the transcript.
    pub fn record_request(&self, exchange: &Arc<Exchange>, request: Request<'_>) {
        self.record(exchange);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Recording { transcript, bytes, proofs, base } = &mut *kept;
        let proof = match proofs.iter().find(|(headers, _)| headers == request.credential) {
            _ if request.credential.is_empty() => Proof::Anonymous,
            Some((_, proof)) => proof.clone(),
            None => {
                request.credential.iter().for_each(|(_, value)| self.secrets.keep_header(value));
                Proof::Unknown
            }
        };
        let sent = Sent {
            exchange: Arc::clone(exchange),
            proof,
            started: request.started.saturating_duration_since(self.began),
            ended: self.began.elapsed(),
            elsewhere: (request.base != base).then(|| request.base.to_owned()),
        };
        transcript.take(sent, bytes);
    }

    /// What was said and heard so far, in the order in which it was sent.
    pub fn transcript(&self) -> Transcript {
        let mut transcript = self.kept.lock().unwrap_or_else(PoisonError::into_inner).transcript.clone();
        transcript.sent.sort_by_key(|sent| sent.started);
        transcript
    }

    /// Requests sent so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Whether some request got no answer: the moment to ask if the target still lives.
    pub fn dropped(&self) -> bool {
        self.dropped.load(Ordering::Relaxed)
    }

    /// The latest exchange.
    pub fn last(&self) -> Option<Arc<Exchange>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The pace of the run.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The time that the case spends waiting for its turn.
    pub fn waiting(&self) -> &WaitTimer {
        &self.waiting
    }

    /// What the whole run has seen.
    pub fn watch(&self) -> &ResponseMonitor {
        &self.watch
    }
}
