//! Simulations: on a thread that performs one, a seed decides what is random, and a clock of its own what time it is. What
//! happens there happens again, in every detail, with the same seed.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use uuid::Uuid;

/// When every simulation begins, in seconds since 1970: at the beginning of 2026.
const BEGINNING_S: u64 = 1_767_225_600;

struct Simulation {
    random: StdRng,
    /// The time since its beginning.
    clock: Box<dyn Fn() -> Duration>,
}

thread_local! {
    static HERE: RefCell<Option<Simulation>> = const { RefCell::new(None) };
}

/// A simulation on this thread, until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Guard(());

impl Drop for Guard {
    fn drop(&mut self) {
        HERE.set(None);
    }
}

/// Begins a simulation on this thread. The clock tells how much time has passed in it.
pub fn begin(seed: u64, clock: impl Fn() -> Duration + 'static) -> Guard {
    HERE.set(Some(Simulation { random: StdRng::seed_from_u64(seed), clock: Box::new(clock) }));
    Guard(())
}

/// Whether there is one on this thread.
#[must_use]
pub fn is_on() -> bool {
    HERE.with_borrow(Option::is_some)
}

/// The time: that of the simulation, or the machine's.
#[must_use]
pub fn now() -> SystemTime {
    let passed = HERE.with_borrow(|here| here.as_ref().map(|simulation| (simulation.clock)()));
    passed.map_or_else(SystemTime::now, |passed| UNIX_EPOCH + Duration::from_secs(BEGINNING_S) + passed)
}

/// A new UUID of version 4.
#[must_use]
pub fn uuid() -> Uuid {
    let bytes = HERE.with_borrow_mut(|here| here.as_mut().map(|simulation| simulation.random.random::<[u8; 16]>()));
    bytes.map_or_else(Uuid::new_v4, |bytes| uuid::Builder::from_random_bytes(bytes).into_uuid())
}

/// A random number below this bound; none where there is no simulation.
#[must_use]
pub fn below(bound: u64) -> Option<u64> {
    HERE.with_borrow_mut(|here| here.as_mut().map(|simulation| simulation.random.random_range(0..bound.max(1))))
}

#[cfg(test)]
mod tests {
    use super::{begin, is_on, now, uuid};
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_seed_decides_and_only_until_the_end() {
        let ids = |seed| {
            let _guard = begin(seed, || Duration::from_secs(1));
            (uuid(), uuid(), now())
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1).0, ids(2).0);
        assert_ne!(ids(1).0, ids(1).1);
        assert!(!is_on());
        assert_ne!(uuid(), uuid());
        assert!(now() + Duration::from_secs(5) > SystemTime::now());
    }
}
