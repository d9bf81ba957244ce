//! Pages of a workspace's state as it was at one version.
//!
//! Nothing is copied when a snapshot begins: a record that has not been written since then is read as it is, any other one
//! from the last log entry up to that version. Keeping a snapshot therefore costs nothing. It is valid until the log no
//! longer reaches back to it, when its reader could not continue by pulling either, or until tombstones are collected.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};
use serde::{Deserialize, Serialize};

use super::error::{Refusal, StoreError};
use super::handle::Store;
use super::pull::MAX_PAGE_PAYLOAD_BYTES;
use super::row::{self, Change};
use super::{access, collect};
use crate::protocol::op::{Op, Operation};
use crate::protocol::owner;
use crate::protocol::retention::has_gap;
use crate::protocol::revision::Revision;
use crate::wire::Item;

/// What a device asks for.
#[derive(Debug)]
pub(crate) struct SnapshotQuery {
    pub(crate) workspace_id: String,
    pub(crate) page_size: usize,
    /// Only these tables; `None` for all.
    pub(crate) tables: Option<Vec<&'static str>>,
    /// Where the previous page ended; `None` for the first page, which fixes the moment.
    pub(crate) after: Option<PagePosition>,
}

/// The end of a page: its snapshot, and its last record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PagePosition {
    #[serde(flatten)]
    pub(crate) moment: Moment,
    pub(crate) table_name: String,
    pub(crate) pk: String,
}

/// The moment that a snapshot shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moment {
    /// The head of the workspace.
    pub(crate) high_watermark: u64,
    /// How often tombstones had been collected in the workspace. Absent in page tokens from versions without garbage
    /// collection.
    #[serde(default)]
    pub(crate) tombstone_collections: u64,
}

/// A page of a snapshot.
#[derive(Debug)]
pub(crate) struct SnapshotPage {
    pub(crate) moment: Moment,
    pub(crate) items: Vec<Item>,
    /// Where this page ended; `None` for the last one.
    pub(crate) end: Option<PagePosition>,
}

impl Store {
    /// A page of a snapshot (requirements `snapshot.*`), without other members' notifications
    /// (`notification.owner-only`).
    pub(crate) async fn snapshot(&self, user_id: String, query: SnapshotQuery) -> Result<SnapshotPage, StoreError> {
        self.read(move |connection| {
            access::role(connection, &query.workspace_id, &user_id)?;
            page(connection, &user_id, &query)
        })
        .await
    }
}

fn page(connection: &Connection, user_id: &str, query: &SnapshotQuery) -> Result<SnapshotPage, StoreError> {
    let now = moment(connection, &query.workspace_id)?;
    let moment = query.after.as_ref().map_or(now, |position| position.moment);
    let oldest_version = collect::oldest_version(connection, &query.workspace_id)?;
    if moment.tombstone_collections != now.tombstone_collections || has_gap(moment.high_watermark, oldest_version) {
        return Err(Refusal::SnapshotGone.into());
    }
    let (sql, values) = statement(user_id, query);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut items = Vec::new();
    let mut payload_bytes = 0;
    while let Some(row) = rows.next()? {
        let as_of = AsOf { connection, workspace_id: &query.workspace_id, user_id, version: moment.high_watermark };
        let Some(item) = as_of.item(row)? else { continue };
        payload_bytes += match &item {
            Item::Row { payload, .. } => payload.get().len(),
            Item::Tombstone { .. } => 0,
        };
        if items.len() == query.page_size || (payload_bytes > MAX_PAGE_PAYLOAD_BYTES && !items.is_empty()) {
            let end = items.last().map(Item::key).map(|(table_name, pk)| PagePosition {
                moment,
                table_name: table_name.to_owned(),
                pk: pk.to_owned(),
            });
            return Ok(SnapshotPage { moment, items, end });
        }
        items.push(item);
    }
    Ok(SnapshotPage { moment, items, end: None })
}

fn moment(connection: &Connection, workspace_id: &str) -> Result<Moment, StoreError> {
    let (head, collections) = connection
        .prepare_cached("SELECT head, tombstone_collections FROM workspaces WHERE id = ?1")?
        .query_row([workspace_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Moment { high_watermark: row::unsigned(head), tombstone_collections: row::unsigned(collections) })
}

/// Every record of the workspace that this user may see, live or deleted, in order. A record is in one of the two tables
/// until its tombstone is collected, so that every record of the moment is found.
fn statement(user_id: &str, query: &SnapshotQuery) -> (String, Vec<Value>) {
    let mut values = vec![Value::from(query.workspace_id.clone()), Value::from(user_id.to_owned())];
    let mut filter = String::from("workspace_id = ?1");
    if let Some(position) = &query.after {
        filter.push_str(" AND (table_name, pk) > (?3, ?4)");
        values.extend([Value::from(position.table_name.clone()), Value::from(position.pk.clone())]);
    }
    if let Some(tables) = &query.tables {
        filter.push_str(&format!(" AND table_name IN ({})", row::placeholders(values.len(), tables.len())));
        values.extend(tables.iter().map(|table| Value::from((*table).to_owned())));
    }
    let key = "table_name, pk, server_version, clock, hlc, op_id, owner_id";
    let sql = format!(
        "SELECT {key}, payload, NULL FROM records INDEXED BY records_by_owner WHERE owner_id IS NULL AND {filter}
         UNION ALL
         SELECT {key}, payload, NULL FROM records INDEXED BY records_by_owner WHERE owner_id = ?2 AND {filter}
         UNION ALL
         SELECT {key}, NULL, deleted_at_ms FROM tombstones INDEXED BY tombstones_by_owner WHERE owner_id IS NULL AND {filter}
         UNION ALL
         SELECT {key}, NULL, deleted_at_ms FROM tombstones INDEXED BY tombstones_by_owner WHERE owner_id = ?2 AND {filter}
         ORDER BY 1, 2"
    );
    (sql, values)
}

/// The data as of the moment of a snapshot, as its reader may see it.
#[derive(Clone, Copy)]
struct AsOf<'a> {
    connection: &'a Connection,
    workspace_id: &'a str,
    user_id: &'a str,
    version: u64,
}

impl AsOf<'_> {
    /// The record of this row as it was; `None` if it did not exist yet.
    fn item(self, row: &Row<'_>) -> Result<Option<Item>, StoreError> {
        if row::unsigned(row.get(2)?) <= self.version {
            return Ok(Some(item(row)?));
        }
        let (table_name, pk): (String, String) = (row.get(0)?, row.get(1)?);
        let in_log: Option<Change> = self
            .connection
            .prepare_cached(&format!(
                "SELECT {} FROM change_log
                 WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3 AND server_version <= ?4 AND applied = 1
                 ORDER BY server_version DESC LIMIT 1",
                row::CHANGE_COLUMNS
            ))?
            .query_row((self.workspace_id, &table_name, &pk, row::signed(self.version)), row::change)
            .optional()?;
        match in_log {
            Some(entry) if entry.is_visible_to(self.user_id) => Ok(Some(from_entry(entry)?)),
            Some(_) => Ok(None),
            None => self.superseded(&table_name, &pk),
        }
    }

    /// The record as it was before the oldest entry of the log, if it has been replaced since.
    fn superseded(self, table_name: &str, pk: &str) -> Result<Option<Item>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT table_name, pk, server_version, clock, hlc, op_id, owner_id, payload, deleted_at_ms
             FROM superseded WHERE workspace_id = ?1 AND table_name = ?2 AND pk = ?3",
        )?;
        let mut rows = statement.query((self.workspace_id, table_name, pk))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let owner_id: Option<String> = row.get(6)?;
        owner::may_access(owner_id.as_deref(), self.user_id).then(|| item(row)).transpose()
    }
}

/// Reads a row of the columns that [`statement`] selects.
fn item(row: &Row<'_>) -> Result<Item, StoreError> {
    let (table_name, pk, payload): (_, _, Option<String>) = (row.get(0)?, row.get(1)?, row.get(7)?);
    let revision = Revision { clock: row::unsigned(row.get(3)?), hlc: row.get(4)?, op_id: row.get(5)? };
    Ok(match payload.map(row::raw_json).transpose()? {
        Some(payload) => Item::Row { table_name, pk, payload, revision },
        None => Item::Tombstone { table_name, pk, revision, server_deleted_at: seconds(row.get(8)?) },
    })
}

fn from_entry(Change { op, received_at_ms, .. }: Change) -> Result<Item, StoreError> {
    let Op { table_name, pk, revision, .. } = op;
    Ok(match (op.operation, op.payload) {
        (Operation::Put, Some(payload)) => Item::Row { table_name, pk, payload: row::raw_json(payload)?, revision },
        _ => Item::Tombstone { table_name, pk, revision, server_deleted_at: seconds(received_at_ms) },
    })
}

fn seconds(milliseconds: i64) -> i64 {
    milliseconds.div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use super::{Moment, PagePosition, SnapshotQuery, statement};
    use crate::store::row::query_plan;

    #[test]
    fn a_page_reads_ranges_of_indexes_and_sorts_nothing() {
        let moment = Moment { high_watermark: 9, tombstone_collections: 0 };
        let position = PagePosition { moment, table_name: "kv".into(), pk: "a".into() };
        let tables = Some(vec!["kv", "notifications"]);
        for (after, tables) in
            [(None, None), (Some(position.clone()), None), (None, tables.clone()), (Some(position), tables)]
        {
            let query = SnapshotQuery { workspace_id: "w".into(), page_size: 10, tables, after };
            let (sql, values) = statement("u", &query);
            let plan = query_plan(&sql, values);
            for index in ["records_by_owner", "tombstones_by_owner"] {
                assert_eq!(plan.matches(index).count(), 2, "{plan}");
            }
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
