//! The log and the current state of records: the statements that write them.

use rusqlite::{Connection, OptionalExtension};

use super::error::StoreError;
use super::row;
use crate::protocol::op::Op;
use crate::protocol::revision::Revision;

/// What a record is at present.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) revision: Revision,
    /// JSON text; absent when the record is deleted.
    pub(crate) payload: Option<String>,
}

/// Writes down an op, in the ledger of op ids and in the change log.
pub(super) fn append(
    connection: &Connection,
    workspace_id: &str,
    op: &Op,
    version: u64,
    now: i64,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO op_ledger (workspace_id, op_key, server_version) VALUES (?1, ?2, ?3)")?
        .execute((workspace_id, op.key(), row::signed(version)))?;
    connection
        .prepare_cached(
            "INSERT INTO change_log (workspace_id, server_version, table_name, pk, operation, payload, device_id,
                                     op_id, hlc, clock, received_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute((
            workspace_id,
            row::signed(version),
            &op.table_name,
            &op.pk,
            op.operation.name(),
            &op.payload,
            &op.device_id,
            &op.revision.op_id,
            &op.revision.hlc,
            row::signed(op.revision.clock),
            now,
        ))?;
    Ok(())
}

/// What stands for the op's record: a live row, a tombstone, or nothing yet. There is never both.
pub(super) fn standing(connection: &Connection, workspace_id: &str, op: &Op) -> Result<Option<Standing>, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT clock, hlc, op_id, payload FROM records
             WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3
             UNION ALL
             SELECT clock, hlc, op_id, NULL FROM tombstones
             WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3",
        )?
        .query_row((workspace_id, &op.table_name, &op.pk), |row| {
            let revision = Revision { clock: row::unsigned(row.get(0)?), hlc: row.get(1)?, op_id: row.get(2)? };
            Ok(Standing { revision, payload: row.get(3)? })
        })
        .optional()?;
    Ok(found)
}

/// Makes the op's payload the record, and an end of its tombstone.
pub(super) fn put(connection: &Connection, workspace_id: &str, op: &Op, version: u64) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM tombstones WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3")?
        .execute((workspace_id, &op.table_name, &op.pk))?;
    connection
        .prepare_cached(
            "INSERT INTO records (workspace_id, table_name, pk, clock, hlc, op_id, server_version, payload)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (workspace_id, table_name, pk) DO UPDATE SET
                 clock = excluded.clock, hlc = excluded.hlc, op_id = excluded.op_id,
                 server_version = excluded.server_version, payload = excluded.payload",
        )?
        .execute((
            workspace_id,
            &op.table_name,
            &op.pk,
            row::signed(op.revision.clock),
            &op.revision.hlc,
            &op.revision.op_id,
            row::signed(version),
            &op.payload,
        ))?;
    Ok(())
}

/// Makes the op's revision the one tombstone of its record, and an end of the record.
pub(super) fn delete(
    connection: &Connection,
    workspace_id: &str,
    op: &Op,
    version: u64,
    now: i64,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM records WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3")?
        .execute((workspace_id, &op.table_name, &op.pk))?;
    connection
        .prepare_cached(
            "INSERT INTO tombstones (workspace_id, table_name, pk, clock, hlc, op_id, server_version, deleted_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (workspace_id, table_name, pk) DO UPDATE SET
                 clock = excluded.clock, hlc = excluded.hlc, op_id = excluded.op_id,
                 server_version = excluded.server_version, deleted_at = excluded.deleted_at",
        )?
        .execute((
            workspace_id,
            &op.table_name,
            &op.pk,
            row::signed(op.revision.clock),
            &op.revision.hlc,
            &op.revision.op_id,
            row::signed(version),
            now,
        ))?;
    Ok(())
}
