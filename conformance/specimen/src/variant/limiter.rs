//! The rate limit of variants: a token bucket for each caller.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// How many requests a caller may send at once, and how many per second after that.
const BURST: f64 = 20.0;

/// How many requests each caller has left. Callers are never forgotten, because a specimen serves one test run.
#[derive(Debug, Default)]
pub(in super::super) struct Limiter {
    buckets: Mutex<HashMap<Vec<u8>, (Instant, f64)>>,
}

impl Limiter {
    /// Whether one more request of this caller is served now.
    pub(super) fn admits(&self, caller: &[u8]) -> bool {
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, left) = buckets.entry(caller.to_vec()).or_insert((now, BURST));
        let filled = (*left + now.duration_since(*since).as_secs_f64() * BURST).min(BURST);
        let admits = filled >= 1.0;
        (*since, *left) = (now, if admits { filled - 1.0 } else { filled });
        admits
    }
}

#[cfg(test)]
mod tests {
    use super::Limiter;

    #[test]
    fn each_caller_has_a_burst_of_twenty() {
        let limiter = Limiter::default();
        let admitted = (0..1000).filter(|_| limiter.admits(b"anna")).count();
        assert!((20..100).contains(&admitted), "{admitted}");
        assert!(limiter.admits(b"bert"));
    }
}
