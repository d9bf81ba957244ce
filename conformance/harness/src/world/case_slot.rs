//! Turns: how many cases act at one time. Who only waits for time to pass gives up the turn, and takes another one
//! before going on.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::client::WaitTimer;

/// The turns of one run.
#[derive(Debug, Clone)]
pub struct CaseSlots(Arc<Semaphore>);

impl CaseSlots {
    /// So many cases act at one time.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        CaseSlots(Arc::new(Semaphore::new(at_once)))
    }

    /// Waits for a turn; whoever came first has it first. It is over when it is dropped.
    pub async fn next(&self) -> CaseSlot {
        let permit = Arc::clone(&self.0).acquire_owned().await.ok();
        CaseSlot { turns: Some(self.clone()), permit: Mutex::new(permit) }
    }
}

/// The turn of one case. The default stands for one that nobody waits for.
#[derive(Debug, Default)]
pub struct CaseSlot {
    turns: Option<CaseSlots>,
    permit: Mutex<Option<OwnedSemaphorePermit>>,
}

impl CaseSlot {
    /// Whether the case acts, and does not only wait.
    pub fn is_held(&self) -> bool {
        self.turns.is_none() || self.permit().is_some()
    }

    /// What comes of that, which is only a wait: meanwhile others act. Where several of one case wait at a time, the
    /// first of them gives up the turn and takes it again.
    pub async fn release_while<T>(&self, waiting: &WaitTimer, wait: impl Future<Output = T>) -> T {
        let mut wait = std::pin::pin!(wait);
        // What is over at once is no wait, and costs nobody a turn.
        if let std::task::Poll::Ready(outcome) = futures_util::poll!(wait.as_mut()) {
            return outcome;
        }
        let given_up = self.permit().take().is_some();
        let outcome = wait.await;
        if let Some(turns) = self.turns.as_ref().filter(|_| given_up) {
            let _wait = waiting.begin();
            let permit = Arc::clone(&turns.0).acquire_owned().await.ok();
            *self.permit() = permit;
        }
        outcome
    }

    fn permit(&self) -> std::sync::MutexGuard<'_, Option<OwnedSemaphorePermit>> {
        self.permit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn whoever_stepped_aside_waits_for_a_turn_and_that_counts_as_waiting() {
        let (turns, waiting) = (CaseSlots::new(1), WaitTimer::default());
        let turn = turns.next().await;
        let (given, taken) = tokio::sync::oneshot::channel();
        let aside = turn.release_while(&waiting, async { given.send(turns.next().await).ok() });
        let rest = async {
            let other = taken.await.ok();
            assert!(other.as_ref().is_some_and(CaseSlot::is_held));
            tokio::time::sleep(Duration::from_millis(30)).await;
            drop(other);
        };
        tokio::join!(aside, rest);
        assert!(turn.is_held() && waiting.total() >= Duration::from_millis(30), "{waiting:?}");
    }

    #[tokio::test]
    async fn a_wait_that_is_over_at_once_costs_no_turn() {
        let turns = CaseSlots::new(1);
        let turn = turns.next().await;
        let mut next = std::pin::pin!(turns.next());
        assert!(futures_util::poll!(next.as_mut()).is_pending());
        assert!(turn.release_while(&WaitTimer::default(), async { turn.is_held() }).await);
        assert!(futures_util::poll!(next.as_mut()).is_pending());
    }

    #[tokio::test]
    async fn a_turn_that_nobody_waits_for_is_always_held() {
        let turn = CaseSlot::default();
        let is_held = async {
            tokio::task::yield_now().await;
            turn.is_held()
        };
        assert!(turn.release_while(&WaitTimer::default(), is_held).await);
    }
}
