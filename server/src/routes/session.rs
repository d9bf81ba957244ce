//! `GET /api/auth/session`: who the caller is, and in which workspace.

use axum::Json;

use super::Answer;
use crate::caller::Caller;
use crate::time::iso_8601;
use crate::wire::{Session, SessionResponse};

/// The caller's session, or null without a valid credential.
#[cfg_attr(test, utoipa::path(get, path = "/api/auth/session", responses((status = 200, body = SessionResponse)), security((), ("bearer" = []))))]
pub(crate) async fn get_session(caller: Option<Caller>) -> Answer<SessionResponse> {
    let Some(caller) = caller else { return Ok(Json(SessionResponse { session: None })) };
    let (workspace, role) = caller.store().session(caller.user_id()).await?;
    let Caller { credential, user, .. } = caller;
    let session = Session {
        authenticated: true,
        provider: credential.identity.provider,
        provider_user_id: credential.identity.provider_user_id,
        user,
        workspace,
        role,
        expires_at: iso_8601(credential.expires_at),
    };
    Ok(Json(SessionResponse { session: Some(session) }))
}
