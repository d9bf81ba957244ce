//! Turns: how many sequences of a campaign are under way at once. Whoever waits for time to pass lets others go on meanwhile,
//! so that a target whose clock cannot be set forward is kept as busy as one whose clock can.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// The turns of a campaign. Clones are the same turns.
#[derive(Debug, Clone)]
pub struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Turns(Arc::new(Semaphore::new(0)))
    }
}

impl Turns {
    /// Makes it so many from now on, none of them taken.
    pub(super) fn open(&self, count: usize) {
        self.0.forget_permits(self.0.available_permits());
        self.0.add_permits(count);
    }

    /// Waits for a turn and takes it.
    pub(super) async fn take(&self) {
        // It is never closed.
        if let Ok(turn) = self.0.acquire().await {
            turn.forget();
        }
    }

    /// Gives a turn back.
    pub(super) fn give_back(&self) {
        self.0.add_permits(1);
    }

    /// Waits without a turn.
    pub(super) async fn aside(&self, waiting: impl Future<Output = ()>) {
        self.give_back();
        waiting.await;
        self.take().await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn who_waits_lets_others_go_on() {
        let (turns, done) = (Turns::default(), Cell::new(false));
        turns.open(1);
        turns.take().await;
        let other = async {
            turns.take().await;
            done.set(true);
            turns.give_back();
        };
        let waiting = turns.aside(tokio::time::sleep(Duration::from_millis(50)));
        tokio::join!(waiting, other);
        assert!(done.get());
        assert_eq!(turns.0.available_permits(), 0);
    }
}
