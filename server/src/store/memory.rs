//! A store in memory: one connection, on which each caller runs its own job, one after the other. No job waits for a disk,
//! so handing jobs to another thread would only cost time.

use std::sync::{Mutex, OnceLock, PoisonError};

use rusqlite::Connection;

use super::error::{OpenError, StoreError};
use super::queue::Job;
use super::{open, transaction, writer};

/// Connections of closed stores, emptied, to be used by later stores. A store that serves only a few requests would spend
/// more time on preparing its statements than on running them.
static IDLE: Mutex<Vec<Connection>> = Mutex::new(Vec::new());

/// The most connections that are kept.
const MAX_IDLE: usize = 16;

/// The largest database that is kept, in pages of 4 KiB: the memory of deleted rows stays allocated.
const MAX_IDLE_PAGES: i64 = 512;

#[derive(Debug)]
pub(super) struct Memory {
    /// `None` once it is closed.
    connection: Mutex<Option<Connection>>,
}

impl Memory {
    pub(super) fn new() -> Result<Self, OpenError> {
        let emptied = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = emptied.map_or_else(open::memory, Ok)?;
        Ok(Self { connection: Mutex::new(Some(connection)) })
    }

    pub(super) fn write(&self, job: Job) -> Result<(), StoreError> {
        self.with(|connection| writer::commit_alone(connection, job))
    }

    pub(super) fn read(&self, job: Job) -> Result<(), StoreError> {
        // No other job runs while the lock is held, so this one sees one moment without a transaction.
        self.with(|connection| (job.run(connection).reply)(Ok(())))
    }

    pub(super) fn close(&self) {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(emptied) = connection.filter(|connection| matches!(empty(connection), Ok(true))) else { return };
        let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(emptied);
        }
    }

    fn with(&self, act: impl FnOnce(&Connection)) -> Result<(), StoreError> {
        // A panic of a job is caught in the job, so a poisoned lock means no harm.
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        act(connection.as_ref().ok_or(StoreError::Closed)?);
        Ok(())
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.close();
    }
}

/// Deletes every row, and says whether the database is as good as a new one.
fn empty(connection: &Connection) -> rusqlite::Result<bool> {
    let pages: i64 = connection.prepare_cached("PRAGMA page_count")?.query_row([], |row| row.get(0))?;
    if pages > MAX_IDLE_PAGES || !connection.is_autocommit() {
        return Ok(false);
    }
    transaction::execute(connection, "BEGIN")?;
    for deletion in deletions(connection)? {
        connection.prepare_cached(deletion)?.execute([])?;
    }
    transaction::execute(connection, "COMMIT")?;
    Ok(true)
}

/// For each table, a statement that deletes its rows. The schema is the same in every store of this process.
fn deletions(connection: &Connection) -> rusqlite::Result<&'static [String]> {
    static DELETIONS: OnceLock<Vec<String>> = OnceLock::new();
    if let Some(deletions) = DELETIONS.get() {
        return Ok(deletions);
    }
    // A table refers to older ones only. `sqlite_sequence`, which numbers workspaces, is one of them.
    let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid DESC")?;
    let names = tables.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    Ok(DELETIONS.get_or_init(|| names.iter().map(|name| format!("DELETE FROM {name}")).collect()))
}

#[cfg(test)]
mod tests {
    use super::{empty, open};

    #[test]
    fn an_emptied_database_equals_a_new_one() {
        let connection = open::memory().unwrap();
        let dump = || -> Vec<(String, i64)> {
            let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
            let names: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
            let count = |name: &str| {
                connection.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get(0)).unwrap()
            };
            names.into_iter().map(|name| (name.clone(), count(&name))).collect()
        };
        let fresh = dump();
        connection
            .execute_batch(
                "BEGIN;
                 INSERT INTO users (id, active_workspace_id, created_at) VALUES ('u', 'w', 0);
                 INSERT INTO identities (provider, provider_user_id, user_id) VALUES ('p', 's', 'u');
                 INSERT INTO workspaces (id, name, created_at) VALUES ('w', 'w', 0);
                 INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ('w', 'u', 'owner', 0);
                 INSERT INTO op_ledger (workspace_id, op_key, server_version) VALUES ('w', 'o', 1);
                 COMMIT;",
            )
            .unwrap();
        assert_ne!(dump(), fresh);
        assert!(empty(&connection).unwrap());
        assert_eq!(dump(), fresh);
        connection.execute_batch("INSERT INTO workspaces (id, name, created_at) VALUES ('w', 'w', 0)").unwrap();
        let position: i64 = connection.query_row("SELECT position FROM workspaces", [], |row| row.get(0)).unwrap();
        assert_eq!(position, 1);
    }
}
