//! `/api/workspaces` and below.

use serde::{Deserialize, Deserializer, Serialize};

use crate::protocol::role::Role;

/// Creates a workspace.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct CreateWorkspaceRequest {
    /// Trimmed; then 1 to 100 characters.
    #[cfg_attr(test, schema(min_length = 1, max_length = 100, pattern = r"\S"))]
    pub(crate) name: String,
    /// Trimmed; then at most 1000 characters. An empty one counts as null.
    #[cfg_attr(test, schema(max_length = 1000))]
    #[serde(default)]
    pub(crate) description: Option<String>,
}

/// Renames a workspace.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct RenameWorkspaceRequest {
    /// As in [`CreateWorkspaceRequest`].
    #[cfg_attr(test, schema(min_length = 1, max_length = 100, pattern = r"\S"))]
    pub(crate) name: String,
    /// Absent: unchanged. Null or blank: removed.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(test, schema(value_type = Option<String>, max_length = 1000))]
    pub(crate) description: Option<Option<String>>,
}

/// Distinguishes null from an absent field.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Makes a workspace the active one.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct ActivateRequest {
    /// The workspace; not blank.
    #[cfg_attr(test, schema(min_length = 1, pattern = r"\S"))]
    pub(crate) id: String,
}

/// Adds a member.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddMemberRequest {
    /// A user who has signed in before.
    pub(crate) user_id: String,
    pub(crate) role: Role,
}

/// Gives a member another role.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct ChangeRoleRequest {
    pub(crate) role: Role,
}

/// The id of what was created.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct Created {
    pub(crate) id: String,
}

/// The workspaces of the caller, newest first.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct WorkspacesResponse {
    pub(crate) workspaces: Vec<Workspace>,
}

/// A workspace as one of its members sees it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Workspace {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// `owner`, `editor` or `viewer`.
    #[cfg_attr(test, schema(value_type = Role))]
    pub(crate) role: String,
    /// Seconds since 1970.
    pub(crate) created_at: i64,
    /// Whether it is the active workspace of the session.
    pub(crate) is_active: bool,
}

/// The members of a workspace, in the order they joined.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct MembersResponse {
    pub(crate) members: Vec<Member>,
}

/// A member as the others see them.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    pub(crate) user_id: String,
    /// `owner`, `editor` or `viewer`.
    #[cfg_attr(test, schema(value_type = Role))]
    pub(crate) role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) display_name: Option<String>,
    /// When they joined, in seconds since 1970.
    pub(crate) created_at: i64,
}
