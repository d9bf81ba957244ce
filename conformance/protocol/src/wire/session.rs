//! What `GET /api/auth/session` answers: who is logged in, and where they stand.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::field::present;
use super::id::Id;
use super::role::Role;

/// `GET /api/auth/session`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct SessionAnswer {
    /// None without a valid credential. The field itself has to be there.
    #[serde(deserialize_with = "present")]
    pub session: Option<Session>,
}

/// Who is logged in, and where they stand.
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
    /// The active workspace; a user left with none may have null (`workspace.delete-last`).
    pub workspace: Option<SessionWorkspace>,
    /// The user's role in the active workspace.
    pub role: Option<Role>,
    /// When the credential ends; text or number, the protocol leaves its form open.
    pub expires_at: Option<Value>,
}

/// The user inside a session.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionUser {
    /// The server's id of the user.
    pub id: Id,
    /// E-mail address, when the provider gave one.
    pub email: Option<String>,
    /// Name to show, when the provider gave one.
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
