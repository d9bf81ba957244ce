//! `POST /api/sync/gc-change-log` and `POST /api/sync/gc-tombstones`: garbage collection of what is old and was read by every
//! device.

use axum::Json;

use super::Answer;
use super::ids::check_workspace_id;
use crate::body::JsonBody;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::store::CollectQuery;
use crate::wire::{GcRequest, OkResponse};

/// Collects entries of the change log, oldest first. Owners and editors may.
#[cfg_attr(test, utoipa::path(post, path = "/api/sync/gc-change-log", request_body = GcRequest, responses(
    (status = 200, body = OkResponse),
    (status = 400, description = "Wrong shape, or a retention below the server's minimum"),
    (status = 403, description = "A viewer, a stranger, or no such workspace"),
)))]
pub(crate) async fn gc_change_log(caller: Caller, JsonBody(request): JsonBody<GcRequest>) -> Answer<OkResponse> {
    caller.store().collect_change_log(caller.user_id(), query(&caller, request)?).await?;
    Ok(Json(OkResponse::new()))
}

/// Collects tombstones. Owners and editors may.
#[cfg_attr(test, utoipa::path(post, path = "/api/sync/gc-tombstones", request_body = GcRequest, responses(
    (status = 200, body = OkResponse),
    (status = 400, description = "Wrong shape, or a retention below the server's minimum"),
    (status = 403, description = "A viewer, a stranger, or no such workspace"),
)))]
pub(crate) async fn gc_tombstones(caller: Caller, JsonBody(request): JsonBody<GcRequest>) -> Answer<OkResponse> {
    caller.store().collect_tombstones(caller.user_id(), query(&caller, request)?).await?;
    Ok(Json(OkResponse::new()))
}

fn query(caller: &Caller, request: GcRequest) -> Result<CollectQuery, ApiError> {
    let workspace_id = request.scope.workspace_id;
    check_workspace_id(&workspace_id)?;
    let min_retention_seconds = caller.state.shared.limits.gc_min_retention_seconds;
    Ok(CollectQuery { workspace_id, retention_seconds: request.retention_seconds.0, min_retention_seconds })
}
