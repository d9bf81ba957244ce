//! Rows that more than one statement reads, and the conversion between SQLite's signed integers and ours.

use rusqlite::{Connection, Row};
use serde_json::value::RawValue;

use super::error::StoreError;
use crate::protocol::op::{Op, Operation};
use crate::protocol::owner;
use crate::protocol::revision::Revision;

/// An entry of the change log.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) server_version: u64,
    pub(crate) op: Op,
    /// Milliseconds since 1970.
    pub(super) received_at_ms: i64,
    /// The one user who may see it; `None` for every member.
    pub(super) owner_id: Option<String>,
}

impl Change {
    pub(super) fn is_visible_to(&self, user_id: &str) -> bool {
        owner::may_access(self.owner_id.as_deref(), user_id)
    }
}

/// The columns that [`change`] reads, in its order.
pub(super) const CHANGE_COLUMNS: &str =
    "server_version, table_name, pk, operation, payload, device_id, op_id, hlc, clock, received_at_ms, owner_id";

/// Reads a row of [`CHANGE_COLUMNS`].
pub(super) fn change(row: &Row<'_>) -> rusqlite::Result<Change> {
    let operation: String = row.get(3)?;
    Ok(Change {
        server_version: unsigned(row.get(0)?),
        op: Op {
            table_name: row.get(1)?,
            // The schema allows no other operation.
            operation: Operation::parse(&operation).unwrap_or(Operation::Delete),
            pk: row.get(2)?,
            payload: row.get(4)?,
            device_id: row.get(5)?,
            revision: Revision { op_id: row.get(6)?, hlc: row.get(7)?, clock: unsigned(row.get(8)?) },
        },
        received_at_ms: row.get(9)?,
        owner_id: row.get(10)?,
    })
}

/// The highest server version of a workspace.
pub(super) fn head(connection: &Connection, workspace_id: &str) -> Result<u64, StoreError> {
    let head = connection
        .prepare_cached("SELECT head FROM workspaces WHERE id = ?1")?
        .query_row([workspace_id], |row| row.get(0))?;
    Ok(unsigned(head))
}

/// Stored JSON text, to be sent exactly as it was received.
pub(crate) fn raw_json(text: String) -> Result<Box<RawValue>, StoreError> {
    RawValue::from_string(text).map_err(|_| StoreError::Inconsistent("a payload that is not JSON"))
}

/// Placeholders for `count` more values of a statement that already has `existing` values.
pub(super) fn placeholders(existing: usize, count: usize) -> String {
    (existing + 1..=existing + count).map(|number| format!("?{number}")).collect::<Vec<_>>().join(", ")
}

/// Clocks and versions are from 0 to 2^53−1, so that neither conversion loses anything.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// See [`signed`].
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// How SQLite plans to run a statement.
#[cfg(test)]
pub(super) fn query_plan(sql: &str, values: Vec<rusqlite::types::Value>) -> String {
    let connection = super::open::memory().unwrap();
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let lines = statement.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
    lines.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
}
