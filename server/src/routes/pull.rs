//! `POST /api/sync/pull`: the changes after a cursor.

use axum::Json;

use super::Answer;
use super::ids::check_workspace_id;
use crate::body::JsonBody;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::protocol::table::Table;
use crate::store::{Change, PullQuery, raw_json};
use crate::wire::{ChangeEntry, PullRequest, PullResponse, Stamp};

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
    let page = caller.store().pull(caller.user_id(), query).await?;
    Ok(Json(PullResponse {
        changes: page.changes.into_iter().map(entry).collect::<Result<_, _>>()?,
        next_cursor: page.next_cursor,
        has_more: page.has_more,
        oldest_retained_version: page.oldest_version,
        requires_snapshot: page.requires_snapshot,
    }))
}

fn entry(Change { server_version, op, .. }: Change) -> Result<ChangeEntry, ApiError> {
    let revision = op.revision;
    Ok(ChangeEntry {
        server_version,
        table_name: op.table_name,
        pk: op.pk,
        op: op.operation.name(),
        payload: op.payload.map(raw_json).transpose()?,
        stamp: Stamp { device_id: op.device_id, op_id: revision.op_id, hlc: revision.hlc, clock: revision.clock },
    })
}
