//! The rate limiter: a number of requests per second for each key, and a bounded number of keys.
//!
//! This is not `governor`, because its table of keys has no bound: the bound, the allowance that further keys share, and
//! when to sweep would still be written here, under a lock of our own, and it would bring eleven more crates.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many keys have an allowance of their own. Further keys share one until others have sent nothing for a second.
const MAX_KEYS: usize = 10_000;

/// How much of the allowance may be used at once.
const BURST: Duration = Duration::from_secs(1);

/// The key of the allowance that is shared. Another key hashes to 0 only by chance.
const SHARED_KEY: u64 = 0;

/// Allows each key a number of requests per second, in a burst or evenly. It counts for one process: several on one
/// database each have their own.
pub(crate) struct RateLimiter {
    /// What one request costs.
    interval: Duration,
    hasher: RandomState,
    keys: Mutex<Keys>,
}

/// For each key, when its allowance is whole again: the "theoretical arrival time" of the generic cell rate algorithm
/// (<https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm>).
#[derive(Default)]
struct Keys {
    whole_at: HashMap<u64, Instant>,
    swept_at: Option<Instant>,
}

impl RateLimiter {
    pub(crate) fn new(requests_per_second: NonZeroU32) -> Self {
        let interval = Duration::from_secs(1) / requests_per_second.get();
        Self { interval, hasher: RandomState::new(), keys: Mutex::default() }
    }

    /// Counts a request for this key, or returns how long to wait before the next one. The clock is read under the lock: an
    /// earlier moment would make the wait longer by what others have used up since.
    pub(crate) fn check(&self, key: &impl Hash, clock: impl FnOnce() -> Instant) -> Result<(), Duration> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock();
        // Only the hash is kept, so that long names take no more memory than short ones.
        let key = keys.find_room(self.hasher.hash_one(key), now);
        let whole_at = keys.whole_at.get(&key).map_or(now, |whole_at| now.max(*whole_at));
        let after = whole_at + self.interval;
        match after.duration_since(now).checked_sub(BURST) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                keys.whole_at.insert(key, after);
                Ok(())
            }
        }
    }
}

impl Keys {
    /// The key itself if it is in the table or there is room for it, else the shared one.
    fn find_room(&mut self, key: u64, now: Instant) -> u64 {
        if self.whole_at.len() < MAX_KEYS || self.whole_at.contains_key(&key) {
            return key;
        }
        // A sweep looks at every key, and sooner than this it would find little that has become whole.
        if self.swept_at.is_none_or(|swept_at| now.duration_since(swept_at) >= BURST) {
            self.swept_at = Some(now);
            self.whole_at.retain(|_, whole_at| *whole_at > now);
        }
        if self.whole_at.len() < MAX_KEYS { key } else { SHARED_KEY }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::{Duration, Instant};

    use super::{MAX_KEYS, RateLimiter};

    fn limiter(requests_per_second: u32) -> RateLimiter {
        RateLimiter::new(NonZeroU32::new(requests_per_second).unwrap())
    }

    #[test]
    fn the_allowance_is_per_second_and_the_reported_wait_suffices() {
        for rate in [1, 3, 1000] {
            let (limiter, start) = (limiter(rate), Instant::now());
            for _ in 0..rate {
                assert!(limiter.check(&"ann", || start).is_ok());
            }
            let wait = limiter.check(&"ann", || start).unwrap_err();
            assert!(!wait.is_zero() && wait <= Duration::from_secs(1), "{wait:?}");
            assert!(limiter.check(&"ann", || start).is_err(), "a refused request does not change the allowance");
            assert!(limiter.check(&"ann", || start + wait).is_ok());
            assert!(limiter.check(&"ann", || start + wait).is_err());
            assert!(limiter.check(&"bob", || start).is_ok(), "other keys have their own allowances");
        }
    }

    #[test]
    fn the_table_is_bounded_and_drops_keys_that_are_whole_again() {
        let (limiter, start) = (limiter(1), Instant::now());
        for key in 0..2 * MAX_KEYS {
            let _ = limiter.check(&key, || start);
        }
        assert!(limiter.keys.lock().unwrap().whole_at.len() <= MAX_KEYS + 1);
        assert!(limiter.check(&(3 * MAX_KEYS), || start).is_err(), "the shared allowance is used up");
        let later = start + Duration::from_secs(3);
        assert!(limiter.check(&(3 * MAX_KEYS), || later).is_ok());
        assert!(limiter.keys.lock().unwrap().whole_at.len() <= 2);
    }
}
