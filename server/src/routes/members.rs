//! `/api/workspaces/{id}/members`: who belongs to a workspace, and in which role.

use axum::Json;

use super::Answer;
use super::ids::Ids;
use crate::body::JsonBody;
use crate::caller::Caller;
use crate::wire::{AddMemberRequest, ChangeRoleRequest, MembersResponse, OkResponse};

/// The members of a workspace. Every member may see them.
#[cfg_attr(test, utoipa::path(get, path = "/api/workspaces/{id}/members", params(("id" = String, Path)), responses(
    (status = 200, body = MembersResponse),
    (status = 403, description = "A stranger, or no such workspace"),
)))]
pub(crate) async fn list_members(caller: Caller, Ids(id): Ids<String>) -> Answer<MembersResponse> {
    let members = caller.store().members(caller.user_id(), id).await?;
    Ok(Json(MembersResponse { members }))
}

/// Adds a user who has signed in before. Owners may.
#[cfg_attr(test, utoipa::path(post, path = "/api/workspaces/{id}/members", params(("id" = String, Path)),
    request_body = AddMemberRequest, responses(
    (status = 200, body = OkResponse),
    (status = 400, description = "Wrong shape, or an unknown role"),
    (status = 403, description = "Not an owner, or no such workspace"),
    (status = 404, description = "No such user"),
    (status = 409, description = "A member already"),
)))]
pub(crate) async fn add_member(
    caller: Caller,
    Ids(id): Ids<String>,
    JsonBody(request): JsonBody<AddMemberRequest>,
) -> Answer<OkResponse> {
    caller.store().add_member(caller.user_id(), id, request.user_id, request.role).await?;
    Ok(Json(OkResponse::new()))
}

/// Gives a member another role. Owners may.
#[cfg_attr(test, utoipa::path(patch, path = "/api/workspaces/{id}/members/{userId}", 
    params(("id" = String, Path), ("userId" = String, Path)), request_body = ChangeRoleRequest, responses(
    (status = 200, body = OkResponse),
    (status = 400, description = "Wrong shape, or an unknown role"),
    (status = 403, description = "Not an owner, or no such workspace"),
    (status = 404, description = "Not a member"),
    (status = 409, description = "The last owner"),
)))]
pub(crate) async fn change_role(
    caller: Caller,
    Ids((id, user_id)): Ids<(String, String)>,
    JsonBody(request): JsonBody<ChangeRoleRequest>,
) -> Answer<OkResponse> {
    caller.store().change_role(caller.user_id(), id, user_id, request.role).await?;
    Ok(Json(OkResponse::new()))
}

/// Removes a member, and moves their session elsewhere if it was there. Owners may.
#[cfg_attr(test, utoipa::path(delete, path = "/api/workspaces/{id}/members/{userId}", 
    params(("id" = String, Path), ("userId" = String, Path)), responses(
    (status = 200, body = OkResponse),
    (status = 403, description = "Neither an owner nor the member, or no such workspace"),
    (status = 404, description = "Not a member"),
    (status = 409, description = "The last owner"),
)))]
pub(crate) async fn remove_member(caller: Caller, Ids((id, user_id)): Ids<(String, String)>) -> Answer<OkResponse> {
    caller.store().remove_member(caller.user_id(), id, user_id).await?;
    Ok(Json(OkResponse::new()))
}
