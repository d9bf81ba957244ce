//! Opening connections: the pragmas, the migrations, and what is refused before anything is changed.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags, TransactionBehavior};
use rusqlite_migration::{M, Migrations};

use super::error::OpenError;
use super::file;

const MIGRATION_STEPS: &[M<'static>] = &[
    M::up(include_str!("../../migrations/001-tenancy.sql")),
    M::up(include_str!("../../migrations/002-sync.sql")),
    M::up(include_str!("../../migrations/003-retention-and-owners.sql"))
        .down(include_str!("../../migrations/003-retention-and-owners.down.sql")),
];
pub(super) const MIGRATIONS: Migrations<'static> = Migrations::from_slice(MIGRATION_STEPS);

/// The schema version of this build.
pub(super) const SCHEMA_VERSION: i64 = MIGRATION_STEPS.len() as i64;

/// How often, and with which pauses, a connection tries to get a lock that another process holds: for over a minute.
/// SQLite's own pauses grow to 100 ms, and would hit the short moment between two transactions of a busy process only by
/// luck.
const MAX_LOCK_ATTEMPTS: i32 = 30_000;
const LOCK_PAUSE: Duration = Duration::from_millis(2);

/// Several processes may start on one new file at the same time; all but the first try again, and find the work done.
const MAX_START_ATTEMPTS: usize = 200;

/// How long the maintenance functions wait for other processes that have the file open before they report it as in use.
const EXCLUSIVE_TIMEOUT: Duration = Duration::from_millis(if cfg!(test) { 50 } else { 500 });

/// How many prepared statements each connection keeps: more than this server has.
const CACHED_STATEMENTS: usize = 128;

/// Opens the connection that writes, and creates or migrates the file if necessary.
pub(super) fn writer(path: &Path) -> Result<Connection, OpenError> {
    file::check(path, SCHEMA_VERSION)?;
    let mut attempt = 1;
    loop {
        match try_writer(path) {
            Ok(opened) => return opened,
            Err(error) if attempt >= MAX_START_ATTEMPTS || is_permanent(&error) => {
                return Err(open_error(path, &error));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(25)),
        }
        attempt += 1;
    }
}

/// Tries it once. An error of SQLite may be gone the next time; a refusal is final.
fn try_writer(path: &Path) -> rusqlite::Result<Result<Connection, OpenError>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(literal_path(path), flags)?;
    connection.busy_handler(Some(wait_for_lock))?;
    // Until the version is known to be supported, closing must not move a write-ahead log into the file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > SCHEMA_VERSION {
        return Ok(Err(OpenError::Newer { path: path.to_owned(), found, supported: SCHEMA_VERSION }));
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    let marked: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if marked != file::APPLICATION_ID {
        // Written to a new file before anything else, so that a server killed on its first start recognises the file.
        connection.pragma_update(None, "application_id", file::APPLICATION_ID)?;
    }
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // Clients forget an op once it is acknowledged, so every commit is synced to disk.
    connection.pragma_update(None, "synchronous", "FULL")?;
    migrate(&mut connection)?;
    Ok(Ok(connection))
}

/// Opens a connection that only reads.
pub(super) fn reader(path: &Path) -> Result<Connection, OpenError> {
    let open = || -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(literal_path(path), flags)?;
        connection.busy_handler(Some(wait_for_lock))?;
        connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        Ok(connection)
    };
    open().map_err(|error| open_error(path, &error))
}

/// Opens the one connection of a store in memory: a copy of an empty database, which is migrated only once in a process.
pub(super) fn memory() -> Result<Connection, OpenError> {
    static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();
    let migrated = || -> rusqlite::Result<Vec<u8>> {
        let mut connection = Connection::open_in_memory()?;
        migrate(&mut connection)?;
        Ok(connection.serialize(MAIN_DB)?.to_vec())
    };
    let open = || -> rusqlite::Result<Connection> {
        let empty = match EMPTY.get() {
            Some(empty) => empty,
            None => {
                let empty = migrated()?;
                EMPTY.get_or_init(|| empty)
            }
        };
        let mut connection = Connection::open_in_memory()?;
        connection.deserialize_read_exact(MAIN_DB, empty.as_slice(), empty.len(), false)?;
        configure(&mut connection)?;
        Ok(connection)
    };
    open().map_err(|error| OpenError::Memory(error.to_string()))
}

/// Opens an existing file of this build's version or an older one, with no other process using it.
pub(super) fn exclusive(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(literal_path(path), flags)?;
    connection.busy_timeout(EXCLUSIVE_TIMEOUT)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    // SQLite takes the lock with the first access.
    connection.execute_batch("BEGIN EXCLUSIVE; COMMIT")?;
    Ok(connection)
}

/// Undoes the newest migration.
pub(super) fn undo_newest_migration(connection: &mut Connection) -> rusqlite::Result<()> {
    MIGRATIONS.to_version(connection, MIGRATION_STEPS.len() - 1).map_err(sqlite_error)
}

/// Called by SQLite with the number of attempts so far; returns whether to try again.
fn wait_for_lock(attempts: i32) -> bool {
    std::thread::sleep(LOCK_PAUSE);
    attempts < MAX_LOCK_ATTEMPTS
}

fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    configure(connection)?;
    MIGRATIONS.to_latest(connection).map_err(sqlite_error)
}

/// The settings of a connection that writes.
fn configure(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    Ok(())
}

fn sqlite_error(error: rusqlite_migration::Error) -> rusqlite::Error {
    match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => err,
        other => rusqlite::Error::ToSqlConversionFailure(Box::new(other)),
    }
}

/// SQLite gives names like `:memory:` a special meaning; with a folder in front, every name is that of a file.
fn literal_path(path: &Path) -> std::path::PathBuf {
    if path.is_absolute() { path.to_owned() } else { Path::new(".").join(path) }
}

fn is_permanent(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, DatabaseCorrupt, NotADatabase, PermissionDenied, ReadOnly};
    matches!(error.sqlite_error_code(), Some(CannotOpen | DatabaseCorrupt | NotADatabase | PermissionDenied | ReadOnly))
}

pub(super) fn open_error(path: &Path, error: &rusqlite::Error) -> OpenError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match error.sqlite_error_code() {
        Some(NotADatabase | DatabaseCorrupt) => OpenError::NotADatabase(path.to_owned()),
        _ => OpenError::Unusable { path: path.to_owned(), reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{MIGRATIONS, SCHEMA_VERSION};

    #[test]
    fn the_migrations_apply_and_lead_to_the_version_of_this_build() {
        MIGRATIONS.validate().unwrap();
        let mut connection = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_latest(&mut connection).unwrap();
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(version, SCHEMA_VERSION);
    }
}
