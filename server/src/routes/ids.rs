//! The ids that clients send, in paths and in bodies.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The ids in a path. An id that is not UTF-8 once decoded gets 400.
pub(crate) struct Ids<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Ids<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(ids)) => Ok(Self(ids)),
            Err(_) => Err(ApiError::bad_request("Invalid id in the path")),
        }
    }
}

/// Checks that an id is not blank (requirement `push.empty-workspace-id`).
pub(super) fn check_workspace_id(workspace_id: &str) -> Result<(), ApiError> {
    if workspace_id.trim().is_empty() { Err(ApiError::bad_request("workspaceId is required")) } else { Ok(()) }
}

/// The longest device id, in characters (requirement `cursor.device-id`).
const MAX_DEVICE_ID_CHARS: usize = 256;

pub(super) fn is_device_id(device_id: &str) -> bool {
    !device_id.trim().is_empty() && device_id.chars().count() <= MAX_DEVICE_ID_CHARS
}
