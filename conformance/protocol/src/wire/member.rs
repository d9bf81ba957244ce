//! The answers of the calls about members.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::Id;
use super::role::Role;

/// `GET /api/workspaces/{id}/members`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct MembersAnswer {
    /// Every member, once.
    pub members: Vec<Member>,
}

/// One entry of the list of members.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Id of the user.
    pub user_id: Id,
    /// Their role.
    pub role: Role,
    /// E-mail address, if known.
    pub email: Option<String>,
    /// Display name, if known.
    pub display_name: Option<String>,
    /// Start of the membership; the protocol leaves the form open.
    pub created_at: Value,
}
