//! The statements that begin and end transactions.

use rusqlite::Connection;

/// Runs one of them. Each is prepared once per connection, because every job has several.
pub(super) fn execute(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(statement)?.execute([]).map(|_| ())
}
