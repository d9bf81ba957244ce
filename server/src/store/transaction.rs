//! The statements by which transactions begin and end.

use rusqlite::Connection;

/// Runs one of them: each is prepared once a connection, since every job has several.
pub(super) fn control(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(statement)?.execute([]).map(|_| ())
}
