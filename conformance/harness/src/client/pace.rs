//! The rate limit and the timeouts that all cases of a run share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Mutex as Line;

use syncproof_protocol::exchange::Exchange;

/// Longest total wait for one request to a server that answers 429, by default (`http.rate-limit`).
pub const MAX_WAIT: Duration = Duration::from_secs(60);
/// How long cases wait that look whether something expires, by default: long enough for a server that forgets after a few
/// seconds, short enough for every run.
const EXPIRY_SECONDS: u64 = 6;
/// First and longest pause before a request is tried again if the server does not say when.
const BACKOFF_RANGE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The settings of the user.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PaceSettings {
    /// Longest total wait for one request to a server that answers 429.
    pub max_wait: Duration,
    /// The largest number of requests per second; None for no limit.
    pub rate: Option<f64>,
    /// The factor for every deadline.
    pub time_scale: f64,
    /// How long cases wait that look whether something expires, in seconds.
    pub expiry_seconds: u64,
}

impl Default for PaceSettings {
    fn default() -> Self {
        PaceSettings { max_wait: MAX_WAIT, rate: None, time_scale: 1.0, expiry_seconds: EXPIRY_SECONDS }
    }
}

/// A credential, which identifies a caller.
type Caller = Vec<(String, String)>;

/// The pace of one run.
#[derive(Debug, Default)]
pub struct Pace {
    settings: PaceSettings,
    /// When the next request may be sent, if there is a rate limit.
    next: Mutex<Option<Instant>>,
    /// A queue for each caller that got a 429, in which one request is tried at a time. If all of them were tried again at
    /// the same moment, some might wait too long by chance.
    lines: Mutex<HashMap<Caller, Arc<Line<()>>>>,
}

impl Pace {
    /// A pace with these settings.
    #[must_use]
    pub fn new(settings: PaceSettings) -> Self {
        Pace { settings, ..Pace::default() }
    }

    /// A deadline, multiplied by the time scale.
    #[must_use]
    pub fn scaled(&self, deadline: Duration) -> Duration {
        deadline.mul_f64(self.settings.time_scale)
    }

    /// How long cases wait that look whether something expires, in seconds.
    #[must_use]
    pub fn expiry_seconds(&self) -> u64 {
        self.settings.expiry_seconds
    }

    /// Longest total wait for one request to a server that answers 429.
    pub(super) fn max_wait(&self) -> Duration {
        self.settings.max_wait
    }

    /// Reserves the next times for so many requests, and returns how long it is until the last of them. Requests that are
    /// sent at the same instant wait until all of them may be sent, so that the rate holds over time.
    pub(super) fn reserve(&self, requests: usize) -> Duration {
        let Some(rate) = self.settings.rate else { return Duration::ZERO };
        let each = Duration::from_secs_f64(rate.recip());
        let count = u32::try_from(requests).unwrap_or(u32::MAX);
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let first = next.map_or(now, |next| next.max(now));
        *next = Some(first + each * count);
        (first + each * count.saturating_sub(1)).saturating_duration_since(now)
    }

    /// The queue of a caller, if that caller ever got a 429.
    pub(super) fn known_line(&self, caller: &Caller) -> Option<Arc<Line<()>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).get(caller).cloned()
    }

    /// The queue of a caller. There is at most one for each user.
    pub(super) fn line(&self, caller: &Caller) -> Arc<Line<()>> {
        Arc::clone(self.lines.lock().unwrap_or_else(PoisonError::into_inner).entry(caller.clone()).or_default())
    }
}

/// How long to wait after that 429, when `times` earlier ones came for the same request: as long as Retry-After says, in
/// seconds or as a date (RFC 9110, section 10.2.3), or else longer each time. It is never zero.
pub(super) fn pause_after(exchange: &Exchange, times: u32) -> Duration {
    let value = exchange.header("retry-after").map(str::trim);
    let asked = value.and_then(|value| match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let until = httpdate::parse_http_date(value).ok()?;
            // By the clock of the server, if the answer shows it.
            let sent = exchange.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
            Some(until.duration_since(sent.unwrap_or_else(SystemTime::now)).unwrap_or_default())
        }
    });
    let (first, longest) = BACKOFF_RANGE;
    let own = first.saturating_mul(1 << times.min(16)).min(longest);
    asked.map_or(own, |asked| asked.max(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(headers: &[(&str, &str)]) -> Exchange {
        Exchange {
            status: Some(429),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..Exchange::unanswered("anna", "GET", "/", None)
        }
    }

    #[test]
    fn a_pause_is_as_long_as_the_server_says_in_seconds_or_by_a_date() {
        assert_eq!(pause_after(&refusal(&[("retry-after", " 7 ")]), 0), Duration::from_secs(7));
        let dates = [("date", "Sun, 22 Nov 2026 10:17:25 GMT"), ("retry-after", "Sun, 22 Nov 2026 10:17:30 GMT")];
        assert_eq!(pause_after(&refusal(&dates), 0), Duration::from_secs(5));
        assert_eq!(pause_after(&refusal(&[("retry-after", "0")]), 9), BACKOFF_RANGE.0);
    }

    #[test]
    fn without_a_usable_retry_after_pauses_grow_up_to_a_bound() {
        for value in [&[][..], &[("retry-after", "soon")]] {
            assert_eq!(pause_after(&refusal(value), 0), BACKOFF_RANGE.0);
            assert!(pause_after(&refusal(value), 2) > pause_after(&refusal(value), 1));
            assert_eq!(pause_after(&refusal(value), u32::MAX), BACKOFF_RANGE.1);
        }
    }

    #[test]
    fn a_rate_spreads_requests_and_reserves_many_at_the_same_instant() {
        let pace = Pace::new(PaceSettings { rate: Some(0.1), ..PaceSettings::default() });
        assert_eq!(pace.reserve(1), Duration::ZERO);
        let near = |wait: Duration, seconds: u64| wait.abs_diff(Duration::from_secs(seconds)) < Duration::from_secs(2);
        assert!(near(pace.reserve(1), 10));
        assert!(near(pace.reserve(5), 60));
        assert!(near(pace.reserve(1), 70));
        assert_eq!(Pace::default().reserve(1000), Duration::ZERO);
    }
}
