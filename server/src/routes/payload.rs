//! Payloads in responses.

use serde_json::value::RawValue;

use crate::error::ApiError;

/// Stored JSON text, to be sent exactly as it was received.
pub(super) fn raw_json(text: String) -> Result<Box<RawValue>, ApiError> {
    RawValue::from_string(text).map_err(|error| {
        tracing::error!(%error, "stored text is not JSON");
        ApiError::internal()
    })
}
