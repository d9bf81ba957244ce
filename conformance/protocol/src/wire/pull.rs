//! The answer to `POST /api/sync/pull`: a page of the change log.

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::field::{optional_whole, whole};

/// `POST /api/sync/pull`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PullAnswer {
    /// Ascending by version.
    pub changes: Vec<Change>,
    /// The cursor of the next request.
    #[serde(deserialize_with = "whole")]
    pub next_cursor: u64,
    /// Whether there is another page with changes.
    pub has_more: bool,
    /// The oldest version that is still in the log.
    #[serde(default, deserialize_with = "optional_whole")]
    pub oldest_retained_version: Option<u64>,
    /// Whether the cursor is before the oldest retained version.
    pub requires_snapshot: Option<bool>,
}
