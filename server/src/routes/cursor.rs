//! `POST /api/sync/update-cursor`: how far a device has read.

use axum::Json;

use super::Answer;
use super::ids::{check_workspace_id, is_device_id};
use crate::body::JsonBody;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::wire::{Described, OkResponse, UpdateCursorRequest};

/// Moves a device's cursor forward.
#[cfg_attr(test, utoipa::path(post, path = "/api/sync/update-cursor", request_body = UpdateCursorRequest, responses(
    (status = 200, body = OkResponse),
    (status = 400, description = "Wrong shape, or beyond the head"),
    (status = 403, description = "A stranger, or no such workspace"),
    (status = 409, description = "Behind the present cursor"),
)))]
pub(crate) async fn update_cursor(
    caller: Caller,
    JsonBody(request): JsonBody<UpdateCursorRequest>,
) -> Answer<OkResponse> {
    let workspace_id = request.scope.workspace_id;
    check_workspace_id(&workspace_id)?;
    if !is_device_id(&request.device_id) {
        return Err(ApiError::bad_request(UpdateCursorRequest::WRONG_SHAPE));
    }
    caller.store().move_cursor(caller.user_id(), workspace_id, request.device_id, request.version.0).await?;
    Ok(Json(OkResponse::new()))
}
