//! Mistakes of a server with its store at start-up: they change the reference server's file before the server opens it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::StartupFault;

/// The offset of the schema version in a SQLite file, big-endian (its file format, section 1.3).
const VERSION_OFFSET: usize = 60;
const VERSION_BYTES: usize = 4;

/// How long to wait for the server's own writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The state of the store at start-up.
pub(crate) struct StoreContents {
    /// Whether the server was killed: then its marker file is still there.
    killed: bool,
    /// The version of the schema, and the version that this build left there.
    version: Option<(u32, u32)>,
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn version(database: &Path) -> Option<u32> {
    let bytes = fs::read(database).ok()?;
    let bytes: [u8; VERSION_BYTES] = bytes.get(VERSION_OFFSET..VERSION_OFFSET + VERSION_BYTES)?.try_into().ok()?;
    Some(u32::from_be_bytes(bytes))
}

impl StoreContents {
    /// Reads the state, and creates the marker file of a running server.
    pub(crate) fn inspect(database: &Path) -> Self {
        let noted = fs::read_to_string(beside(database, ".noted")).ok().and_then(|text| text.trim().parse().ok());
        let killed = beside(database, ".runs").exists();
        let _ = fs::write(beside(database, ".runs"), "");
        StoreContents { killed, version: version(database).zip(noted) }
    }

    fn is_older(&self) -> bool {
        self.version.is_some_and(|(found, noted)| found < noted)
    }

    /// Whether the database is of a newer version.
    pub(crate) fn is_newer(&self) -> bool {
        self.version.is_some_and(|(found, noted)| found > noted)
    }

    /// Makes the mistake in the database.
    pub(crate) fn corrupt(&self, database: &Path, fault: StartupFault) {
        match fault {
            StartupFault::LosesTheLast if self.killed => sql(database, LOSES_THE_LAST),
            StartupFault::ForgetsOpIds => sql(database, "DELETE FROM op_ledger;"),
            StartupFault::NumbersAnew => sql(database, NUMBERS_ANEW),
            StartupFault::NumbersFromTheLog => sql(database, NUMBERS_FROM_THE_LOG),
            StartupFault::ForgetsCursors => sql(database, "DELETE FROM cursors;"),
            StartupFault::ForgetsWhereUsersStand => sql(database, FORGETS_WHERE_USERS_STAND),
            StartupFault::ForgetsDescriptions => sql(database, "UPDATE workspaces SET description = NULL;"),
            StartupFault::ForgetsWhenWorkspacesWereMade => sql(database, "UPDATE workspaces SET created_at = 0;"),
            StartupFault::RebuildsByArrival => sql(database, REBUILDS_BY_ARRIVAL),
            StartupFault::ForgetsRemovals => sql(database, FORGETS_REMOVALS),
            StartupFault::ForgetsDemotions => sql(database, FORGETS_DEMOTIONS),
            StartupFault::ForgetsOwners => sql(database, FORGETS_OWNERS),
            StartupFault::MigratesToNothing if self.is_older() => {
                for suffix in ["", "-wal", "-shm"] {
                    let _ = fs::remove_file(beside(database, suffix));
                }
            }
            StartupFault::MigratesWithoutOpIds if self.is_older() => sql(database, "DELETE FROM op_ledger;"),
            StartupFault::TakesNewer if self.is_newer() => {
                if let (Ok(mut bytes), Some((_, noted))) = (fs::read(database), self.version)
                    && let Some(place) = bytes.get_mut(VERSION_OFFSET..VERSION_OFFSET + VERSION_BYTES)
                {
                    place.copy_from_slice(&noted.to_be_bytes());
                    let _ = fs::write(database, bytes);
                }
            }
            StartupFault::TouchesNewer if self.is_newer() => {
                if let Ok(bytes) = fs::read(database) {
                    let _ = fs::write(database, [&bytes[..], &[0]].concat());
                }
            }
            _ => {}
        }
    }

    /// Removes the marker file after a clean end, and notes the version of the schema.
    pub(crate) fn close(database: &Path) {
        let _ = fs::remove_file(beside(database, ".runs"));
        if let (Some(version), false) = (version(database), beside(database, ".noted").exists()) {
            let _ = fs::write(beside(database, ".noted"), version.to_string());
        }
    }
}

const LOSES_THE_LAST: &str = "
    DELETE FROM change_log WHERE server_version =
        (SELECT head FROM workspaces WHERE workspaces.id = change_log.workspace_id);
    DELETE FROM op_ledger WHERE server_version =
        (SELECT head FROM workspaces WHERE workspaces.id = op_ledger.workspace_id);
    UPDATE workspaces SET head = head - 1 WHERE head > 0;";
const MULTIPLY_TOMBSTONES: &str = "
    INSERT OR IGNORE INTO tombstones
        (workspace_id, table_name, pk, clock, hlc, op_id, server_version, deleted_at_ms)
    SELECT workspace_id, table_name, pk || ' ' || op_id, clock, hlc, op_id, server_version, received_at_ms
        FROM change_log WHERE operation = 'delete';";
const NUMBERS_ANEW: &str = "
    UPDATE change_log SET server_version = server_version + 1000000 WHERE server_version < 1000000;
    UPDATE op_ledger SET server_version = server_version + 1000000 WHERE server_version < 1000000;
    UPDATE workspaces SET head = 0;";
const NUMBERS_FROM_THE_LOG: &str = "
    UPDATE workspaces SET head = coalesce(
        (SELECT max(server_version) FROM change_log WHERE change_log.workspace_id = workspaces.id), 0);";
const FORGETS_WHERE_USERS_STAND: &str = "
    UPDATE users SET active_workspace_id = (SELECT workspace_id FROM members JOIN workspaces ON id = workspace_id
        WHERE user_id = users.id ORDER BY position LIMIT 1);";
const REBUILDS_BY_ARRIVAL: &str = "
    UPDATE records SET (payload, clock, hlc, op_id, server_version) = (
        SELECT payload, clock, hlc, op_id, server_version FROM change_log AS entry
        WHERE entry.workspace_id = records.workspace_id AND entry.table_name = records.table_name
          AND entry.pk = records.pk AND entry.operation = 'put'
        ORDER BY entry.server_version DESC LIMIT 1)
    WHERE EXISTS (SELECT 1 FROM change_log AS entry WHERE entry.workspace_id = records.workspace_id
        AND entry.table_name = records.table_name AND entry.pk = records.pk AND entry.operation = 'put');";
/// The log names the writers of notifications, and they were members.
const FORGETS_REMOVALS: &str = "
    INSERT OR IGNORE INTO members (workspace_id, user_id, role, created_at)
    SELECT DISTINCT workspace_id, owner_id, 'editor', 0 FROM change_log WHERE owner_id IS NOT NULL;";
const FORGETS_DEMOTIONS: &str = "
    UPDATE members SET role = 'editor' WHERE role = 'viewer' AND EXISTS (SELECT 1 FROM change_log
        WHERE change_log.workspace_id = members.workspace_id AND change_log.owner_id = members.user_id);";
const FORGETS_OWNERS: &str = "
    UPDATE change_log SET owner_id = NULL;
    UPDATE records SET owner_id = NULL;
    UPDATE tombstones SET owner_id = NULL;";

/// Runs the statements. They fail if the file is new and has no tables yet; then there is nothing to change.
fn sql(database: &Path, statements: &str) {
    if let (true, Ok(connection)) = (database.exists(), Connection::open(database)) {
        let _ = connection.busy_timeout(BUSY_TIMEOUT);
        let _ = connection.execute_batch(&format!("BEGIN; {statements} COMMIT;"));
    }
}

/// Adds a tombstone for each delete in the log, under a key that nothing else uses.
pub(crate) fn multiply_tombstones(database: &Path) {
    sql(database, MULTIPLY_TOMBSTONES);
}

/// The first of the providers `provider~…` under which the store knows this user.
pub(crate) fn known_as(database: &Path, provider: &str, user: &str) -> Option<String> {
    let inspect = || -> rusqlite::Result<String> {
        Connection::open(database)?.query_row(
            "SELECT provider FROM identities WHERE substr(provider, 1, length(?1) + 1) = ?1 || '~'
             AND provider_user_id = ?2 ORDER BY provider LIMIT 1",
            (provider, user),
            |row| row.get(0),
        )
    };
    inspect().ok()
}
