//! Records the exchanges of one case: their number, the last one, whether an answer is missing, and a transcript.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::open_requests::{OpenRequest, OpenRequests};
use super::pace::Pace;
use super::response_monitor::ResponseMonitor;
use super::transcript::{Proof, Sent, Transcript};
use super::wait_timer::WaitTimer;
use crate::credential::Headers;
use crate::redaction::Secrets;
use syncproof_protocol::exchange::Exchange;

/// Records every exchange of one case, and passes it on to the monitor of the whole run.
#[derive(Debug)]
pub struct Recorder {
    requests: AtomicU64,
    dropped: AtomicBool,
    may_fail: AtomicBool,
    last: Mutex<Option<Arc<Exchange>>>,
    open: OpenRequests,
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
    /// The known credentials. The headers are only compared and never copied out.
    proofs: Vec<(Headers, Proof)>,
    /// The address of the target itself.
    base: String,
}

/// What an exchange does not show about its request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    /// When it was sent.
    pub(super) started: Instant,
    /// The headers of the credential.
    pub(super) credential: &'a [(String, String)],
    /// The address it was sent to.
    pub(super) base: &'a str,
}

impl Recorder {
    /// A recorder for the case with that id.
    #[must_use]
    pub fn new(case: &str, watch: Arc<ResponseMonitor>) -> Self {
        Recorder::paced(case, watch, Arc::default())
    }

    /// As [`Recorder::new`], for a run with that pace.
    #[must_use]
    pub fn paced(case: &str, watch: Arc<ResponseMonitor>, pace: Arc<Pace>) -> Self {
        Recorder {
            requests: AtomicU64::new(0),
            dropped: AtomicBool::new(false),
            may_fail: AtomicBool::new(false),
            last: Mutex::new(None),
            open: OpenRequests::default(),
            watch,
            pace,
            waiting: WaitTimer::default(),
            case: case.to_owned(),
            began: Instant::now(),
            kept: Mutex::default(),
            secrets: Arc::default(),
        }
    }

    /// The same recorder for a run with that name, against the target at that address, with these secrets.
    #[must_use]
    pub(crate) fn of_run(mut self, name: &str, base: &str, secrets: Arc<Secrets>) -> Self {
        let kept = self.kept.get_mut().unwrap_or_else(PoisonError::into_inner);
        name.clone_into(&mut kept.transcript.run_name);
        base.trim_end_matches('/').clone_into(&mut kept.base);
        self.secrets = secrets;
        self
    }

    /// Registers a credential before it is used.
    pub fn register_credential(&self, headers: &Headers, proof: Proof) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).proofs.push((headers.clone(), proof));
    }

    /// The secrets of the run.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// From now on an answer may say that the server failed: the case takes from the server what it needs.
    pub fn allow_server_errors(&self) {
        self.may_fail.store(true, Ordering::Relaxed);
    }

    /// Records an exchange that does not go into the transcript.
    pub fn record(&self, exchange: &Arc<Exchange>) {
        self.watch.observe(&self.case, exchange, self.may_fail.load(Ordering::Relaxed));
        self.note(exchange);
    }

    /// Records an exchange whose request was not valid HTTP. The rules for every answer do not apply to it.
    pub fn note(&self, exchange: &Arc<Exchange>) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if exchange.status.is_none() {
            self.dropped.store(true, Ordering::Relaxed);
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(exchange));
    }

    /// Records an exchange, and adds it to the transcript.
    pub(super) fn record_request(&self, exchange: &Arc<Exchange>, request: Request<'_>) {
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

    /// The exchanges so far, in the order in which the requests were sent.
    pub fn transcript(&self) -> Transcript {
        let mut transcript = self.kept.lock().unwrap_or_else(PoisonError::into_inner).transcript.clone();
        transcript.sent.sort_by_key(|sent| sent.started);
        transcript
    }

    /// Requests sent so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Whether a request got no answer, so that the target may have died.
    pub(crate) fn dropped(&self) -> bool {
        self.dropped.load(Ordering::Relaxed)
    }

    /// The latest exchange.
    pub fn last(&self) -> Option<Arc<Exchange>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes a request that is sent now, until what is returned is dropped.
    pub(super) fn begin(&self, request: Exchange) -> OpenRequest<'_> {
        self.open.begin(request)
    }

    /// The request that has waited longest for its answer, if one waits.
    pub(crate) fn unanswered(&self) -> Option<Exchange> {
        self.open.oldest()
    }

    /// The pace of the run.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The time that the case spends waiting.
    pub(crate) fn waiting(&self) -> &WaitTimer {
        &self.waiting
    }

    /// The monitor of the whole run.
    pub fn watch(&self) -> &ResponseMonitor {
        &self.watch
    }
}
