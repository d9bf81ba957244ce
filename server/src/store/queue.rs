//! The bounded queues in front of the store's threads, and what travels through them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::error::StoreError;

/// How many jobs may wait. Senders beyond that wait for room.
const CAPACITY: usize = 256;

/// How long a sender waits for room before it gives up with [`StoreError::Busy`].
const ADMISSION_TIMEOUT_SECONDS: u64 = 60;

/// Tells a caller how its job ended, once that is certain.
pub(super) type Deliver = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What a job did, before the commit that makes it true.
pub(super) struct Done {
    /// Whether the job's changes are to be kept.
    pub(super) keep: bool,
    pub(super) deliver: Deliver,
}

/// One piece of work for a connection, with the way back to whoever asked for it.
pub(super) struct Work(Box<dyn FnOnce(&Connection) -> Done + Send>);

impl Work {
    pub(super) fn new<T, F>(work: F) -> (Self, oneshot::Receiver<Result<T, StoreError>>)
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, receiver) = oneshot::channel();
        let run = move |connection: &Connection| {
            // A panic must not take the thread, and every later request, with it.
            let result = catch_unwind(AssertUnwindSafe(|| work(connection))).unwrap_or(Err(StoreError::Panicked));
            Done {
                keep: result.is_ok(),
                // The receiver is gone when the client hung up; the outcome stands all the same.
                deliver: Box::new(move |end| {
                    let _ = answer.send(result.and_then(|value| end.map(|()| value)));
                }),
            }
        };
        (Self(Box::new(run)), receiver)
    }

    pub(super) fn run(self, connection: &Connection) -> Done {
        (self.0)(connection)
    }
}

/// What travels: work, or the word that no more will come.
pub(super) enum Message {
    Work(Work),
    Stop,
}

/// The receiving end, for one thread or, behind a lock, for several.
pub(super) type Receiver = mpsc::Receiver<Message>;

/// The sending end.
#[derive(Debug)]
pub(super) struct Queue(mpsc::Sender<Message>);

pub(super) fn bounded() -> (Queue, Receiver) {
    let (sender, receiver) = mpsc::channel(CAPACITY);
    (Queue(sender), receiver)
}

impl Queue {
    /// Waits, within a bound, for room.
    pub(super) async fn send(&self, work: Work) -> Result<(), StoreError> {
        let patience = Duration::from_secs(ADMISSION_TIMEOUT_SECONDS);
        match tokio::time::timeout(patience, self.0.send(Message::Work(work))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(StoreError::Closed),
            Err(_) => Err(StoreError::Busy),
        }
    }

    /// Asks the receiving threads to finish what waits and end.
    pub(super) async fn stop(&self) {
        // A failure means that they have ended already.
        let _ = self.0.send(Message::Stop).await;
    }
}
