//! Taking in a batch of ops: the decisions are the protocol's, the records are made in `record.rs`.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::error::StoreError;
use super::handle::Store;
use super::record::{self, Standing, Write};
use super::row::{self, Change};
use super::{access, collect};
use crate::protocol::batch::{self, Decision, Known};
use crate::protocol::op::{Op, Operation};
use crate::protocol::op_error::OpError;
use crate::protocol::owner;
use crate::protocol::role::Role;

/// What became of a batch.
#[derive(Debug)]
pub(crate) struct PushOutcome {
    /// One an op, in their order.
    pub(crate) results: Vec<OpResult>,
    /// The workspace's head after the batch.
    pub(crate) head: u64,
}

type OpResult = Result<OpOutcome, OpError>;

/// What became of an op that was accepted, now or earlier.
#[derive(Debug, Clone)]
pub(crate) struct OpOutcome {
    pub(crate) server_version: u64,
    pub(crate) replayed: bool,
    /// The write that stands in this one's place; absent when this one stands itself, or when it is not for the
    /// caller's eyes.
    pub(crate) winner: Option<Standing>,
}

impl Store {
    /// Takes in a batch, whole or not at all (requirements `push.*`, `op.*`, `lww.*`, `tombstone.*`,
    /// `notification.no-hijack`).
    pub(crate) async fn push(
        &self,
        user_id: &str,
        workspace_id: String,
        checked: Vec<Result<Op, OpError>>,
    ) -> Result<PushOutcome, StoreError> {
        let (user_id, clock) = (user_id.to_owned(), self.clock());
        self.write(move |connection| {
            access::require(connection, &workspace_id, &user_id, Role::writes)?;
            let intake = Intake {
                connection,
                workspace_id: &workspace_id,
                actor_id: &user_id,
                oldest_version: collect::oldest_version(connection, &workspace_id)?,
                now_ms: clock.unix_milliseconds(),
            };
            intake.take_in(&checked)
        })
        .await
    }
}

/// The batch of one user at one moment.
struct Intake<'a> {
    connection: &'a Connection,
    workspace_id: &'a str,
    actor_id: &'a str,
    /// The first version of the log, before the batch.
    oldest_version: u64,
    now_ms: i64,
}

impl Intake<'_> {
    fn take_in(&self, checked: &[Result<Op, OpError>]) -> Result<PushOutcome, StoreError> {
        let known = self.known_ops(checked)?;
        let before = row::head(self.connection, self.workspace_id)?;
        let mut head = before;
        let mut results: Vec<OpResult> = Vec::with_capacity(checked.len());
        for (checked, decision) in checked.iter().zip(batch::decide(checked, &known)) {
            let result = match (checked, decision) {
                (_, Decision::Refuse(fault)) => Err(fault),
                (Err(fault), _) => Err(fault.clone()),
                (Ok(op), Decision::Accept) => {
                    let result = self.accept(op, head + 1)?;
                    head += u64::from(result.is_ok());
                    result
                }
                (Ok(op), Decision::Replay(version)) => self.replay(op, version)?,
                (Ok(_), Decision::Repeat(place)) => match results.get(place) {
                    Some(Ok(first)) => Ok(OpOutcome { replayed: true, ..first.clone() }),
                    Some(Err(fault)) => Err(fault.clone()),
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

    fn known_ops(&self, checked: &[Result<Op, OpError>]) -> Result<HashMap<String, Known>, StoreError> {
        let mut ledger = self
            .connection
            .prepare_cached("SELECT server_version FROM op_ledger WHERE workspace_id = ?1 AND op_key = ?2")?;
        let mut known = HashMap::new();
        for op in checked.iter().flatten() {
            let key = op.key();
            let version: Option<i64> = ledger.query_row((self.workspace_id, &key), |row| row.get(0)).optional()?;
            if let Some(version) = version.map(row::unsigned) {
                let op = self.entry(version)?.map(|entry| entry.op);
                known.insert(key, Known { server_version: version, op });
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

    /// Gives a new op its version and its place in the log, and lets it compete for its record, unless that is
    /// another's: then it takes no version and leaves no trace.
    fn accept(&self, op: &Op, version: u64) -> Result<OpResult, StoreError> {
        let Self { connection, workspace_id, actor_id, now_ms, .. } = *self;
        let standing = record::standing(connection, workspace_id, op)?;
        if standing.as_ref().is_some_and(|standing| !standing.admits(actor_id)) {
            return Ok(Err(owner::not_theirs()));
        }
        let wins = standing.as_ref().is_none_or(|standing| op.revision.beats(&standing.revision));
        let write = Write { workspace_id, actor_id, op, version, now_ms };
        write.append(connection, wins)?;
        if !wins {
            return Ok(Ok(OpOutcome { server_version: version, replayed: false, winner: standing }));
        }
        if standing.is_some_and(|standing| standing.server_version < self.oldest_version) {
            write.keep_superseded(connection)?;
        }
        match op.operation {
            Operation::Put => write.put(connection)?,
            Operation::Delete => write.delete(connection)?,
        }
        Ok(Ok(OpOutcome { server_version: version, replayed: false, winner: None }))
    }

    /// Says how an op that is in already stands now. Another's op is not vouched for.
    fn replay(&self, op: &Op, version: u64) -> Result<OpResult, StoreError> {
        if self.entry(version)?.is_some_and(|entry| !entry.admits(self.actor_id)) {
            return Ok(Err(owner::not_theirs()));
        }
        let winner = record::standing(self.connection, self.workspace_id, op)?
            .filter(|now| now.revision != op.revision && now.admits(self.actor_id));
        Ok(Ok(OpOutcome { server_version: version, replayed: true, winner }))
    }
}
