//! `POST /api/sync/gc-change-log` and `POST /api/sync/gc-tombstones`.

use serde::Deserialize;

use super::number::Seconds;
use super::sync::{Scope, scope};

/// Asks for a garbage collection of what is old and was read by every device.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct GcRequest {
    #[serde(deserialize_with = "scope")]
    pub(crate) scope: Scope,
    /// Nothing younger is collected. The server sets a minimum, 3600 unless configured otherwise.
    #[cfg_attr(test, schema(value_type = u64, minimum = 1, maximum = 9_007_199_254_740_991_u64))]
    pub(crate) retention_seconds: Seconds,
}
