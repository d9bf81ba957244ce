//! The writing thread: group commit. Whatever waits in the queue shares one transaction and one sync of the disk.

use std::time::Duration;

use rusqlite::Connection;

use super::error::StoreError;
use super::queue::{Deliver, Message, Receiver, Work};

/// The most jobs that share one commit, which bounds how long the first of them waits for the others.
const GROUP_MAX: usize = 64;

/// How long the last checkpoint waits for other processes on the same file.
const CHECKPOINT_TIMEOUT: Duration = Duration::from_secs(1);

/// Runs until the queue is stopped or every sender is gone, then moves the write-ahead log into the database.
pub(super) fn run(connection: Connection, mut jobs: Receiver) {
    while let Some(message) = jobs.blocking_recv() {
        let mut group = Vec::new();
        take(message, &mut jobs, &mut group);
        while group.len() < GROUP_MAX {
            match jobs.try_recv() {
                Ok(message) => take(message, &mut jobs, &mut group),
                Err(_) => break,
            }
        }
        commit_group(&connection, group);
    }
    // Other processes on the file may go on writing for ever; they will move the log in their turn.
    let patient = connection.busy_timeout(CHECKPOINT_TIMEOUT);
    if let Err(error) = patient.and_then(|()| connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))) {
        tracing::warn!(%error, "the last checkpoint failed; the next start makes up for it");
    }
}

fn take(message: Message, jobs: &mut Receiver, group: &mut Vec<Work>) {
    match message {
        Message::Work(work) => group.push(work),
        // What was sent before stays in the queue and is still received; nothing more can be sent.
        Message::Stop => jobs.close(),
    }
}

/// Runs a group in as few transactions as it takes, which is one unless SQLite gives one up halfway.
pub(super) fn commit_group(connection: &Connection, group: Vec<Work>) {
    let mut waiting = group.into_iter();
    while waiting.len() > 0 {
        if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
            tracing::error!(%error, "cannot begin a transaction");
            // The jobs are dropped unrun, which tells each caller that the store is closed to it.
            return;
        }
        let mut ended = Vec::new();
        let mut sound = true;
        while sound && let Some(work) = waiting.next() {
            sound = run_in_savepoint(connection, work, &mut ended);
        }
        finish(connection, sound, ended);
    }
}

/// Runs one job by itself, so that its failure leaves the others alone. Answers whether the transaction is
/// still good for a commit.
fn run_in_savepoint(connection: &Connection, work: Work, ended: &mut Vec<Deliver>) -> bool {
    if let Err(error) = connection.execute_batch("SAVEPOINT job") {
        tracing::error!(%error, "cannot set a savepoint");
        return false;
    }
    let done = work.run(connection);
    let end = if done.keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    // SQLite gives up the whole transaction on some errors, a full disk among them.
    let alive = !connection.is_autocommit();
    let closed =
        alive && connection.execute_batch(end).inspect_err(|error| tracing::error!(%error, "cannot end a job")).is_ok();
    ended.push(done.deliver);
    closed
}

fn finish(connection: &Connection, sound: bool, ended: Vec<Deliver>) {
    let committed = sound
        && connection.execute_batch("COMMIT").inspect_err(|error| tracing::error!(%error, "cannot commit")).is_ok();
    if !committed
        && !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "cannot roll back");
    }
    for deliver in ended {
        deliver(if committed { Ok(()) } else { Err(StoreError::NotCommitted) });
    }
}
