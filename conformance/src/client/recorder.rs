//! What one case said and heard: a count, the last exchange, and whether an answer ever failed to come.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Watch;
use crate::exchange::Exchange;

/// Sees every exchange of one case and hands each on to the watch of the whole run.
#[derive(Debug)]
pub struct Recorder {
    requests: AtomicU64,
    dropped: AtomicBool,
    last: Mutex<Option<Arc<Exchange>>>,
    watch: Arc<Watch>,
    case: String,
}

impl Recorder {
    /// A recorder for the case of that id.
    #[must_use]
    pub fn new(case: &str, watch: Arc<Watch>) -> Self {
        Recorder {
            requests: AtomicU64::new(0),
            dropped: AtomicBool::new(false),
            last: Mutex::new(None),
            watch,
            case: case.to_owned(),
        }
    }

    /// Takes in one exchange.
    pub fn record(&self, exchange: &Arc<Exchange>) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if exchange.status.is_none() {
            self.dropped.store(true, Ordering::Relaxed);
        }
        self.watch.see(&self.case, exchange);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(exchange));
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

    /// What the whole run has seen.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }
}
