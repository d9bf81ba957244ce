//! The bounded queues in front of the store's threads, and the jobs in them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::error::StoreError;

/// How many jobs may wait. When the queue is full, senders wait.
const MAX_QUEUED_JOBS: usize = 256;

/// How long a sender waits before it fails with [`StoreError::Busy`].
const ENQUEUE_TIMEOUT_SECONDS: u64 = 60;

/// Tells a caller how its job ended, once that is certain.
pub(super) type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// The outcome of a job, before its commit.
pub(super) struct JobOutcome {
    /// Whether to keep the changes of the job.
    pub(super) keep: bool,
    pub(super) reply: Reply,
}

/// A piece of work for a connection, which sends its result to the caller.
pub(super) struct Job(Box<dyn FnOnce(&Connection) -> JobOutcome + Send>);

impl Job {
    pub(super) fn new<T, F>(work: F) -> (Self, oneshot::Receiver<Result<T, StoreError>>)
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, receiver) = oneshot::channel();
        let run = move |connection: &Connection| {
            // A panic must not end the thread, since every later request needs it.
            let result = catch_unwind(AssertUnwindSafe(|| work(connection))).unwrap_or(Err(StoreError::Panicked));
            JobOutcome {
                keep: result.is_ok(),
                // If the client disconnected, the receiver is gone; the outcome is valid nevertheless.
                reply: Box::new(move |end| {
                    let _ = answer.send(result.and_then(|value| end.map(|()| value)));
                }),
            }
        };
        (Self(Box::new(run)), receiver)
    }

    pub(super) fn run(self, connection: &Connection) -> JobOutcome {
        (self.0)(connection)
    }
}

/// A job, or the message that there will be no more.
pub(super) enum Message {
    Job(Job),
    Stop,
}

/// The receiving end, for one thread or, behind a lock, for several.
pub(super) type Receiver = mpsc::Receiver<Message>;

/// The sending end.
#[derive(Debug)]
pub(super) struct Queue(mpsc::Sender<Message>);

pub(super) fn bounded() -> (Queue, Receiver) {
    let (sender, receiver) = mpsc::channel(MAX_QUEUED_JOBS);
    (Queue(sender), receiver)
}

impl Queue {
    /// Sends a job; waits a limited time if the queue is full.
    pub(super) async fn send(&self, job: Job) -> Result<(), StoreError> {
        let timeout = Duration::from_secs(ENQUEUE_TIMEOUT_SECONDS);
        match tokio::time::timeout(timeout, self.0.send(Message::Job(job))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(StoreError::Closed),
            Err(_) => Err(StoreError::Busy),
        }
    }

    /// Asks the receiving threads to finish the jobs in the queue and end.
    pub(super) async fn stop(&self) {
        // A failure means that they have ended already.
        let _ = self.0.send(Message::Stop).await;
    }
}
