//! The optional limit on how often one user may ask (requirement `http.rate-limit`).

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::state::AppState;

/// How many askers are kept apart. Those beyond share one allowance until others have been quiet for a second.
const ASKERS_MAX: usize = 10_000;

/// How much of the allowance may be used at once.
const BURST: Duration = Duration::from_secs(1);

/// Lets each asker through so many times a second, in a burst or evenly. It counts for one process: several on one
/// store each have their own.
pub(crate) struct RateLimiter {
    /// What one request costs.
    interval: Duration,
    hasher: RandomState,
    askers: Mutex<Askers>,
}

/// By asker, when what was used up is made good again (the generic cell rate algorithm,
/// <https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm>).
#[derive(Default)]
struct Askers {
    settled_at: HashMap<u64, Instant>,
    tidied_at: Option<Instant>,
}

impl RateLimiter {
    pub(crate) fn new(requests_per_second: NonZeroU32) -> Self {
        let interval = Duration::from_secs(1) / requests_per_second.get();
        Self { interval, hasher: RandomState::new(), askers: Mutex::default() }
    }

    /// Counts a request of this asker, or answers how long to wait for the next. The clock is read when it is their turn:
    /// a moment from before that would make the wait longer by what others have used up since.
    fn admit(&self, asker: &Asker<'_>, clock: impl FnOnce() -> Instant) -> Result<(), Duration> {
        let mut askers = self.askers.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock();
        // Only the hash is kept, so that long names take no more room than short ones.
        let key = askers.room_for(self.hasher.hash_one(asker), now);
        let settled_at = askers.settled_at.get(&key).map_or(now, |settled_at| now.max(*settled_at));
        let after = settled_at + self.interval;
        match after.duration_since(now).checked_sub(BURST) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                askers.settled_at.insert(key, after);
                Ok(())
            }
        }
    }
}

/// The allowance that those share for whom there is no room.
const SHARED: u64 = 0;

impl Askers {
    fn room_for(&mut self, key: u64, now: Instant) -> u64 {
        if self.settled_at.len() < ASKERS_MAX || self.settled_at.contains_key(&key) {
            return key;
        }
        // Not more often than it can help.
        if self.tidied_at.is_none_or(|tidied_at| now.duration_since(tidied_at) >= BURST) {
            self.tidied_at = Some(now);
            self.settled_at.retain(|_, settled_at| *settled_at > now);
        }
        if self.settled_at.len() < ASKERS_MAX { key } else { SHARED }
    }
}

/// Whose request is counted.
#[derive(Hash)]
enum Asker<'a> {
    /// Who a valid credential vouches for: another credential of the same user brings no second allowance.
    Identity(&'a str, &'a str),
    /// Where a request without one comes from.
    Address(Option<std::net::IpAddr>),
}

/// Answers 429 to those who ask too often, if there is a limit.
pub(crate) async fn limit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(limiter) = state.rate_limiter() else { return next.run(request).await };
    let credential = state.verifier().credential(request.headers());
    let asker = match &credential {
        Some(credential) => Asker::Identity(&credential.identity.provider, &credential.identity.provider_user_id),
        None => Asker::Address(
            request.extensions().get().map(|ConnectInfo(address): &ConnectInfo<SocketAddr>| address.ip()),
        ),
    };
    match limiter.admit(&asker, Instant::now) {
        Ok(()) => next.run(request).await,
        Err(wait) => refuse(wait),
    }
}

fn refuse(wait: Duration) -> Response {
    let mut response = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests").into_response();
    // Whole seconds (RFC 9110 §10.2.3), rounded up: earlier would be too early.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::num::NonZeroU32;
    use std::time::{Duration, Instant};

    use super::{ASKERS_MAX, Asker, RateLimiter};

    fn limiter(requests_per_second: u32) -> RateLimiter {
        RateLimiter::new(NonZeroU32::new(requests_per_second).unwrap())
    }

    const ANN: Asker<'_> = Asker::Identity("test", "ann");
    const BOB: Asker<'_> = Asker::Identity("test", "bob");

    #[test]
    fn a_second_holds_so_many_requests_and_the_wait_that_is_told_suffices() {
        for rate in [1, 3, 1000] {
            let (limiter, start) = (limiter(rate), Instant::now());
            for _ in 0..rate {
                assert!(limiter.admit(&ANN, || start).is_ok());
            }
            let wait = limiter.admit(&ANN, || start).unwrap_err();
            assert!(!wait.is_zero() && wait <= Duration::from_secs(1), "{wait:?}");
            assert!(limiter.admit(&ANN, || start).is_err(), "a refused request uses nothing up, and gains nothing");
            assert!(limiter.admit(&ANN, || start + wait).is_ok());
            assert!(limiter.admit(&ANN, || start + wait).is_err());
            assert!(limiter.admit(&BOB, || start).is_ok(), "others have allowances of their own");
        }
    }

    #[test]
    fn the_table_is_bounded_and_makes_room_for_those_who_come_later() {
        let (limiter, start) = (limiter(1), Instant::now());
        let address = |number: u32| Asker::Address(Some(IpAddr::V4(Ipv4Addr::from(number))));
        let count = u32::try_from(ASKERS_MAX).unwrap();
        for number in 0..2 * count {
            let _ = limiter.admit(&address(number), || start);
        }
        assert!(limiter.askers.lock().unwrap().settled_at.len() <= ASKERS_MAX + 1);
        assert!(limiter.admit(&address(3 * count), || start).is_err(), "what all of them share is used up");
        let later = start + Duration::from_secs(3);
        assert!(limiter.admit(&address(3 * count), || later).is_ok());
        assert!(limiter.askers.lock().unwrap().settled_at.len() <= 2);
    }
}
