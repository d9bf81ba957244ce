//! Shapes that several sync endpoints share.

use serde::{Deserialize, Deserializer, Serialize};

use super::object::Object;

/// Where a sync request belongs.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Scope {
    /// The workspace; not blank.
    #[cfg_attr(test, schema(min_length = 1))]
    pub(crate) workspace_id: String,
    /// Taken note of by clients only.
    #[serde(default)]
    #[allow(dead_code)]
    pub(crate) project_id: Option<String>,
}

/// Reads a [`Scope`] from an object.
pub(crate) fn scope<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scope, D::Error> {
    Object::deserialize(deserializer).map(|Object(scope)| scope)
}

/// The marks that a client puts on an op.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stamp {
    /// The device; not blank, at most 256 characters.
    #[cfg_attr(test, schema(min_length = 1, max_length = 256))]
    pub(crate) device_id: String,
    /// Names the op for ever.
    #[cfg_attr(test, schema(format = "uuid"))]
    pub(crate) op_id: String,
    /// The client's hybrid logical clock, an opaque text of at most 1024 characters.
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

/// The answer of a call that has nothing else to say.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct Ok {
    /// Always true.
    ok: bool,
}

impl Ok {
    pub(crate) const fn new() -> Self {
        Self { ok: true }
    }
}
