//! Accepting a batch of ops. The rules are in `protocol`, the statements that write records in `record.rs`.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::error::StoreError;
use super::handle::Store;
use super::record::{self, CurrentRecord, Write};
use super::row::{self, Change};
use super::{access, collect};
use crate::protocol::batch::{self, Decision, KnownOp};
use crate::protocol::op::Op;
use crate::protocol::op_error::OpError;
use crate::protocol::owner;
use crate::protocol::role::Role;

/// The outcome of a batch.
#[derive(Debug)]
pub(crate) struct PushOutcome {
    /// One for each op, in the same order.
    pub(crate) results: Vec<OpResult>,
    /// The workspace's head after the batch.
    pub(crate) head: u64,
}

type OpResult = Result<OpOutcome, OpError>;

/// The outcome of an op that was accepted, now or earlier.
#[derive(Debug, Clone)]
pub(crate) struct OpOutcome {
    pub(crate) server_version: u64,
    pub(crate) replayed: bool,
    /// The record as a winning write left it; `None` if this op won, or the caller may not see the record.
    pub(crate) winner: Option<CurrentRecord>,
}

impl Store {
    /// Accepts a batch, as a whole or not at all (requirements `push.*`, `op.*`, `lww.*`, `tombstone.*`,
    /// `notification.no-hijack`).
    pub(crate) async fn push(
        &self,
        user_id: String,
        workspace_id: String,
        checked: Vec<Result<Op, OpError>>,
    ) -> Result<PushOutcome, StoreError> {
        let clock = self.clock();
        self.write(move |connection| {
            access::require(connection, &workspace_id, &user_id, Role::writes)?;
            let writer = BatchWriter {
                connection,
                workspace_id: &workspace_id,
                actor_id: &user_id,
                oldest_version: collect::oldest_version(connection, &workspace_id)?,
                now_ms: clock.unix_milliseconds(),
            };
            writer.write_batch(&checked)
        })
        .await
    }
}

/// Writes the batch of one user at one moment.
struct BatchWriter<'a> {
    connection: &'a Connection,
    workspace_id: &'a str,
    actor_id: &'a str,
    /// The first version of the log, before the batch.
    oldest_version: u64,
    now_ms: i64,
}

impl BatchWriter<'_> {
    fn write_batch(&self, checked: &[Result<Op, OpError>]) -> Result<PushOutcome, StoreError> {
        let known = self.known_ops(checked)?;
        let before = row::head(self.connection, self.workspace_id)?;
        let mut head = before;
        let mut results: Vec<OpResult> = Vec::with_capacity(checked.len());
        for (checked, decision) in checked.iter().zip(batch::decide(checked, &known)) {
            let result = match (checked, decision) {
                (_, Decision::Refuse(error)) => Err(error),
                (Err(error), _) => Err(error.clone()),
                (Ok(op), Decision::Accept) => {
                    let result = self.accept(op, head + 1)?;
                    head += u64::from(result.is_ok());
                    result
                }
                (Ok(op), Decision::Replay(version)) => self.replay(op, version)?,
                (Ok(_), Decision::Repeat(place)) => match results.get(place) {
                    Some(Ok(first)) => Ok(OpOutcome { replayed: true, ..first.clone() }),
                    Some(Err(error)) => Err(error.clone()),
                    None => return Err(StoreError::Inconsistent("a repeated op without its first copy")),
                },
            };
            results.push(result);
        }
        if head > before {
            self.connection
                .prepare_cached("UPDATE workspaces SET head = ?2 WHERE id = ?1")?
                .execute((self.workspace_id, row::signed(head)))?;
        }
        Ok(PushOutcome { results, head })
    }

    fn known_ops(&self, checked: &[Result<Op, OpError>]) -> Result<HashMap<String, KnownOp>, StoreError> {
        let mut ledger = self
            .connection
            .prepare_cached("SELECT server_version FROM op_ledger WHERE workspace_id = ?1 AND op_key = ?2")?;
        let mut known = HashMap::new();
        for op in checked.iter().flatten() {
            let key = op.key();
            let version: Option<i64> = ledger.query_row((self.workspace_id, &key), |row| row.get(0)).optional()?;
            if let Some(version) = version.map(row::unsigned) {
                let op = self.entry(version)?.map(|entry| entry.op);
                known.insert(key, KnownOp { server_version: version, op });
            }
        }
        Ok(known)
    }

    fn entry(&self, version: u64) -> Result<Option<Change>, StoreError> {
        let mut log = self.connection.prepare_cached(&format!(
            "SELECT {} FROM change_log WHERE workspace_id = ?1 AND server_version = ?2",
            row::CHANGE_COLUMNS
        ))?;
        Ok(log.query_row((self.workspace_id, row::signed(version)), row::change).optional()?)
    }

    /// Appends a new op to the log with the next version, and applies it if it wins its record. If the record belongs to
    /// another user, the op takes no version and leaves no trace.
    fn accept(&self, op: &Op, version: u64) -> Result<OpResult, StoreError> {
        let Self { connection, workspace_id, actor_id, now_ms, .. } = *self;
        let current = record::current(connection, workspace_id, op)?;
        if current.as_ref().is_some_and(|current| !current.is_visible_to(actor_id)) {
            return Ok(Err(owner::belongs_to_another()));
        }
        let wins = current.as_ref().is_none_or(|current| op.revision.beats(&current.revision));
        let write = Write { workspace_id, actor_id, op, version, now_ms };
        write.append(connection, wins)?;
        if !wins {
            return Ok(Ok(OpOutcome { server_version: version, replayed: false, winner: current }));
        }
        if current.is_some_and(|current| current.server_version < self.oldest_version) {
            write.keep_superseded(connection)?;
        }
        write.apply(connection)?;
        Ok(Ok(OpOutcome { server_version: version, replayed: false, winner: None }))
    }

    /// Reports the present state of an op that was accepted earlier. It reveals nothing about an op of another user.
    fn replay(&self, op: &Op, version: u64) -> Result<OpResult, StoreError> {
        if self.entry(version)?.is_some_and(|entry| !entry.is_visible_to(self.actor_id)) {
            return Ok(Err(owner::belongs_to_another()));
        }
        let winner = record::current(self.connection, self.workspace_id, op)?
            .filter(|now| now.revision != op.revision && now.is_visible_to(self.actor_id));
        Ok(Ok(OpOutcome { server_version: version, replayed: true, winner }))
    }
}
