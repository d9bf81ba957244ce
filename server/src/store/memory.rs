//! A store in memory: one connection, on which whoever asks does the work, one after the other. No job waits for a disk,
//! so a thread of its own would only cost the way there and back.

use std::sync::{Mutex, OnceLock, PoisonError};

use rusqlite::Connection;

use super::error::{OpenError, StoreError};
use super::queue::Work;
use super::{open, transaction, writer};

/// Connections of stores that are closed, emptied, for stores to come: to prepare its statements takes a store that lives
/// for a few requests longer than to answer them.
static EMPTIED: Mutex<Vec<Connection>> = Mutex::new(Vec::new());

/// How many wait at most.
const EMPTIED_MAX: usize = 16;

/// The size up to which a database is worth keeping, in pages of 4 KiB: what is deleted from memory stays allocated.
const EMPTIED_MAX_PAGES: i64 = 512;

#[derive(Debug)]
pub(super) struct Memory {
    /// None once it is closed.
    connection: Mutex<Option<Connection>>,
}

impl Memory {
    pub(super) fn new() -> Result<Self, OpenError> {
        let emptied = EMPTIED.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = emptied.map_or_else(open::memory, Ok)?;
        Ok(Self { connection: Mutex::new(Some(connection)) })
    }

    pub(super) fn write(&self, job: Work) -> Result<(), StoreError> {
        self.with(|connection| writer::commit_alone(connection, job))
    }

    pub(super) fn read(&self, job: Work) -> Result<(), StoreError> {
        // Nobody writes while the lock is held, so all that the job reads is of one moment.
        self.with(|connection| (job.run(connection).deliver)(Ok(())))
    }

    pub(super) fn close(&self) {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(emptied) = connection.filter(|connection| matches!(empty(connection), Ok(true))) else { return };
        let mut waiting = EMPTIED.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < EMPTIED_MAX {
            waiting.push(emptied);
        }
    }

    fn with(&self, act: impl FnOnce(&Connection)) -> Result<(), StoreError> {
        // A job's panic is caught before it can get here, so the lock is sound.
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
    if pages > EMPTIED_MAX_PAGES || !connection.is_autocommit() {
        return Ok(false);
    }
    transaction::control(connection, "BEGIN")?;
    for deletion in deletions(connection)? {
        connection.prepare_cached(deletion)?.execute([])?;
    }
    transaction::control(connection, "COMMIT")?;
    Ok(true)
}

/// A statement a table that deletes its rows: the schema is the same in every store of this process.
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
    fn what_is_emptied_is_as_good_as_new() {
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
