//! A reading thread: each job sees one moment of the data, and never waits for the writer.

use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::queue::{Message, Receiver, Work};
use super::transaction;

/// Runs until the queue is stopped or every sender is gone.
pub(super) fn run(connection: &Connection, jobs: &Mutex<Receiver>) {
    while let Some(work) = next(jobs) {
        answer(connection, work);
    }
}

/// Does one job in a transaction that changes nothing.
fn answer(connection: &Connection, work: Work) {
    if let Err(error) = transaction::control(connection, "BEGIN") {
        // The job is dropped unrun, which tells its caller so.
        tracing::error!(%error, "cannot begin a read transaction");
        return;
    }
    let done = work.run(connection);
    if let Err(error) = transaction::control(connection, "ROLLBACK") {
        tracing::error!(%error, "cannot end a read transaction");
    }
    (done.deliver)(Ok(()));
}

fn next(jobs: &Mutex<Receiver>) -> Option<Work> {
    let mut jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        match jobs.blocking_recv()? {
            Message::Work(work) => return Some(work),
            // The other readers see the end once the queue is empty.
            Message::Stop => jobs.close(),
        }
    }
}
