//! Pages of a workspace's state as it was at one version.
//!
//! Nothing is copied: what has not been written since then is read as it is, and what has been is folded again from
//! its own log entries up to that version. A snapshot therefore costs nothing to keep and cannot be pushed out.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::error::StoreError;
use super::pull::PAGE_PAYLOAD_BYTES;
use super::row::{self, Change};
use super::{Store, access};
use crate::protocol::op::Operation;
use crate::protocol::revision::Revision;

/// What a device asks for.
#[derive(Debug)]
pub(crate) struct SnapshotQuery {
    pub(crate) workspace_id: String,
    pub(crate) page_size: usize,
    /// Only these tables; every one when absent.
    pub(crate) tables: Option<Vec<&'static str>>,
    /// Where the previous page ended; absent for the first page, which fixes the moment.
    pub(crate) after: Option<PagePlace>,
}

/// The end of a page.
#[derive(Debug, Clone)]
pub(crate) struct PagePlace {
    pub(crate) high_watermark: u64,
    pub(crate) table_name: String,
    pub(crate) pk: String,
}

/// A page of a snapshot.
#[derive(Debug)]
pub(crate) struct SnapshotPage {
    pub(crate) high_watermark: u64,
    pub(crate) items: Vec<SnapshotItem>,
    pub(crate) has_more: bool,
}

/// One record at the moment of the snapshot.
#[derive(Debug)]
pub(crate) struct SnapshotItem {
    pub(crate) table_name: String,
    pub(crate) pk: String,
    pub(crate) revision: Revision,
    pub(crate) state: ItemState,
}

/// Alive or deleted.
#[derive(Debug)]
pub(crate) enum ItemState {
    /// With its payload, JSON text.
    Row(String),
    /// With the time its deletion was taken in, in unix seconds.
    Tombstone(i64),
}

impl Store {
    /// A page of a snapshot (requirements `snapshot.*`).
    pub(crate) async fn snapshot(&self, user_id: &str, query: SnapshotQuery) -> Result<SnapshotPage, StoreError> {
        let user_id = user_id.to_owned();
        self.read(move |connection| {
            access::role(connection, &query.workspace_id, &user_id)?;
            page(connection, &query)
        })
        .await
    }
}

fn page(connection: &Connection, query: &SnapshotQuery) -> Result<SnapshotPage, StoreError> {
    let high_watermark = match &query.after {
        Some(place) => place.high_watermark,
        None => row::head(connection, &query.workspace_id)?,
    };
    let (sql, values) = statement(query);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut items = Vec::new();
    let mut payload_bytes = 0;
    while let Some(row) = rows.next()? {
        let Some(item) = at_moment(connection, &query.workspace_id, high_watermark, row)? else { continue };
        payload_bytes += match &item.state {
            ItemState::Row(payload) => payload.len(),
            ItemState::Tombstone(_) => 0,
        };
        if items.len() == query.page_size || (payload_bytes > PAGE_PAYLOAD_BYTES && !items.is_empty()) {
            return Ok(SnapshotPage { high_watermark, items, has_more: true });
        }
        items.push(item);
    }
    Ok(SnapshotPage { high_watermark, items, has_more: false })
}

/// Every record that the workspace has or had, alive or dead, in order. A record is in one of the two tables and
/// never leaves both, so that whatever was there at the moment is still found.
fn statement(query: &SnapshotQuery) -> (String, Vec<Value>) {
    let mut values = vec![Value::from(query.workspace_id.clone())];
    let mut filter = String::from("workspace_id = ?1");
    if let Some(place) = &query.after {
        filter.push_str(" AND (table_name, pk) > (?2, ?3)");
        values.extend([Value::from(place.table_name.clone()), Value::from(place.pk.clone())]);
    }
    if let Some(tables) = &query.tables {
        let marks: Vec<String> = (1..=tables.len()).map(|number| format!("?{}", values.len() + number)).collect();
        filter.push_str(&format!(" AND table_name IN ({})", marks.join(", ")));
        values.extend(tables.iter().map(|table| Value::from((*table).to_owned())));
    }
    let sql = format!(
        "SELECT table_name, pk, server_version, clock, hlc, op_id, payload, NULL FROM records WHERE {filter}
         UNION ALL
         SELECT table_name, pk, server_version, clock, hlc, op_id, NULL, deleted_at FROM tombstones WHERE {filter}
         ORDER BY 1, 2"
    );
    (sql, values)
}

fn at_moment(
    connection: &Connection,
    workspace_id: &str,
    high_watermark: u64,
    row: &Row<'_>,
) -> Result<Option<SnapshotItem>, StoreError> {
    let table_name: String = row.get(0)?;
    let pk: String = row.get(1)?;
    if row::unsigned(row.get(2)?) > high_watermark {
        return fold(connection, workspace_id, high_watermark, table_name, pk);
    }
    let revision = Revision { clock: row::unsigned(row.get(3)?), hlc: row.get(4)?, op_id: row.get(5)? };
    let payload: Option<String> = row.get(6)?;
    let state = match payload {
        Some(payload) => ItemState::Row(payload),
        None => ItemState::Tombstone(row.get(7)?),
    };
    Ok(Some(SnapshotItem { table_name, pk, revision, state }))
}

/// What a record was at the moment, from its log entries; nothing if it came later.
fn fold(
    connection: &Connection,
    workspace_id: &str,
    high_watermark: u64,
    table_name: String,
    pk: String,
) -> Result<Option<SnapshotItem>, StoreError> {
    let mut log = connection.prepare_cached(&format!(
        "SELECT {} FROM change_log
         WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3 AND server_version <= ?4",
        row::CHANGE_COLUMNS
    ))?;
    let mut rows = log.query((workspace_id, &table_name, &pk, row::signed(high_watermark)))?;
    let mut winner: Option<Change> = None;
    while let Some(row) = rows.next()? {
        let entry = row::change(row)?;
        if winner.as_ref().is_none_or(|winner| entry.op.revision.beats(&winner.op.revision)) {
            winner = Some(entry);
        }
    }
    Ok(winner.map(|winner| {
        let state = match (winner.op.operation, winner.op.payload) {
            (Operation::Put, Some(payload)) => ItemState::Row(payload),
            _ => ItemState::Tombstone(winner.received_at),
        };
        SnapshotItem { table_name, pk, revision: winner.op.revision, state }
    }))
}
