//! The suite against every server that it is meant for: honest ones, unfinished ones and wrong ones.
//!
//! These tests take the longest. Tests begin in the order of their names, so this folder and its files are named to come
//! first: nothing else is left for both cores at the end of a test run that waits for these alone.

mod honest;
pub(crate) mod levels;
mod mutants;
mod records;

use std::sync::{RwLock, RwLockWriteGuard, TryLockError};
use std::time::{Duration, Instant};

/// Held to write by the test that tries every mutant, and to read by others that keep both cores busy: some cases about
/// time need a server that answers within seconds, and all of these together leave none of two cores for that.
static BOTH_CORES: RwLock<()> = RwLock::new(());

/// Waits until no other of these tests runs. Does not queue: those that begin meanwhile would wait behind it.
fn alone() -> RwLockWriteGuard<'static, ()> {
    let deadline = Instant::now() + Duration::from_secs(1800);
    loop {
        match BOTH_CORES.try_write() {
            Ok(guard) => return guard,
            Err(TryLockError::Poisoned(of_a_failed_test)) => return of_a_failed_test.into_inner(),
            Err(TryLockError::WouldBlock) => assert!(Instant::now() < deadline, "the other tests do not end"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
