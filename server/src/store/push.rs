//! Taking in a batch of ops: the decisions are the protocol's, the records are made in `record.rs`.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::error::StoreError;
use super::record::{self, Standing};
use super::row::{self, Change};
use super::{Store, access};
use crate::protocol::batch::{self, Decision, Known};
use crate::protocol::op::{Op, Operation};
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
                let winner = record::standing(connection, workspace_id, op)?.filter(|now| now.revision != op.revision);
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
    record::append(connection, workspace_id, op, version, now)?;
    let winner =
        record::standing(connection, workspace_id, op)?.filter(|current| !op.revision.beats(&current.revision));
    if winner.is_none() {
        match op.operation {
            Operation::Put => record::put(connection, workspace_id, op, version)?,
            Operation::Delete => record::delete(connection, workspace_id, op, version, now)?,
        }
    }
    Ok(OpOutcome { server_version: version, replayed: false, winner })
}
