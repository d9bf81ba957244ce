//! The answer to `GET /api/auth/session`: the user and their active workspace.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::field::present;
use super::id::Id;
use super::role::Role;

/// `GET /api/auth/session`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct SessionAnswer {
    /// None without a valid credential. The field itself must be present.
    #[serde(deserialize_with = "present")]
    pub session: Option<Session>,
}

/// A logged-in user and their active workspace.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Always true.
    pub authenticated: bool,
    /// First half of the identity.
    pub provider: String,
    /// Second half of the identity.
    pub provider_user_id: String,
    /// The user that the identity belongs to.
    pub user: SessionUser,
    /// The active workspace; null is allowed for a user without workspaces (`workspace.delete-last`).
    pub workspace: Option<SessionWorkspace>,
    /// The user's role in the active workspace.
    pub role: Option<Role>,
    /// When the credential expires; text or number, since the protocol leaves the form open.
    pub expires_at: Option<Value>,
}

/// The user inside a session.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionUser {
    /// The server's id of the user.
    pub id: Id,
    /// E-mail address, if the provider gave one.
    pub email: Option<String>,
    /// Display name, if the provider gave one.
    pub display_name: Option<String>,
}

/// The active workspace inside a session.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct SessionWorkspace {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_answer_without_its_field_is_refused() {
        assert!(serde_json::from_str::<SessionAnswer>("{}").is_err());
        assert!(serde_json::from_str::<SessionAnswer>(r#"{"session": null}"#).is_ok());
    }
}
