//! What the calls for a workspace's members answer.

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
    /// E-mail address, when known.
    pub email: Option<String>,
    /// Name to show, when known.
    pub display_name: Option<String>,
    /// Since when; the protocol leaves its form open.
    pub created_at: Value,
}
