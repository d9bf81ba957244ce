//! Payloads on their way out.

use serde_json::value::RawValue;

use crate::error::ApiError;

/// Stored JSON text, to go out as it came in.
pub(super) fn raw(text: String) -> Result<Box<RawValue>, ApiError> {
    RawValue::from_string(text).map_err(|error| {
        tracing::error!(%error, "stored text is not JSON");
        ApiError::internal()
    })
}
