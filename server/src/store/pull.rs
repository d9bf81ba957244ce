//! Reading the change log page by page.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::error::StoreError;
use super::row::{self, Change};
use super::{Store, access};

/// What a device asks for.
#[derive(Debug)]
pub(crate) struct PullQuery {
    pub(crate) workspace_id: String,
    /// Only versions above it.
    pub(crate) cursor: u64,
    pub(crate) limit: usize,
    /// Only these tables; every one when absent.
    pub(crate) tables: Option<Vec<&'static str>>,
}

/// A page of the change log.
#[derive(Debug)]
pub(crate) struct ChangePage {
    pub(crate) changes: Vec<Change>,
    pub(crate) next_cursor: u64,
    pub(crate) has_more: bool,
}

/// A page ends early rather than carry more payload than this, in bytes; it always holds at least one change.
pub(super) const PAGE_PAYLOAD_BYTES: usize = 8 * 1024 * 1024;

impl Store {
    /// The changes after a cursor (requirements `pull.*`).
    pub(crate) async fn pull(&self, user_id: &str, query: PullQuery) -> Result<ChangePage, StoreError> {
        let user_id = user_id.to_owned();
        self.read(move |connection| {
            access::role(connection, &query.workspace_id, &user_id)?;
            page(connection, &query)
        })
        .await
    }
}

fn page(connection: &Connection, query: &PullQuery) -> Result<ChangePage, StoreError> {
    let (changes, has_more) = matches(connection, query)?;
    let last = changes.last().map_or(query.cursor, |change| change.server_version);
    let next_cursor = if has_more || query.tables.is_none() {
        last
    } else {
        // Everything up to the head was looked at and did not match, so that the next pull need not look again.
        last.max(row::head(connection, &query.workspace_id)?)
    };
    Ok(ChangePage { changes, next_cursor, has_more })
}

fn matches(connection: &Connection, query: &PullQuery) -> Result<(Vec<Change>, bool), StoreError> {
    let mut values = vec![Value::from(query.workspace_id.clone()), Value::from(row::signed(query.cursor))];
    let mut sql =
        format!("SELECT {} FROM change_log WHERE workspace_id = ?1 AND server_version > ?2", row::CHANGE_COLUMNS);
    if let Some(tables) = &query.tables {
        let marks = vec!["?"; tables.len()].join(", ");
        sql.push_str(&format!(" AND table_name IN ({marks})"));
        values.extend(tables.iter().map(|table| Value::from((*table).to_owned())));
    }
    sql.push_str(" ORDER BY server_version");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut changes = Vec::new();
    let mut payload_bytes = 0;
    while let Some(row) = rows.next()? {
        let change = row::change(row)?;
        payload_bytes += change.op.payload.as_deref().map_or(0, str::len);
        if changes.len() == query.limit || (payload_bytes > PAGE_PAYLOAD_BYTES && !changes.is_empty()) {
            return Ok((changes, true));
        }
        changes.push(change);
    }
    Ok((changes, false))
}
