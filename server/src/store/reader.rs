//! A reading thread: each job sees one moment of the data, and never waits for the writer.

use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::queue::{Job, Message, Receiver};
use super::transaction;

/// Runs until the queue is stopped or every sender is gone.
pub(super) fn run(connection: &Connection, jobs: &Mutex<Receiver>) {
    while let Some(job) = next(jobs) {
        answer(connection, job);
    }
}

/// Runs one job in a transaction that changes nothing.
fn answer(connection: &Connection, job: Job) {
    if let Err(error) = transaction::execute(connection, "BEGIN") {
        // Dropping the job without running it tells its caller that it failed.
        tracing::error!(%error, "cannot begin a read transaction");
        return;
    }
    let outcome = job.run(connection);
    if let Err(error) = transaction::execute(connection, "ROLLBACK") {
        tracing::error!(%error, "cannot end a read transaction");
    }
    (outcome.reply)(Ok(()));
}

fn next(jobs: &Mutex<Receiver>) -> Option<Job> {
    let mut jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        match jobs.blocking_recv()? {
            Message::Job(job) => return Some(job),
            // The other readers end once the queue is empty.
            Message::Stop => jobs.close(),
        }
    }
}
