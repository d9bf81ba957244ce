//! `GET /api/auth/session`: who the caller is, and in which workspace.

use axum::Json;

use super::Answer;
use crate::caller::Caller;
use crate::time::iso_8601;
use crate::wire::{Session, SessionResponse, SessionUser, SessionWorkspace};

/// The caller's session, or null without a valid credential.
#[cfg_attr(test, utoipa::path(get, path = "/api/auth/session", responses((status = 200, body = SessionResponse)), security((), ("bearer" = []))))]
pub(crate) async fn get_session(caller: Option<Caller>) -> Answer<SessionResponse> {
    let Some(caller) = caller else { return Ok(Json(SessionResponse { session: None })) };
    let session_view = caller.store().session(caller.user_id()).await?;
    let Caller { credential, account, .. } = caller;
    let session = Session {
        authenticated: true,
        provider: credential.identity.provider,
        provider_user_id: credential.identity.provider_user_id,
        user: SessionUser { id: account.user_id, email: account.email, display_name: account.display_name },
        workspace: SessionWorkspace { id: session_view.workspace_id, name: session_view.workspace_name },
        role: session_view.role.name(),
        expires_at: iso_8601(credential.expires_at),
    };
    Ok(Json(SessionResponse { session: Some(session) }))
}
