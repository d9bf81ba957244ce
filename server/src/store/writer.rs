//! The writing thread: group commit. Whatever waits in the queue shares one transaction and one sync of the disk.

use std::time::Duration;

use rusqlite::Connection;

use super::error::StoreError;
use super::queue::{Deliver, Message, Receiver, Work};
use super::transaction;

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
fn commit_group(connection: &Connection, group: Vec<Work>) {
    let mut waiting = group.into_iter();
    while waiting.len() > 0 {
        if let Err(error) = transaction::control(connection, "BEGIN IMMEDIATE") {
            tracing::error!(%error, "cannot begin a transaction");
            // The jobs are dropped unrun, which tells each caller that the store is closed to it.
            return;
        }
        let mut ended = Vec::new();
        let mut sound = true;
        while sound && let Some(work) = waiting.next() {
            sound = run_in_savepoint(connection, work, &mut ended);
        }
        let committed = sound
            && transaction::control(connection, "COMMIT")
                .inspect_err(|error| tracing::error!(%error, "cannot commit"))
                .is_ok();
        finish(connection, committed, ended);
    }
}

/// Runs one job where there is no group to share a commit with: its savepoint is the transaction.
pub(super) fn commit_alone(connection: &Connection, work: Work) {
    let mut ended = Vec::new();
    let committed = run_in_savepoint(connection, work, &mut ended);
    finish(connection, committed, ended);
}

/// Runs one job by itself, so that its failure leaves the others alone. Answers whether its savepoint is closed as it
/// should be.
fn run_in_savepoint(connection: &Connection, work: Work, ended: &mut Vec<Deliver>) -> bool {
    if let Err(error) = transaction::control(connection, "SAVEPOINT job") {
        tracing::error!(%error, "cannot set a savepoint");
        return false;
    }
    let done = work.run(connection);
    // SQLite gives up the whole transaction on some errors, a full disk among them.
    let alive = !connection.is_autocommit();
    let undo = || if done.keep { Ok(()) } else { transaction::control(connection, "ROLLBACK TO job") };
    let close = || undo().and_then(|()| transaction::control(connection, "RELEASE job"));
    let closed = alive && close().inspect_err(|error| tracing::error!(%error, "cannot end a job")).is_ok();
    ended.push(done.deliver);
    closed
}

fn finish(connection: &Connection, committed: bool, ended: Vec<Deliver>) {
    if !committed
        && !connection.is_autocommit()
        && let Err(error) = transaction::control(connection, "ROLLBACK")
    {
        tracing::error!(%error, "cannot roll back");
    }
    for deliver in ended {
        deliver(if committed { Ok(()) } else { Err(StoreError::NotCommitted) });
    }
}
