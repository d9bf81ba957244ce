//! `POST /api/sync/push`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::number::SafeInteger;
use super::object::Object;
use super::sync::{Scope, Stamp, scope};
use crate::protocol::op::Operation;
use crate::protocol::op_error::OpErrorCode;
use crate::protocol::revision::Revision;

/// A batch of ops for one workspace.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct PushRequest {
    #[serde(deserialize_with = "scope")]
    #[cfg_attr(test, schema(inline = false))]
    pub(crate) scope: Scope,
    /// At most 1000, unless the server is configured otherwise.
    #[cfg_attr(test, schema(value_type = Vec<PushOp>))]
    pub(crate) ops: Vec<Object<PushOp>>,
}

/// One put or delete of one record.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct PushOp {
    /// The client's name for its queue entry.
    #[allow(dead_code)]
    pub(crate) id: String,
    /// One of the synced tables.
    pub(crate) table_name: String,
    /// Put or delete.
    pub(crate) operation: Operation,
    /// The record's key within its table; not empty, at most 4096 bytes.
    pub(crate) pk: String,
    /// The record, as an object of at most 256 KiB, unless configured otherwise; what is no object fails its op alone. A
    /// delete may leave it out.
    #[cfg_attr(test, schema(value_type = Option<serde_json::Value>))]
    #[serde(default)]
    pub(crate) payload: Option<Box<RawValue>>,
    /// Who made the op, and its place in the order of writes.
    #[cfg_attr(test, schema(value_type = Stamp))]
    pub(crate) stamp: Object<Stamp>,
    /// When the client created the op, by its own clock.
    #[allow(dead_code)]
    pub(crate) created_at: f64,
    /// How often the client has tried to send the op.
    #[cfg_attr(test, schema(value_type = u64, maximum = 9_007_199_254_740_991_u64))]
    #[allow(dead_code)]
    pub(crate) attempts: SafeInteger,
    /// When the client plans to try again, by its own clock.
    #[serde(default)]
    #[allow(dead_code)]
    pub(crate) next_attempt_at: Option<f64>,
    /// The state of the op in the client's queue.
    #[allow(dead_code)]
    pub(crate) status: QueueStatus,
}

/// The state of an op in the client's queue.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(try_from = "String")]
#[cfg_attr(test, schema(rename_all = "lowercase"))]
pub(crate) enum QueueStatus {
    Pending,
    Syncing,
    Failed,
}

impl TryFrom<String> for QueueStatus {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match name.as_str() {
            "pending" => Ok(Self::Pending),
            "syncing" => Ok(Self::Syncing),
            "failed" => Ok(Self::Failed),
            _ => Err("a status is pending, syncing or failed"),
        }
    }
}

/// The outcome of a batch.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct PushResponse {
    /// One for each op, in the same order.
    pub(crate) results: Vec<OpResult>,
    /// The workspace's head after the batch.
    pub(crate) server_version: u64,
}

/// The outcome of one op.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpResult {
    /// The op's id as received.
    pub(crate) op_id: String,
    /// Whether the op is in the change log.
    pub(crate) success: bool,
    /// Its version there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_version: Option<u64>,
    /// Why it is not, as text for users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// Why it is not: VALIDATION_ERROR, OVERSIZED, CONFLICT or UNAUTHORIZED.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<String>))]
    pub(crate) error_code: Option<OpErrorCode>,
    /// Whether the op won, so that it determines the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) applied: Option<bool>,
    /// True when the op was in the change log already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replayed: Option<bool>,
    /// The write that won instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) winner: Option<Revision>,
    /// The record as that write left it, if it was not deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<Object>))]
    pub(crate) payload: Option<Box<RawValue>>,
}
