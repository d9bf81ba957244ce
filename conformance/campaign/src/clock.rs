//! The clock of a target: the machine's, or one that can be set forward instead of waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::turns::Turns;
use syncproof_harness::world::Context;

/// The clock that a target uses. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct Clock {
    began: Instant,
    /// For a target in this process: how far its clock is ahead of the machine's, in milliseconds.
    ahead_ms: Option<Arc<AtomicU64>>,
    /// Who waits for it to move on does so without a turn.
    turns: Turns,
    /// The case that waits, if it is one: other cases act meanwhile.
    case: Option<Context>,
}

impl Clock {
    /// The machine's clock: waiting takes real time.
    #[must_use]
    pub fn of_machine() -> Self {
        Clock { began: Instant::now(), ahead_ms: None, turns: Turns::default(), case: None }
    }

    /// The machine's clock, for sequences that a case performs.
    #[must_use]
    pub fn of_case(context: &Context) -> Self {
        Clock { case: Some(context.clone()), ..Clock::of_machine() }
    }

    /// A clock that can be set forward: waiting takes no time.
    #[must_use]
    pub fn set_forward(ahead_ms: Arc<AtomicU64>) -> Self {
        Clock { ahead_ms: Some(ahead_ms), ..Clock::of_machine() }
    }

    /// Whether waiting takes no time.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.ahead_ms.is_some()
    }

    /// The turns of the sequences that use it.
    #[must_use]
    pub fn turns(&self) -> &Turns {
        &self.turns
    }

    /// How far it is ahead of the machine's.
    #[must_use]
    pub fn ahead(&self) -> Duration {
        Duration::from_millis(self.ahead_ms.as_ref().map_or(0, |ahead_ms| ahead_ms.load(Ordering::Relaxed)))
    }

    /// The time since this clock was made.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.began.elapsed().saturating_add(self.ahead())
    }

    /// Lets this much time pass for the target.
    pub async fn wait(&self, time: Duration) {
        match (&self.ahead_ms, &self.case) {
            (Some(ahead_ms), _) => {
                let time_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                ahead_ms.fetch_add(time_ms, Ordering::Relaxed);
            }
            (None, Some(case)) => case.pause_for(time).await,
            (None, None) => self.turns.aside(tokio::time::sleep(time)).await,
        }
    }
}
