//! What the calls for workspaces answer.

use serde::{Deserialize, Serialize};

use super::field::present;
use super::id::Id;
use super::role::Role;

/// `GET /api/workspaces`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct WorkspacesAnswer {
    /// Newest first.
    pub workspaces: Vec<Workspace>,
}

/// One entry of the list of workspaces.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Its description; the field has to be there.
    #[serde(deserialize_with = "present")]
    pub description: Option<String>,
    /// The asking user's role in it.
    pub role: Role,
    /// Creation time in seconds since 1970.
    pub created_at: f64,
    /// Whether the asking user's session stands in it.
    pub is_active: bool,
}

/// `POST /api/workspaces`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct CreatedAnswer {
    /// Id of the new workspace.
    pub id: Id,
}
