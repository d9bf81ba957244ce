//! `POST /api/sync/pull`: the changes after a cursor.

use axum::Json;

use super::Answer;
use super::ids::check_workspace_id;
use crate::body::JsonBody;
use crate::caller::Caller;
use crate::protocol::table::Table;
use crate::store::PullQuery;
use crate::wire::{PullRequest, PullResponse};

/// The changes after a cursor.
#[cfg_attr(test, utoipa::path(post, path = "/api/sync/pull", request_body = PullRequest, responses(
    (status = 200, body = PullResponse),
    (status = 400, description = "Wrong shape"),
    (status = 403, description = "A stranger, or no such workspace"),
)))]
pub(crate) async fn pull(caller: Caller, JsonBody(request): JsonBody<PullRequest>) -> Answer<PullResponse> {
    check_workspace_id(&request.scope.workspace_id)?;
    let query = PullQuery {
        workspace_id: request.scope.workspace_id,
        cursor: request.cursor.0,
        limit: request.limit.0,
        tables: Table::filtered(request.tables.as_deref()),
    };
    Ok(Json(caller.store().pull(caller.user_id(), query).await?))
}
