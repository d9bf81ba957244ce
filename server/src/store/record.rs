//! The statements that write the log and the current state of records.

use rusqlite::{Connection, OptionalExtension, ToSql};

use super::error::StoreError;
use super::row;
use crate::protocol::op::{Op, Operation};
use crate::protocol::owner;
use crate::protocol::revision::Revision;

/// A record as it is now.
#[derive(Debug, Clone)]
pub(crate) struct CurrentRecord {
    pub(crate) revision: Revision,
    /// JSON text; `None` if the record is deleted.
    pub(crate) payload: Option<String>,
    pub(super) server_version: u64,
    /// The one user who may see and replace it; `None` for every member.
    pub(super) owner_id: Option<String>,
}

impl CurrentRecord {
    pub(super) fn is_visible_to(&self, user_id: &str) -> bool {
        owner::may_access(self.owner_id.as_deref(), user_id)
    }
}

/// An op that is being written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Write<'a> {
    pub(super) workspace_id: &'a str,
    pub(super) actor_id: &'a str,
    pub(super) op: &'a Op,
    /// The version of the op.
    pub(super) version: u64,
    /// Milliseconds since 1970.
    pub(super) now_ms: i64,
}

impl Write<'_> {
    fn owner_id(&self) -> Option<&str> {
        owner::of_write(&self.op.table_name, self.actor_id)
    }

    /// Appends the op to the ledger of op ids and to the change log. `applied` says whether it won its record.
    pub(super) fn append(&self, connection: &Connection, applied: bool) -> Result<(), StoreError> {
        let Self { workspace_id, op, .. } = *self;
        connection
            .prepare_cached("INSERT INTO op_ledger (workspace_id, op_key, server_version) VALUES (?1, ?2, ?3)")?
            .execute((workspace_id, op.key(), row::signed(self.version)))?;
        connection
            .prepare_cached(
                "INSERT INTO change_log (workspace_id, server_version, table_name, pk, operation, payload, device_id,
                                         op_id, hlc, clock, received_at_ms, owner_id, applied)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute((
                workspace_id,
                row::signed(self.version),
                &op.table_name,
                &op.pk,
                op.operation.name(),
                &op.payload,
                &op.device_id,
                &op.revision.op_id,
                &op.revision.hlc,
                row::signed(op.revision.clock),
                self.now_ms,
                self.owner_id(),
                applied,
            ))?;
        Ok(())
    }

    /// Makes the op what its record is now: a row for a put, a tombstone for a delete; never both.
    pub(super) fn apply(&self, connection: &Connection) -> Result<(), StoreError> {
        let Self { workspace_id, op, .. } = *self;
        let (delete, insert, content): (_, _, &dyn ToSql) = match op.operation {
            Operation::Put => (
                "DELETE FROM tombstones WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3",
                "INSERT OR REPLACE INTO records (workspace_id, table_name, pk, clock, hlc, op_id, server_version, owner_id,
                                                 payload)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                &op.payload,
            ),
            Operation::Delete => (
                "DELETE FROM records WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3",
                "INSERT OR REPLACE INTO tombstones (workspace_id, table_name, pk, clock, hlc, op_id, server_version, owner_id,
                                                    deleted_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                &self.now_ms,
            ),
        };
        connection.prepare_cached(delete)?.execute((workspace_id, &op.table_name, &op.pk))?;
        connection.prepare_cached(insert)?.execute((
            workspace_id,
            &op.table_name,
            &op.pk,
            row::signed(op.revision.clock),
            &op.revision.hlc,
            &op.revision.op_id,
            row::signed(self.version),
            self.owner_id(),
            content,
        ))?;
        Ok(())
    }

    /// Keeps a copy of the record before the op replaces it, for snapshots that began earlier. They would read it from its
    /// log entry, but that was collected.
    pub(super) fn keep_superseded(&self, connection: &Connection) -> Result<(), StoreError> {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO superseded (workspace_id, table_name, pk, payload, clock, hlc, op_id,
                                                    server_version, deleted_at_ms, owner_id)
                 SELECT workspace_id, table_name, pk, payload, clock, hlc, op_id, server_version, NULL, owner_id
                 FROM records WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3
                 UNION ALL
                 SELECT workspace_id, table_name, pk, NULL, clock, hlc, op_id, server_version, deleted_at_ms, owner_id
                 FROM tombstones WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3",
            )?
            .execute((self.workspace_id, &self.op.table_name, &self.op.pk))?;
        Ok(())
    }
}

/// The current state of the op's record: a live row, a tombstone, or nothing yet; never both.
pub(super) fn current(
    connection: &Connection,
    workspace_id: &str,
    op: &Op,
) -> Result<Option<CurrentRecord>, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT clock, hlc, op_id, payload, server_version, owner_id FROM records
             WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3
             UNION ALL
             SELECT clock, hlc, op_id, NULL, server_version, owner_id FROM tombstones
             WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3",
        )?
        .query_row((workspace_id, &op.table_name, &op.pk), |row| {
            let revision = Revision { clock: row::unsigned(row.get(0)?), hlc: row.get(1)?, op_id: row.get(2)? };
            let server_version = row::unsigned(row.get(4)?);
            Ok(CurrentRecord { revision, payload: row.get(3)?, server_version, owner_id: row.get(5)? })
        })
        .optional()?;
    Ok(found)
}
