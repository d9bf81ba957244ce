//! `POST /api/sync/snapshot`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::number::PageSize;
use super::sync::{Scope, scope};
use crate::protocol::revision::Revision;

/// Asks for a page of a workspace's state.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SnapshotRequest {
    #[serde(deserialize_with = "scope")]
    pub(crate) scope: Scope,
    /// The most items to return.
    #[cfg_attr(test, schema(value_type = u64, minimum = 1, maximum = 1000))]
    pub(crate) page_size: PageSize,
    /// The token from the previous page; absent for a new snapshot.
    #[serde(default)]
    pub(crate) page_token: Option<String>,
    /// Only these tables; an empty list means all.
    #[cfg_attr(test, schema(value_type = Option<Vec<crate::protocol::table::TableName>>))]
    #[serde(default)]
    pub(crate) tables: Option<Vec<String>>,
}

/// A page of a snapshot.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SnapshotResponse {
    pub(crate) workspace_id: String,
    /// The same on every page of one snapshot.
    pub(crate) snapshot_id: String,
    /// The version that the snapshot shows, which is the cursor for the next pull.
    pub(crate) high_watermark: u64,
    /// Ordered by table, pk and kind.
    pub(crate) items: Vec<Item>,
    /// Null on the last page.
    pub(crate) next_page_token: Option<String>,
}

/// One record, alive or deleted.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Item {
    #[serde(rename_all = "camelCase")]
    Row {
        table_name: String,
        pk: String,
        #[cfg_attr(test, schema(value_type = Object))]
        payload: Box<RawValue>,
        revision: Revision,
    },
    #[serde(rename_all = "camelCase")]
    Tombstone {
        table_name: String,
        pk: String,
        revision: Revision,
        /// When the server received the deletion, in seconds since 1970.
        server_deleted_at: i64,
    },
}

impl Item {
    /// The table and the pk.
    pub(crate) fn key(&self) -> (&str, &str) {
        let (Self::Row { table_name, pk, .. } | Self::Tombstone { table_name, pk, .. }) = self;
        (table_name, pk)
    }
}
