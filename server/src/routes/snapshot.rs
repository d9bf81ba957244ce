//! `POST /api/sync/snapshot`: the whole state as of one moment, page by page.

use axum::Json;
use axum::http::StatusCode;
use uuid::Uuid;

use super::Answer;
use super::ids::check_workspace_id;
use crate::body::JsonBody;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::page_token::{BadToken, PageToken, PageTokens};
use crate::protocol::table::Table;
use crate::store::SnapshotQuery;
use crate::wire::{SnapshotRequest, SnapshotResponse};

/// A page of a snapshot. Without a token it is the first page of a new one, and fixes the moment that every page shows.
#[cfg_attr(test, utoipa::path(post, path = "/api/sync/snapshot", request_body = SnapshotRequest, responses(
    (status = 200, body = SnapshotResponse),
    (status = 400, description = "Wrong shape, an unknown table, an invalid token, or another filter"),
    (status = 403, description = "A stranger, no such workspace, or the token of another one"),
    (status = 410, description = "The token has expired, or what it leads to was collected"),
)))]
pub(crate) async fn snapshot(caller: Caller, JsonBody(request): JsonBody<SnapshotRequest>) -> Answer<SnapshotResponse> {
    let workspace_id = request.scope.workspace_id;
    check_workspace_id(&workspace_id)?;
    let tables = snapshot_tables(request.tables.as_deref())?;
    let token = request.page_token.map(|text| read_token(&caller.state.shared.page_tokens, &text)).transpose()?;
    if let Some(token) = &token {
        check_token(token, &workspace_id, &caller.user.id, tables.as_deref())?;
    }
    let (snapshot_id, after) = match token {
        Some(token) => (token.snapshot_id, Some(token.position)),
        None => (Uuid::new_v4().to_string(), None),
    };
    let token_tables = tables.as_ref().map(|tables| tables.iter().map(|table| (*table).to_owned()).collect());
    let query = SnapshotQuery { workspace_id: workspace_id.clone(), page_size: request.page_size.0, tables, after };
    let page = caller.store().snapshot(caller.user_id(), query).await?;
    let next = page.end.map(|position| PageToken {
        snapshot_id: snapshot_id.clone(),
        workspace_id: workspace_id.clone(),
        user_id: caller.user_id(),
        tables: token_tables,
        position,
    });
    let next_page_token =
        next.map(|next| caller.state.shared.page_tokens.write(next)).transpose().map_err(|error| {
            tracing::error!(%error, "a page token cannot be written");
            ApiError::internal()
        })?;
    let high_watermark = page.moment.high_watermark;
    Ok(Json(SnapshotResponse { workspace_id, snapshot_id, high_watermark, items: page.items, next_page_token }))
}

/// Unlike a pull, a snapshot refuses unknown tables: otherwise the client would not notice that one is missing.
fn snapshot_tables(filter: Option<&[String]>) -> Result<Option<Vec<&'static str>>, ApiError> {
    if filter.is_some_and(|names| names.iter().any(|name| Table::named(name).is_none())) {
        return Err(ApiError::bad_request("Unknown table in the filter"));
    }
    Ok(Table::filtered(filter))
}

fn read_token(tokens: &PageTokens, text: &str) -> Result<PageToken, ApiError> {
    tokens.read(text).map_err(|bad| match bad {
        BadToken::Invalid => ApiError::bad_request("Invalid snapshot page token"),
        BadToken::Expired => ApiError::new(StatusCode::GONE, "Snapshot expired or unavailable"),
    })
}

/// Checks that a token is used as it was issued (requirements `snapshot.bad-token`, `isolation.snapshot-token`).
fn check_token(
    token: &PageToken,
    workspace_id: &str,
    user_id: &str,
    tables: Option<&[&'static str]>,
) -> Result<(), ApiError> {
    if token.workspace_id != workspace_id || token.user_id != user_id {
        return Err(ApiError::forbidden());
    }
    let same_tables = match (&token.tables, tables) {
        (Some(then), Some(now)) => then == now,
        (then, now) => then.is_none() && now.is_none(),
    };
    if same_tables { Ok(()) } else { Err(ApiError::bad_request("Snapshot filter differs from the first page's")) }
}
