//! `/api/workspaces`: creating, listing, renaming, deleting and activating workspaces.

use axum::Json;

use super::Answer;
use super::ids::Ids;
use crate::body::JsonBody;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::wire::{
    ActivateRequest, CreateWorkspaceRequest, Created, OkResponse, RenameWorkspaceRequest, WorkspacesResponse,
};

/// The longest name, in characters (requirement `workspace.name-rules`).
const MAX_NAME_CHARS: usize = 100;

/// The longest description, in characters.
const MAX_DESCRIPTION_CHARS: usize = 1000;

/// The caller's workspaces, newest first.
#[cfg_attr(test, utoipa::path(get, path = "/api/workspaces", responses(
    (status = 200, body = WorkspacesResponse),
)))]
pub(crate) async fn list_workspaces(caller: Caller) -> Answer<WorkspacesResponse> {
    let workspaces = caller.store().workspaces(caller.user_id()).await?;
    Ok(Json(WorkspacesResponse { workspaces }))
}

/// Creates a workspace that the caller owns. The active workspace stays the same.
#[cfg_attr(test, utoipa::path(post, path = "/api/workspaces", request_body = CreateWorkspaceRequest, responses(
    (status = 200, body = Created),
    (status = 400, description = "Wrong shape, name or description"),
)))]
pub(crate) async fn create_workspace(
    caller: Caller,
    JsonBody(request): JsonBody<CreateWorkspaceRequest>,
) -> Answer<Created> {
    let (name, description) = (name(&request.name)?, description(request.description)?);
    let id = caller.store().create_workspace(caller.user_id(), name, description).await?;
    Ok(Json(Created { id }))
}

/// Renames a workspace. Owners and editors may.
#[cfg_attr(test, utoipa::path(patch, path = "/api/workspaces/{id}", params(("id" = String, Path)),
    request_body = RenameWorkspaceRequest, responses(
    (status = 200, body = OkResponse),
    (status = 400, description = "Wrong shape, name or description"),
    (status = 403, description = "A viewer, a stranger, or no such workspace"),
)))]
pub(crate) async fn rename_workspace(
    caller: Caller,
    Ids(id): Ids<String>,
    JsonBody(request): JsonBody<RenameWorkspaceRequest>,
) -> Answer<OkResponse> {
    let name = name(&request.name)?;
    let description = request.description.map(description).transpose()?;
    caller.store().rename_workspace(caller.user_id(), id, name, description).await?;
    Ok(Json(OkResponse::new()))
}

/// Deletes a workspace with its content, and moves every session that was there elsewhere.
#[cfg_attr(test, utoipa::path(delete, path = "/api/workspaces/{id}", params(("id" = String, Path)), responses(
    (status = 200, body = OkResponse),
    (status = 403, description = "Not an owner, or no such workspace"),
)))]
pub(crate) async fn delete_workspace(caller: Caller, Ids(id): Ids<String>) -> Answer<OkResponse> {
    caller.store().delete_workspace(caller.user_id(), id).await?;
    Ok(Json(OkResponse::new()))
}

/// Makes one of the caller's workspaces the active one.
#[cfg_attr(test, utoipa::path(post, path = "/api/workspaces/active", request_body = ActivateRequest, responses(
    (status = 200, body = OkResponse),
    (status = 400, description = "Wrong shape"),
    (status = 403, description = "A stranger, or no such workspace"),
)))]
pub(crate) async fn activate_workspace(
    caller: Caller,
    JsonBody(request): JsonBody<ActivateRequest>,
) -> Answer<OkResponse> {
    if request.id.trim().is_empty() {
        return Err(ApiError::bad_request("Workspace id is required"));
    }
    caller.store().activate_workspace(caller.user_id(), request.id).await?;
    Ok(Json(OkResponse::new()))
}

fn name(name: &str) -> Result<String, ApiError> {
    let name = name.trim();
    match name.chars().count() {
        0 => Err(ApiError::bad_request("Workspace name is required")),
        1..=MAX_NAME_CHARS => Ok(name.to_owned()),
        _ => Err(ApiError::bad_request(format!("Workspace name exceeds {MAX_NAME_CHARS} characters"))),
    }
}

/// A blank description counts as none.
fn description(description: Option<String>) -> Result<Option<String>, ApiError> {
    let description = description.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if description.is_some_and(|text| text.chars().count() > MAX_DESCRIPTION_CHARS) {
        return Err(ApiError::bad_request(format!("Workspace description exceeds {MAX_DESCRIPTION_CHARS} characters")));
    }
    Ok(description.map(str::to_owned))
}
