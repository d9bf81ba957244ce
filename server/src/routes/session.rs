//! `GET /api/auth/session`: who am I, and where do I stand.

use axum::Json;
use axum::extract::State;

use crate::caller::Caller;
use crate::error::ApiError;
use crate::state::AppState;
use crate::time::iso_8601;
use crate::wire::{Session, SessionResponse, SessionUser, SessionWorkspace};

/// The caller's session, or null without a valid credential.
#[cfg_attr(test, utoipa::path(get, path = "/api/auth/session", responses((status = 200, body = SessionResponse)), security((), ("bearer" = []))))]
pub(crate) async fn get_session(
    State(state): State<AppState>,
    caller: Option<Caller>,
) -> Result<Json<SessionResponse>, ApiError> {
    let Some(Caller { credential, account }) = caller else { return Ok(Json(SessionResponse { session: None })) };
    let standing = state.store().session(&account.user_id).await?;
    let session = Session {
        authenticated: true,
        provider: credential.identity.provider,
        provider_user_id: credential.identity.provider_user_id,
        user: SessionUser { id: account.user_id, email: account.email, display_name: account.display_name },
        workspace: SessionWorkspace { id: standing.workspace_id, name: standing.workspace_name },
        role: standing.role.name(),
        expires_at: iso_8601(credential.expires_at),
    };
    Ok(Json(SessionResponse { session: Some(session) }))
}
