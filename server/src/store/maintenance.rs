//! Access to a database from outside the server, for tests of retention and of migrations: counting tombstones, and moving
//! the schema a version back or forward.

use std::path::Path;

use rusqlite::Connection;

use super::error::OpenError;
use super::open::{self, SCHEMA_VERSION};
use super::{file, row};

/// How many tombstones there are in a workspace, of all members; 0 if the workspace does not exist. The server may be
/// running (requirements `tombstone.one-per-record`, `tombstone.bounded`).
///
/// # Errors
///
/// When the file is not a database of this server's version, or cannot be read.
pub fn count_tombstones(database: &Path, workspace: &str) -> Result<u64, OpenError> {
    file::check(database, SCHEMA_VERSION)?;
    let connection = open::reader(database)?;
    let count: i64 = connection
        .query_row("SELECT count(*) FROM tombstones WHERE workspace_id = ?1", [workspace], |row| row.get(0))
        .map_err(|error| open::open_error(database, &error))?;
    Ok(row::unsigned(count))
}

/// Undoes the newest migration, as if the previous version had written the database; rows that it knew are kept. The server
/// has to be stopped (requirement `startup.migrates`).
///
/// # Errors
///
/// When the file is not a database of exactly this server's version, is in use, or cannot be written.
pub fn make_older(database: &Path) -> Result<(), OpenError> {
    let mut connection = open_exclusively(database)?;
    let named = |error: rusqlite::Error| open::open_error(database, &error);
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(named)?;
    if found != SCHEMA_VERSION {
        let reason = format!("it has schema version {found}, not {SCHEMA_VERSION}");
        return Err(OpenError::Unusable { path: database.to_owned(), reason });
    }
    open::undo_newest_migration(&mut connection).map_err(named)
}

/// Marks a database as written by a newer version, so that this server refuses it. The server has to be stopped
/// (requirement `startup.migrates`).
///
/// # Errors
///
/// When the file is not a database of at most this server's version, is in use, or cannot be written.
pub fn make_newer(database: &Path) -> Result<(), OpenError> {
    let connection = open_exclusively(database)?;
    connection
        .pragma_update(None, "user_version", SCHEMA_VERSION + 1)
        .map_err(|error| open::open_error(database, &error))
}

/// Opens an existing database, unless it is in use.
fn open_exclusively(database: &Path) -> Result<Connection, OpenError> {
    let unusable = |reason: String| OpenError::Unusable { path: database.to_owned(), reason };
    if !database.exists() {
        return Err(unusable("it does not exist".into()));
    }
    file::check(database, SCHEMA_VERSION)?;
    open::exclusive(database).map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            unusable("it is in use".into())
        }
        _ => open::open_error(database, &error),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::Connection;

    use super::{count_tombstones, make_newer, make_older};
    use crate::store::open::{MIGRATIONS, SCHEMA_VERSION};
    use crate::store::{OpenError, Storage, Store};

    async fn made(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("sync.db");
        let store = Store::open(&Storage::File(path.clone())).unwrap();
        store
            .write(|connection| {
                connection.execute_batch(
                    "INSERT INTO workspaces (id, name, created_at) VALUES ('w', 'w', 0);
                     INSERT INTO tombstones VALUES ('w', 'kv', 'a', 1, 'h', 'o', 1, 1500, NULL),
                                                   ('w', 'kv', 'b', 1, 'h', 'o', 2, 1500, NULL);",
                )?;
                Ok(())
            })
            .await
            .unwrap();
        store.close().await;
        path
    }

    /// Every table with its columns and every index, however they were made.
    fn shape(connection: &Connection) -> Vec<String> {
        let mut statement = connection
            .prepare(
                "SELECT m.type || ' ' || m.name || ' ' || coalesce(group_concat(c.part, ', '), '') FROM sqlite_schema m
                 JOIN (SELECT s.name AS owner, format('%s %s %d %s', i.name, i.type, i.\"notnull\", i.pk) AS part
                       FROM sqlite_schema s JOIN pragma_table_info(s.name) i WHERE s.type = 'table'
                       UNION ALL
                       SELECT s.name, format('%s', i.name) FROM sqlite_schema s JOIN pragma_index_info(s.name) i
                       WHERE s.type = 'index') c ON c.owner = m.name
                 GROUP BY m.type, m.name ORDER BY m.type, m.name",
            )
            .unwrap();
        let lines = statement.query_map([], |row| row.get(0)).unwrap();
        lines.collect::<Result<_, _>>().unwrap()
    }

    #[tokio::test]
    async fn an_older_database_has_the_shape_that_the_older_version_made_and_its_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = made(folder.path()).await;
        make_older(&path).unwrap();
        let mut expected = Connection::open_in_memory().unwrap();
        let previous = usize::try_from(SCHEMA_VERSION - 1).unwrap();
        MIGRATIONS.to_version(&mut expected, previous).unwrap();
        let connection = Connection::open(&path).unwrap();
        assert_eq!(shape(&connection), shape(&expected));
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(version, SCHEMA_VERSION - 1);
        let deleted_at: i64 =
            connection.query_row("SELECT deleted_at FROM tombstones LIMIT 1", [], |row| row.get(0)).unwrap();
        assert_eq!(deleted_at, 1);
        drop(connection);
        assert!(matches!(make_older(&path), Err(OpenError::Unusable { .. })), "one version back, and no further");
        Store::open(&Storage::File(path.clone())).unwrap().close().await;
        assert_eq!(count_tombstones(&path, "w").unwrap(), 2);
    }

    #[tokio::test]
    async fn tombstones_can_be_counted_while_the_server_runs() {
        let folder = tempfile::tempdir().unwrap();
        let path = made(folder.path()).await;
        assert_eq!(count_tombstones(&path, "w").unwrap(), 2);
        let store = Store::open(&Storage::File(path.clone())).unwrap();
        store.write(|connection| Ok(connection.execute("DELETE FROM tombstones WHERE pk = 'a'", [])?)).await.unwrap();
        assert_eq!(count_tombstones(&path, "w").unwrap(), 1);
        assert_eq!(count_tombstones(&path, "nobody's").unwrap(), 0);
        store.close().await;
    }

    #[tokio::test]
    async fn a_database_in_use_is_refused_and_left_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = made(folder.path()).await;
        let store = Store::open(&Storage::File(path.clone())).unwrap();
        for refused in [make_older(&path), make_newer(&path)] {
            let words = refused.unwrap_err().to_string();
            assert!(words.contains("in use"), "{words}");
        }
        store.close().await;
        make_newer(&path).unwrap();
        assert!(matches!(Store::open(&Storage::File(path)), Err(OpenError::Newer { .. })));
    }

    #[test]
    fn a_missing_database_is_not_created() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sync.db");
        assert!(make_older(&path).is_err() && make_newer(&path).is_err() && count_tombstones(&path, "w").is_err());
        assert!(!path.exists());
    }
}
