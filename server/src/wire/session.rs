//! `GET /api/auth/session`.

use serde::Serialize;

/// The session, or null without a valid credential.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct SessionResponse {
    #[cfg_attr(test, schema(required))]
    pub(crate) session: Option<Session>,
}

/// Who the caller is, and in which workspace.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    /// Always true.
    pub(crate) authenticated: bool,
    pub(crate) provider: String,
    pub(crate) provider_user_id: String,
    pub(crate) user: SessionUser,
    pub(crate) workspace: SessionWorkspace,
    /// `owner`, `editor` or `viewer`.
    #[cfg_attr(test, schema(value_type = crate::protocol::role::Role))]
    pub(crate) role: String,
    /// ISO 8601, UTC.
    pub(crate) expires_at: String,
}

/// The server's record of the caller.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionUser {
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) display_name: Option<String>,
}

/// The active workspace of the session.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct SessionWorkspace {
    pub(crate) id: String,
    pub(crate) name: String,
}
