//! Reading the change log page by page.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::error::StoreError;
use super::handle::Store;
use super::row::{self, Change};
use super::{access, collect};
use crate::protocol::retention::has_gap;
use crate::wire::{ChangeEntry, PullResponse, Stamp};

/// What a device asks for.
#[derive(Debug)]
pub(crate) struct PullQuery {
    pub(crate) workspace_id: String,
    /// Only changes with a higher version.
    pub(crate) cursor: u64,
    pub(crate) limit: usize,
    /// Only these tables; `None` for all.
    pub(crate) tables: Option<Vec<&'static str>>,
}

/// A page ends early rather than exceed this many bytes of payload, but it always has at least one change.
pub(super) const MAX_PAGE_PAYLOAD_BYTES: usize = 8 * 1024 * 1024;

impl Store {
    /// The changes after a cursor (requirements `pull.*`, `gc.gap-is-told`), without other members' notifications
    /// (`notification.owner-only`).
    pub(crate) async fn pull(&self, user_id: String, query: PullQuery) -> Result<PullResponse, StoreError> {
        self.read(move |connection| {
            access::role(connection, &query.workspace_id, &user_id)?;
            page(connection, &user_id, &query)
        })
        .await
    }
}

fn page(connection: &Connection, user_id: &str, query: &PullQuery) -> Result<PullResponse, StoreError> {
    let oldest_version = collect::oldest_version(connection, &query.workspace_id)?;
    let next_cursor = query.cursor;
    let empty = PullResponse {
        changes: Vec::new(),
        next_cursor,
        has_more: false,
        oldest_retained_version: oldest_version,
        requires_snapshot: true,
    };
    if has_gap(query.cursor, oldest_version) {
        // A client that ignores the flag must not get later changes, and so move its cursor past those that it missed.
        return Ok(empty);
    }
    let (changes, has_more) = matches(connection, user_id, query)?;
    let last = changes.last().map_or(query.cursor, |change| change.server_version);
    let next_cursor = if has_more || query.tables.is_none() {
        // Entries after it that the user may not see do not count: the protocol wants the last version of the page.
        last
    } else {
        // No entry up to the head matched, so the next pull need not look at them again.
        last.max(row::head(connection, &query.workspace_id)?)
    };
    Ok(PullResponse { changes, next_cursor, has_more, requires_snapshot: false, ..empty })
}

fn matches(connection: &Connection, user_id: &str, query: &PullQuery) -> Result<(Vec<ChangeEntry>, bool), StoreError> {
    let (sql, values) = statement(user_id, query);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut changes = Vec::new();
    let mut payload_bytes = 0;
    while let Some(row) = rows.next()? {
        let change = row::change(row)?;
        payload_bytes += change.op.payload.as_deref().map_or(0, str::len);
        if changes.len() == query.limit || (payload_bytes > MAX_PAGE_PAYLOAD_BYTES && !changes.is_empty()) {
            return Ok((changes, true));
        }
        changes.push(entry(change)?);
    }
    Ok((changes, false))
}

fn entry(Change { server_version, op, .. }: Change) -> Result<ChangeEntry, StoreError> {
    let revision = op.revision;
    Ok(ChangeEntry {
        server_version,
        table_name: op.table_name,
        pk: op.pk,
        op: op.operation.name(),
        payload: op.payload.map(row::raw_json).transpose()?,
        stamp: Stamp { device_id: op.device_id, op_id: revision.op_id, hlc: revision.hlc, clock: revision.clock },
    })
}

/// What every member may see and what only this user may see, merged in order. Each half reads a range of an index that
/// the statement prescribes, so that entries hidden from the user cost nothing.
fn statement(user_id: &str, query: &PullQuery) -> (String, Vec<Value>) {
    let mut values = vec![
        Value::from(query.workspace_id.clone()),
        Value::from(row::signed(query.cursor)),
        Value::from(user_id.to_owned()),
    ];
    let mut filter = String::from("workspace_id = ?1 AND server_version > ?2");
    if let Some(tables) = &query.tables {
        filter.push_str(&format!(" AND table_name IN ({})", row::placeholders(values.len(), tables.len())));
        values.extend(tables.iter().map(|table| Value::from((*table).to_owned())));
    }
    let columns = row::CHANGE_COLUMNS;
    let sql = format!(
        "SELECT {columns} FROM change_log INDEXED BY change_log_by_owner WHERE owner_id IS NULL AND {filter}
         UNION ALL
         SELECT {columns} FROM change_log INDEXED BY change_log_by_owner WHERE owner_id = ?3 AND {filter}
         ORDER BY server_version"
    );
    (sql, values)
}

#[cfg(test)]
mod tests {
    use super::{PullQuery, statement};
    use crate::store::row::query_plan;

    #[test]
    fn a_pull_reads_ranges_of_an_index_and_sorts_nothing() {
        for tables in [None, Some(vec!["kv", "notifications"])] {
            let query = PullQuery { workspace_id: "w".into(), cursor: 5, limit: 10, tables };
            let (sql, values) = statement("u", &query);
            let plan = query_plan(&sql, values);
            assert_eq!(plan.matches("change_log_by_owner").count(), 2, "{plan}");
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
