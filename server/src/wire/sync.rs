//! Shapes that several sync endpoints share.

use serde::{Deserialize, Deserializer, Serialize};

use super::object::Object;

/// The workspace that a sync request is about.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Scope {
    /// The workspace; not blank.
    #[cfg_attr(test, schema(min_length = 1, pattern = r"\S"))]
    pub(crate) workspace_id: String,
    /// For clients only: the server ignores it.
    #[serde(default)]
    #[allow(dead_code)]
    pub(crate) project_id: Option<String>,
}

/// Reads a [`Scope`] from an object.
pub(crate) fn scope<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scope, D::Error> {
    Object::deserialize(deserializer).map(|Object(scope)| scope)
}

/// Who made an op, and its place in the order of writes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stamp {
    /// The device; not blank, at most 256 characters.
    #[cfg_attr(test, schema(min_length = 1, max_length = 256, pattern = r"\S"))]
    pub(crate) device_id: String,
    /// Identifies the op, for ever.
    #[cfg_attr(test, schema(format = "uuid"))]
    pub(crate) op_id: String,
    /// The client's hybrid logical clock, an opaque string of at most 1024 characters.
    #[cfg_attr(test, schema(max_length = 1024))]
    pub(crate) hlc: String,
    /// The client's logical clock.
    #[cfg_attr(test, schema(maximum = 9_007_199_254_740_991_u64))]
    #[serde(deserialize_with = "clock")]
    pub(crate) clock: u64,
}

fn clock<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    super::number::SafeInteger::deserialize(deserializer).map(|number| number.0)
}

/// The response of an endpoint that has nothing else to say.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema), schema(as = Ok))]
pub(crate) struct OkResponse {
    /// Always true.
    ok: bool,
}

impl OkResponse {
    pub(crate) const fn new() -> Self {
        Self { ok: true }
    }
}
