//! Opening connections: the pragmas, the migrations, and what is refused before anything is touched.

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

/// How often, and after which pauses, a connection asks again for a lock that another process holds: for a minute and
/// more. SQLite's own pauses grow to 100 ms, which would find the moment between two groups of a busy peer by luck
/// only.
const LOCK_ATTEMPTS: i32 = 30_000;
const LOCK_PAUSE: Duration = Duration::from_millis(2);

/// Several processes may start on one new file at once; whoever comes second tries again and finds the work done.
const START_ATTEMPTS: usize = 200;

/// How long the maintenance waits for whoever else has the file open, before it calls it in use.
const EXCLUSIVE_TIMEOUT: Duration = Duration::from_millis(500);

/// The cache of prepared statements of each connection holds every statement of this server.
const CACHED_STATEMENTS: usize = 128;

/// Opens the connection that writes, on a file that is made or migrated where needed.
pub(super) fn writer(path: &Path) -> Result<Connection, OpenError> {
    file::check(path, SCHEMA_VERSION)?;
    let mut attempt = 1;
    loop {
        match try_writer(path) {
            Ok(connection) => return Ok(connection),
            Err(Failure::Refused(error)) => return Err(error),
            Err(Failure::Sqlite(error)) if attempt >= START_ATTEMPTS => return Err(name_failure(path, &error)),
            Err(Failure::Sqlite(error)) if is_damage(&error) => return Err(name_failure(path, &error)),
            Err(Failure::Sqlite(_)) => std::thread::sleep(Duration::from_millis(25)),
        }
        attempt += 1;
    }
}

enum Failure {
    Refused(OpenError),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn try_writer(path: &Path) -> Result<Connection, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(literal(path), flags)?;
    connection.busy_handler(Some(wait_for_lock))?;
    // Until the version is known to be ours, closing must not move a write-ahead log into the file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > SCHEMA_VERSION {
        let error = OpenError::Newer { path: path.to_owned(), found, supported: SCHEMA_VERSION };
        return Err(Failure::Refused(error));
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    let marked: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if marked != file::APPLICATION_ID {
        // Before anything else goes into a new file, so that a server killed on its first start knows it again.
        connection.pragma_update(None, "application_id", file::APPLICATION_ID)?;
    }
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // A client forgets an op once it is acknowledged, so each commit is synced.
    connection.pragma_update(None, "synchronous", "FULL")?;
    prepare(&mut connection)?;
    Ok(connection)
}

/// Opens a connection that only reads.
pub(super) fn reader(path: &Path) -> Result<Connection, OpenError> {
    let open = || -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(literal(path), flags)?;
        connection.busy_handler(Some(wait_for_lock))?;
        connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        Ok(connection)
    };
    open().map_err(|error| name_failure(path, &error))
}

/// Opens the one connection of a store in memory: a copy of an empty database, whose migrations ran once in this process.
pub(super) fn memory() -> Result<Connection, OpenError> {
    static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();
    let migrated = || -> rusqlite::Result<Vec<u8>> {
        let mut connection = Connection::open_in_memory()?;
        prepare(&mut connection)?;
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
        set_up(&mut connection)?;
        Ok(connection)
    };
    open().map_err(|error| OpenError::Memory(error.to_string()))
}

/// Opens an existing file, of the version that this build knows or an older one, with nobody else in it.
pub(super) fn exclusive(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(literal(path), flags)?;
    connection.busy_timeout(EXCLUSIVE_TIMEOUT)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    // The lock comes with the first access.
    connection.execute_batch("BEGIN EXCLUSIVE; COMMIT")?;
    Ok(connection)
}

/// Undoes the newest migration.
pub(super) fn step_back(connection: &mut Connection) -> rusqlite::Result<()> {
    MIGRATIONS.to_version(connection, MIGRATION_STEPS.len() - 1).map_err(plain)
}

/// Called by SQLite with the number of attempts so far; answers whether to try once more.
fn wait_for_lock(attempts: i32) -> bool {
    std::thread::sleep(LOCK_PAUSE);
    attempts < LOCK_ATTEMPTS
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    set_up(connection)?;
    MIGRATIONS.to_latest(connection).map_err(plain)
}

/// What a connection that writes is told before anything else.
fn set_up(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    Ok(())
}

fn plain(error: rusqlite_migration::Error) -> rusqlite::Error {
    match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => err,
        other => rusqlite::Error::ToSqlConversionFailure(Box::new(other)),
    }
}

/// SQLite takes names like `:memory:` for something else than a file; a folder in front makes every name literal.
fn literal(path: &Path) -> std::path::PathBuf {
    if path.is_absolute() { path.to_owned() } else { Path::new(".").join(path) }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, DatabaseCorrupt, NotADatabase, PermissionDenied, ReadOnly};
    matches!(error.sqlite_error_code(), Some(CannotOpen | DatabaseCorrupt | NotADatabase | PermissionDenied | ReadOnly))
}

pub(super) fn name_failure(path: &Path, error: &rusqlite::Error) -> OpenError {
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
