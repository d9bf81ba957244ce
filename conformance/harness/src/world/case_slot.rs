//! Slots: how many cases are active at the same time. A case that only waits for time to pass releases its slot and
//! takes another one before it continues.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::client::WaitTimer;

/// The slots of one run.
#[derive(Debug, Clone)]
pub(crate) struct CaseSlots(Arc<Semaphore>);

impl CaseSlots {
    /// So many slots.
    #[must_use]
    pub(crate) fn new(at_once: usize) -> Self {
        CaseSlots(Arc::new(Semaphore::new(at_once)))
    }

    /// Waits for a slot, first come first served. Dropping the slot releases it.
    pub(crate) async fn next(&self) -> CaseSlot {
        let permit = Arc::clone(&self.0).acquire_owned().await.ok();
        CaseSlot { slots: Some(self.clone()), permit: Mutex::new(permit) }
    }
}

/// The slot of one case. The default is a slot outside of any [`CaseSlots`], for which nothing else waits.
#[derive(Debug, Default)]
pub(crate) struct CaseSlot {
    slots: Option<CaseSlots>,
    permit: Mutex<Option<OwnedSemaphorePermit>>,
}

impl CaseSlot {
    /// Whether the case is active, and not only waiting.
    pub(crate) fn is_held(&self) -> bool {
        self.slots.is_none() || self.permit().is_some()
    }

    /// Runs a future that only waits, and releases the slot meanwhile. If several futures of one case wait at the same time,
    /// the first of them releases the slot and takes one again.
    pub(crate) async fn release_while<T>(&self, waiting: &WaitTimer, wait: impl Future<Output = T>) -> T {
        let mut wait = std::pin::pin!(wait);
        // A future that is ready at once does not wait, so it keeps the slot.
        if let std::task::Poll::Ready(outcome) = futures_util::poll!(wait.as_mut()) {
            return outcome;
        }
        let released = self.permit().take().is_some();
        let outcome = wait.await;
        if let Some(slots) = self.slots.as_ref().filter(|_| released) {
            let _wait = waiting.begin();
            let permit = Arc::clone(&slots.0).acquire_owned().await.ok();
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
    async fn a_case_that_released_its_slot_waits_for_one_and_that_counts_as_waiting() {
        let (slots, waiting) = (CaseSlots::new(1), WaitTimer::default());
        let slot = slots.next().await;
        let (given, taken) = tokio::sync::oneshot::channel();
        let aside = slot.release_while(&waiting, async { given.send(slots.next().await).ok() });
        let rest = async {
            let other = taken.await.ok();
            assert!(other.as_ref().is_some_and(CaseSlot::is_held));
            tokio::time::sleep(Duration::from_millis(30)).await;
            drop(other);
        };
        tokio::join!(aside, rest);
        assert!(slot.is_held() && waiting.total() >= Duration::from_millis(30), "{waiting:?}");
    }

    #[tokio::test]
    async fn a_future_that_is_ready_at_once_keeps_the_slot() {
        let slots = CaseSlots::new(1);
        let slot = slots.next().await;
        let mut next = std::pin::pin!(slots.next());
        assert!(futures_util::poll!(next.as_mut()).is_pending());
        assert!(slot.release_while(&WaitTimer::default(), async { slot.is_held() }).await);
        assert!(futures_util::poll!(next.as_mut()).is_pending());
    }

    #[tokio::test]
    async fn a_slot_outside_of_a_run_is_always_held() {
        let slot = CaseSlot::default();
        let is_held = async {
            tokio::task::yield_now().await;
            slot.is_held()
        };
        assert!(slot.release_while(&WaitTimer::default(), is_held).await);
    }
}
