//! The answers of the calls about workspaces.

use serde::{Deserialize, Serialize};

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
    /// Its description. An empty one may be "", null or no field (`workspace.description`).
    #[serde(default)]
    pub description: Option<String>,
    /// The role of the user who sent the request.
    pub role: Role,
    /// Creation time in seconds since 1970.
    pub created_at: f64,
    /// Whether it is active for the user who sent the request.
    pub is_active: bool,
}

/// `POST /api/workspaces`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct CreatedAnswer {
    /// Id of the new workspace.
    pub id: Id,
}
