//! The endpoints: from a typed request to a call on the store, and from its outcome to an answer.

pub(crate) mod cursor;
pub(crate) mod gc;
pub(crate) mod members;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod session;
pub(crate) mod snapshot;
pub(crate) mod workspaces;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::error::ApiError;
use crate::protocol::table::Table;

/// The ids in a path. Text that is not UTF-8 once decoded gets 400.
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

/// Requirement `push.empty-workspace-id`.
fn check_workspace_id(workspace_id: &str) -> Result<(), ApiError> {
    if workspace_id.trim().is_empty() { Err(ApiError::bad_request("workspaceId is required")) } else { Ok(()) }
}

/// The longest device id, in characters (requirement `cursor.device-id`).
const DEVICE_ID_MAX: usize = 256;

fn is_device_id(device_id: &str) -> bool {
    !device_id.trim().is_empty() && device_id.chars().count() <= DEVICE_ID_MAX
}

/// The tables of a filter that exist, in order and each once; nothing for a filter that means all.
fn known_tables(filter: Option<&[String]>) -> Option<Vec<&'static str>> {
    let filter = filter.filter(|names| !names.is_empty())?;
    let mut tables: Vec<_> = filter.iter().filter_map(|name| Table::named(name)).map(|table| table.name).collect();
    tables.sort_unstable();
    tables.dedup();
    Some(tables)
}

/// Stored JSON text, to go out as it came in.
fn raw(text: String) -> Result<Box<RawValue>, ApiError> {
    RawValue::from_string(text).map_err(|error| {
        tracing::error!(%error, "stored text is not JSON");
        ApiError::internal()
    })
}
