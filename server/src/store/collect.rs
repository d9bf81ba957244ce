//! Garbage collection of what every device has read and what is old enough. It goes in chunks, each a transaction of its
//! own, so that other writers get their turn in between.

use rusqlite::{Connection, OptionalExtension};

use super::error::{Refusal, StoreError};
use super::handle::Store;
use super::{access, row};
use crate::protocol::retention::Horizon;
use crate::protocol::role::Role;

/// The most entries that one transaction looks at.
const MAX_CHUNK_ENTRIES: u32 = 200;

/// What a member asks to collect.
#[derive(Debug, Clone)]
pub(crate) struct CollectQuery {
    pub(crate) workspace_id: String,
    pub(crate) retention_seconds: u64,
    /// The shortest retention that this server allows.
    pub(crate) min_retention_seconds: u64,
}

impl Store {
    /// Collects the log from its oldest entry up to the first one that has to stay, so that the rest has no gaps.
    pub(crate) async fn collect_change_log(&self, user_id: String, query: CollectQuery) -> Result<(), StoreError> {
        self.collect(user_id, query, log_chunk).await
    }

    /// Collects every tombstone that may be collected.
    pub(crate) async fn collect_tombstones(&self, user_id: String, query: CollectQuery) -> Result<(), StoreError> {
        self.collect(user_id, query, tombstone_chunk).await
    }

    async fn collect(&self, user_id: String, query: CollectQuery, chunk: Chunk) -> Result<(), StoreError> {
        // Fixed before the first chunk, so that no new entries get old enough and the chunks come to an end.
        let now_ms = self.clock().unix_milliseconds();
        let mut after = Some(0);
        while let Some(from) = after {
            let (user_id, query) = (user_id.clone(), query.clone());
            let collecting = self.write(move |connection| match horizon(connection, &user_id, &query, now_ms)? {
                Some(horizon) => chunk(connection, &query.workspace_id, horizon, from),
                None => Ok(None),
            });
            after = collecting.await?;
        }
        Ok(())
    }
}

/// Looks at the next entries after a version, and collects those that may be collected. Returns the version to continue
/// after, or `None` at the end.
type Chunk = fn(&Connection, workspace_id: &str, Horizon, after: i64) -> Result<Option<i64>, StoreError>;

/// What may be collected now; `None` without a registered device.
fn horizon(
    connection: &Connection,
    user_id: &str,
    query: &CollectQuery,
    now_ms: i64,
) -> Result<Option<Horizon>, StoreError> {
    access::require(connection, &query.workspace_id, user_id, Role::writes)?;
    if query.retention_seconds < query.min_retention_seconds {
        return Err(Refusal::RetentionTooShort(query.min_retention_seconds).into());
    }
    // Removing a member also removes their cursors; the join makes sure that no others count.
    let minimum: Option<i64> = connection
        .prepare_cached(
            "SELECT min(c.version) FROM cursors c
             JOIN members m ON m.workspace_id = c.workspace_id AND m.user_id = c.user_id
             WHERE c.workspace_id = ?1",
        )?
        .query_row([&query.workspace_id], |row| row.get(0))?;
    Ok(Horizon::new(now_ms, query.retention_seconds, minimum.map(row::unsigned)))
}

fn log_chunk(
    connection: &Connection,
    workspace_id: &str,
    horizon: Horizon,
    after: i64,
) -> Result<Option<i64>, StoreError> {
    let mut oldest = connection.prepare_cached(
        "SELECT server_version, received_at_ms FROM change_log WHERE workspace_id = ?1 AND server_version > ?2
         AND server_version <= ?3 ORDER BY server_version LIMIT ?4",
    )?;
    let mut rows = oldest.query((workspace_id, after, row::signed(horizon.seen_version), MAX_CHUNK_ENTRIES))?;
    let (mut count, mut last) = (0, 0);
    while let Some(row) = rows.next()? {
        let version: i64 = row.get(0)?;
        if !horizon.may_collect(row::unsigned(version), row.get(1)?) {
            break;
        }
        (count, last) = (count + 1, version);
    }
    drop(rows);
    if count > 0 {
        truncate_log(connection, workspace_id, last + 1)?;
    }
    Ok((count == MAX_CHUNK_ENTRIES).then_some(last))
}

/// Makes `oldest` the first version of the log. What a record was just before that version is kept if a later entry
/// has replaced it, because the snapshots that the log still reaches back to show it.
fn truncate_log(connection: &Connection, workspace_id: &str, oldest: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "DELETE FROM superseded WHERE workspace_id = ?1 AND (table_name, pk) IN (
                 SELECT table_name, pk FROM change_log
                 WHERE workspace_id = ?1 AND server_version < ?2 AND applied = 1
             )",
        )?
        .execute((workspace_id, oldest))?;
    connection
        .prepare_cached(
            "INSERT INTO superseded (workspace_id, table_name, pk, payload, clock, hlc, op_id, server_version,
                                     deleted_at_ms, owner_id)
             SELECT workspace_id, table_name, pk, iif(operation = 'put', payload, NULL), clock, hlc, op_id,
                    server_version, iif(operation = 'delete', received_at_ms, NULL), owner_id
             FROM change_log AS entry
             WHERE workspace_id = ?1 AND server_version < ?2 AND applied = 1
               AND (SELECT min(server_version) FROM change_log AS later
                    WHERE later.workspace_id = entry.workspace_id AND later.table_name = entry.table_name
                      AND later.pk = entry.pk AND later.applied = 1
                      AND later.server_version > entry.server_version) >= ?2",
        )?
        .execute((workspace_id, oldest))?;
    connection
        .prepare_cached("DELETE FROM change_log WHERE workspace_id = ?1 AND server_version < ?2")?
        .execute((workspace_id, oldest))?;
    Ok(())
}

fn tombstone_chunk(
    connection: &Connection,
    workspace_id: &str,
    horizon: Horizon,
    after: i64,
) -> Result<Option<i64>, StoreError> {
    let mut oldest = connection.prepare_cached(
        "SELECT server_version, deleted_at_ms, table_name, pk FROM tombstones
         WHERE workspace_id = ?1 AND server_version > ?2 AND server_version <= ?3
         ORDER BY server_version LIMIT ?4",
    )?;
    let found: Vec<(i64, i64, String, String)> = oldest
        .query_map((workspace_id, after, row::signed(horizon.seen_version), MAX_CHUNK_ENTRIES), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut collected = false;
    for (version, deleted_at_ms, table_name, pk) in &found {
        if horizon.may_collect(row::unsigned(*version), *deleted_at_ms) {
            delete_tombstone(connection, workspace_id, table_name, pk)?;
            collected = true;
        }
    }
    if collected {
        connection
            .prepare_cached("UPDATE workspaces SET tombstone_collections = tombstone_collections + 1 WHERE id = ?1")?
            .execute([workspace_id])?;
    }
    Ok(found.last().filter(|_| found.len() == MAX_CHUNK_ENTRIES as usize).map(|(version, ..)| *version))
}

/// Deletes a tombstone and the history of its record, so that a later put is treated as that of a new record. The log
/// entries stay for devices that pull.
fn delete_tombstone(connection: &Connection, workspace_id: &str, table_name: &str, pk: &str) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM tombstones WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3",
        "DELETE FROM superseded WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3",
        "UPDATE change_log SET applied = 0 WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3 AND applied = 1",
    ] {
        connection.prepare_cached(statement)?.execute((workspace_id, table_name, pk))?;
    }
    Ok(())
}

/// The first version of the log; the one after the head if all of it was collected.
pub(super) fn oldest_version(connection: &Connection, workspace_id: &str) -> Result<u64, StoreError> {
    let oldest: Option<i64> = connection
        .prepare_cached(
            "SELECT server_version FROM change_log WHERE workspace_id = ?1 ORDER BY server_version LIMIT 1",
        )?
        .query_row([workspace_id], |row| row.get(0))
        .optional()?;
    match oldest {
        Some(oldest) => Ok(row::unsigned(oldest)),
        None => Ok(row::head(connection, workspace_id)? + 1),
    }
}
