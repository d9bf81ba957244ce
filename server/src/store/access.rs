//! Who may do what in a workspace: checked in the same transaction that then does it.

use rusqlite::{Connection, OptionalExtension};

use super::error::{Refusal, StoreError};
use crate::protocol::role::Role;

/// The user's role in the workspace; refused if the user is not a member, or there is no such workspace.
pub(super) fn role(connection: &Connection, workspace_id: &str, user_id: &str) -> Result<Role, StoreError> {
    find_role(connection, workspace_id, user_id)?.ok_or_else(|| Refusal::Forbidden.into())
}

/// Like [`role`], and also refused if the role does not allow the action.
pub(super) fn require(
    connection: &Connection,
    workspace_id: &str,
    user_id: &str,
    allows: fn(Role) -> bool,
) -> Result<(), StoreError> {
    if allows(role(connection, workspace_id, user_id)?) { Ok(()) } else { Err(Refusal::Forbidden.into()) }
}

/// The user's role in the workspace, if they are a member.
pub(super) fn find_role(
    connection: &Connection,
    workspace_id: &str,
    user_id: &str,
) -> Result<Option<Role>, StoreError> {
    let name: Option<String> = connection
        .prepare_cached("SELECT role FROM members WHERE workspace_id = ?1 AND user_id = ?2")?
        .query_row((workspace_id, user_id), |row| row.get(0))
        .optional()?;
    name.map(|name| Role::parse(&name).ok_or(StoreError::Inconsistent("a role outside the schema"))).transpose()
}
