//! The writing thread, with group commit: all jobs in the queue share one transaction and one sync to disk.

use std::time::Duration;

use rusqlite::Connection;

use super::error::StoreError;
use super::queue::{Job, Message, Receiver, Reply};
use super::transaction;

/// The most jobs that share one commit. It bounds how long the first of them waits for the others.
const MAX_GROUP_JOBS: usize = 64;

/// How long the last checkpoint waits for other processes on the same file.
const CHECKPOINT_TIMEOUT: Duration = Duration::from_secs(1);

/// Runs until the queue is stopped or every sender is gone, then moves the write-ahead log into the database.
pub(super) fn run(connection: Connection, mut jobs: Receiver) {
    while let Some(message) = jobs.blocking_recv() {
        let mut group = Vec::new();
        take(message, &mut jobs, &mut group);
        while group.len() < MAX_GROUP_JOBS {
            match jobs.try_recv() {
                Ok(message) => take(message, &mut jobs, &mut group),
                Err(_) => break,
            }
        }
        commit_group(&connection, group);
    }
    // Other processes may keep writing to the file for ever; they will move the log when they stop.
    let limited = connection.busy_timeout(CHECKPOINT_TIMEOUT);
    if let Err(error) = limited.and_then(|()| connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))) {
        tracing::warn!(%error, "the last checkpoint failed; the next start will do it");
    }
}

fn take(message: Message, jobs: &mut Receiver, group: &mut Vec<Job>) {
    match message {
        Message::Job(job) => group.push(job),
        // Jobs that are in the queue already are still received; no more can be sent.
        Message::Stop => jobs.close(),
    }
}

/// Runs a group of jobs in one transaction, or in several if SQLite aborts one halfway.
fn commit_group(connection: &Connection, group: Vec<Job>) {
    let mut waiting = group.into_iter();
    while waiting.len() > 0 {
        if let Err(error) = transaction::execute(connection, "BEGIN IMMEDIATE") {
            tracing::error!(%error, "cannot begin a transaction");
            // Dropping the jobs without running them tells each caller that its job failed.
            return;
        }
        let mut ended = Vec::new();
        let mut sound = true;
        while sound && let Some(job) = waiting.next() {
            sound = run_in_savepoint(connection, job, &mut ended);
        }
        let committed = sound
            && transaction::execute(connection, "COMMIT")
                .inspect_err(|error| tracing::error!(%error, "cannot commit"))
                .is_ok();
        finish(connection, committed, ended);
    }
}

/// Runs one job without a group: its savepoint is the transaction.
pub(super) fn commit_alone(connection: &Connection, job: Job) {
    let mut ended = Vec::new();
    let committed = run_in_savepoint(connection, job, &mut ended);
    finish(connection, committed, ended);
}

/// Runs one job in a savepoint, so that its failure does not affect the others. Returns whether the savepoint was closed
/// without an error.
fn run_in_savepoint(connection: &Connection, job: Job, ended: &mut Vec<Reply>) -> bool {
    if let Err(error) = transaction::execute(connection, "SAVEPOINT job") {
        tracing::error!(%error, "cannot set a savepoint");
        return false;
    }
    let outcome = job.run(connection);
    // Some errors, such as a full disk, make SQLite abort the whole transaction.
    let alive = !connection.is_autocommit();
    let undo = || if outcome.keep { Ok(()) } else { transaction::execute(connection, "ROLLBACK TO job") };
    let close = || undo().and_then(|()| transaction::execute(connection, "RELEASE job"));
    let closed = alive && close().inspect_err(|error| tracing::error!(%error, "cannot end a job")).is_ok();
    ended.push(outcome.reply);
    closed
}

fn finish(connection: &Connection, committed: bool, ended: Vec<Reply>) {
    if !committed
        && !connection.is_autocommit()
        && let Err(error) = transaction::execute(connection, "ROLLBACK")
    {
        tracing::error!(%error, "cannot roll back");
    }
    for reply in ended {
        reply(if committed { Ok(()) } else { Err(StoreError::NotCommitted) });
    }
}
