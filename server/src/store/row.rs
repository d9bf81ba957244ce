//! Rows that more than one statement reads, and the step between SQLite's signed integers and ours.

use rusqlite::{Connection, Row};

use super::error::StoreError;
use crate::protocol::op::{Op, Operation};
use crate::protocol::revision::Revision;

/// An entry of the change log.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) server_version: u64,
    pub(crate) op: Op,
    /// Unix seconds.
    pub(crate) received_at: i64,
}

/// The columns that [`change`] reads, in its order.
pub(super) const CHANGE_COLUMNS: &str =
    "server_version, table_name, pk, operation, payload, device_id, op_id, hlc, clock, received_at";

/// Reads a row of [`CHANGE_COLUMNS`].
pub(super) fn change(row: &Row<'_>) -> rusqlite::Result<Change> {
    let operation: String = row.get(3)?;
    Ok(Change {
        server_version: unsigned(row.get(0)?),
        op: Op {
            table_name: row.get(1)?,
            // The schema admits no third operation.
            operation: Operation::parse(&operation).unwrap_or(Operation::Delete),
            pk: row.get(2)?,
            payload: row.get(4)?,
            device_id: row.get(5)?,
            revision: Revision { op_id: row.get(6)?, hlc: row.get(7)?, clock: unsigned(row.get(8)?) },
        },
        received_at: row.get(9)?,
    })
}

/// The highest server version of a workspace.
pub(super) fn head(connection: &Connection, workspace_id: &str) -> Result<u64, StoreError> {
    let head = connection
        .prepare_cached("SELECT head FROM workspaces WHERE id = ?1")?
        .query_row([workspace_id], |row| row.get(0))?;
    Ok(unsigned(head))
}

/// Clocks and versions are at most 2^53−1 and never negative, so that neither step can lose anything.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// See [`signed`].
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
