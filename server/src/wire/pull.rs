//! `POST /api/sync/pull` and `POST /api/sync/update-cursor`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::number::{PageSize, SafeInteger};
use super::sync::{Scope, Stamp, scope};

/// Asks for the changes after a cursor.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct PullRequest {
    #[serde(deserialize_with = "scope")]
    pub(crate) scope: Scope,
    /// Only changes with a higher version are returned.
    #[cfg_attr(test, schema(value_type = u64, maximum = 9_007_199_254_740_991_u64))]
    pub(crate) cursor: SafeInteger,
    /// The most changes to return.
    #[cfg_attr(test, schema(value_type = u64, minimum = 1, maximum = 1000))]
    pub(crate) limit: PageSize,
    /// Only these tables; an empty list means all, an unknown name matches nothing.
    #[serde(default)]
    pub(crate) tables: Option<Vec<String>>,
}

/// A page of the change log.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct PullResponse {
    /// In ascending order of their versions.
    pub(crate) changes: Vec<ChangeEntry>,
    /// The cursor for the next pull.
    pub(crate) next_cursor: u64,
    /// Whether there are more changes already.
    pub(crate) has_more: bool,
    /// The oldest version that is still in the log.
    pub(crate) oldest_retained_version: u64,
    /// Whether the log no longer reaches back to the cursor. Then there are no changes, and `nextCursor` is the cursor.
    pub(crate) requires_snapshot: bool,
}

/// An entry of the change log.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangeEntry {
    pub(crate) server_version: u64,
    pub(crate) table_name: String,
    pub(crate) pk: String,
    /// `put` or `delete`.
    #[cfg_attr(test, schema(value_type = crate::protocol::op::Operation))]
    pub(crate) op: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<Object>))]
    pub(crate) payload: Option<Box<RawValue>>,
    pub(crate) stamp: Stamp,
}

/// Reports how far a device has read.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpdateCursorRequest {
    #[serde(deserialize_with = "scope")]
    pub(crate) scope: Scope,
    /// The device; not blank, at most 256 characters.
    #[cfg_attr(test, schema(min_length = 1, max_length = 256, pattern = r"\S"))]
    pub(crate) device_id: String,
    /// The last version that the device has read.
    #[cfg_attr(test, schema(value_type = u64, maximum = 9_007_199_254_740_991_u64))]
    pub(crate) version: SafeInteger,
}
