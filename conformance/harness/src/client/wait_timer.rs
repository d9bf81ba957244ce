//! The time that a case spends waiting for something other than the target. Its deadline does not count that time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Measures how long a case has been waiting. Waits that overlap count once.
#[derive(Debug, Default)]
pub(crate) struct WaitTimer(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: usize,
    since: Option<Instant>,
    before: Duration,
}

/// A wait, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct WaitGuard<'a>(&'a WaitTimer);

impl WaitTimer {
    /// Begins a wait.
    pub(crate) fn begin(&self) -> WaitGuard<'_> {
        self.change(|state| {
            state.since.get_or_insert_with(Instant::now);
            state.waiting += 1;
        });
        WaitGuard(self)
    }

    /// The total waiting time so far.
    pub(crate) fn total(&self) -> Duration {
        self.change(|state| state.before + state.since.map_or(Duration::ZERO, |since| since.elapsed()))
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for WaitGuard<'_> {
    fn drop(&mut self) {
        self.0.change(|state| {
            state.waiting -= 1;
            if state.waiting == 0 {
                state.before += state.since.take().map_or(Duration::ZERO, |since| since.elapsed());
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_that_overlap_count_once_and_only_while_they_last() {
        let waiting = WaitTimer::default();
        let (one, two) = (waiting.begin(), waiting.begin());
        let begun = Instant::now();
        while waiting.total() < Duration::from_millis(20) {
            std::thread::yield_now();
        }
        drop(one);
        assert!(waiting.total() <= begun.elapsed() + Duration::from_millis(5));
        drop(two);
        let total = waiting.total();
        assert!(total >= Duration::from_millis(20));
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(waiting.total(), total);
    }
}
