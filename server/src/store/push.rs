//! Taking in a batch of ops: the decisions are the protocol's, the records are made here.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::error::StoreError;
use super::row::{self, Change};
use super::{Store, access};
use crate::protocol::batch::{self, Decision, Known};
use crate::protocol::op::{Op, Operation};
use crate::protocol::revision::Revision;
use crate::protocol::role::Role;
use crate::protocol::validate::Fault;
use crate::time::unix_seconds;

/// What became of a batch.
#[derive(Debug)]
pub(crate) struct PushOutcome {
    /// One an op, in their order.
    pub(crate) results: Vec<Result<OpOutcome, Fault>>,
    /// The workspace's head after the batch.
    pub(crate) head: u64,
}

/// What became of an op that was accepted, now or earlier.
#[derive(Debug, Clone)]
pub(crate) struct OpOutcome {
    pub(crate) server_version: u64,
    pub(crate) replayed: bool,
    /// The write that stands in this one's place; absent when this one stands itself.
    pub(crate) winner: Option<Standing>,
}

/// What a record is at present.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) revision: Revision,
    /// JSON text; absent when the record is deleted.
    pub(crate) payload: Option<String>,
}

impl Store {
    /// Takes in a batch, whole or not at all (requirements `push.*`, `op.*`, `lww.*`, `tombstone.*`).
    pub(crate) async fn push(
        &self,
        user_id: &str,
        workspace_id: String,
        checked: Vec<Result<Op, Fault>>,
    ) -> Result<PushOutcome, StoreError> {
        let user_id = user_id.to_owned();
        self.write(move |connection| {
            access::require(connection, &workspace_id, &user_id, Role::writes)?;
            take_in(connection, &workspace_id, &checked)
        })
        .await
    }
}

fn take_in(
    connection: &Connection,
    workspace_id: &str,
    checked: &[Result<Op, Fault>],
) -> Result<PushOutcome, StoreError> {
    let known = known_ops(connection, workspace_id, checked)?;
    let before = row::head(connection, workspace_id)?;
    let mut head = before;
    let mut results: Vec<Result<OpOutcome, Fault>> = Vec::with_capacity(checked.len());
    for (checked, decision) in checked.iter().zip(batch::decide(checked, &known)) {
        let result = match (checked, decision) {
            (_, Decision::Refuse(fault)) => Err(fault),
            (Err(fault), _) => Err(fault.clone()),
            (Ok(op), Decision::Accept) => {
                head += 1;
                Ok(accept(connection, workspace_id, op, head)?)
            }
            (Ok(op), Decision::Replay(version)) => {
                let winner = standing(connection, workspace_id, op)?.filter(|now| now.revision != op.revision);
                Ok(OpOutcome { server_version: version, replayed: true, winner })
            }
            (Ok(_), Decision::Repeat(place)) => match results.get(place) {
                Some(Ok(first)) => Ok(OpOutcome { replayed: true, ..first.clone() }),
                _ => return Err(StoreError::Inconsistent("a repeated op without its first copy")),
            },
        };
        results.push(result);
    }
    if head > before {
        connection
            .prepare_cached("UPDATE workspaces SET head = ?2 WHERE id = ?1")?
            .execute((workspace_id, row::signed(head)))?;
    }
    Ok(PushOutcome { results, head })
}

fn known_ops(
    connection: &Connection,
    workspace_id: &str,
    checked: &[Result<Op, Fault>],
) -> Result<HashMap<String, Known>, StoreError> {
    let mut ledger =
        connection.prepare_cached("SELECT server_version FROM op_ledger WHERE workspace_id = ?1 AND op_key = ?2")?;
    let mut log = connection.prepare_cached(&format!(
        "SELECT {} FROM change_log WHERE workspace_id = ?1 AND server_version = ?2",
        row::CHANGE_COLUMNS
    ))?;
    let mut known = HashMap::new();
    for op in checked.iter().flatten() {
        let key = op.key();
        let Some(version) = ledger.query_row((workspace_id, &key), |row| row.get::<_, i64>(0)).optional()? else {
            continue;
        };
        let entry: Option<Change> = log.query_row((workspace_id, version), row::change).optional()?;
        known.insert(key, Known { server_version: row::unsigned(version), op: entry.map(|entry| entry.op) });
    }
    Ok(known)
}

/// Gives a new op its version and its place in the log, and lets it compete for its record.
fn accept(connection: &Connection, workspace_id: &str, op: &Op, version: u64) -> Result<OpOutcome, StoreError> {
    let now = unix_seconds();
    append(connection, workspace_id, op, version, now)?;
    let winner = standing(connection, workspace_id, op)?.filter(|current| !op.revision.beats(&current.revision));
    if winner.is_none() {
        match op.operation {
            Operation::Put => put(connection, workspace_id, op, version)?,
            Operation::Delete => delete(connection, workspace_id, op, version, now)?,
        }
    }
    Ok(OpOutcome { server_version: version, replayed: false, winner })
}

fn append(connection: &Connection, workspace_id: &str, op: &Op, version: u64, now: i64) -> Result<(), StoreError> {
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
fn standing(connection: &Connection, workspace_id: &str, op: &Op) -> Result<Option<Standing>, StoreError> {
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

fn put(connection: &Connection, workspace_id: &str, op: &Op, version: u64) -> Result<(), StoreError> {
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

fn delete(connection: &Connection, workspace_id: &str, op: &Op, version: u64, now: i64) -> Result<(), StoreError> {
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
