//! The shift: how long the clients of a round go on, and what they know of each other.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// What the clients of a round share.
#[derive(Debug)]
pub(crate) struct Shift {
    until: Instant,
    /// The highest version that any of them knows to be acknowledged.
    head: AtomicU64,
}

/// A pause between two calls of a client that would otherwise ask without end, so that others get their turn.
const PAUSE: Duration = Duration::from_millis(2);

impl Shift {
    pub(crate) fn new(length: Duration) -> Self {
        Shift { until: Instant::now() + length, head: AtomicU64::new(0) }
    }

    /// Whether clients go on.
    pub(crate) fn goes_on(&self) -> bool {
        Instant::now() < self.until
    }

    /// The highest version that any of them knows to be acknowledged.
    pub(crate) fn head(&self) -> u64 {
        self.head.load(Ordering::Relaxed)
    }

    pub(crate) fn reached(&self, version: u64) {
        self.head.fetch_max(version, Ordering::Relaxed);
    }
}

/// Lets others have their turn.
pub(crate) async fn pause() {
    tokio::time::sleep(PAUSE).await;
}
