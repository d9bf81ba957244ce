//! Workspaces: creating, listing, renaming, activating and deleting them, and moving their members elsewhere.

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::access;
use super::error::StoreError;
use super::handle::Store;
use crate::protocol::role::Role;
use crate::time::unix_seconds;
use crate::wire::Workspace;

/// The name of the workspace that every user starts with, or gets when no other is left.
const DEFAULT_NAME: &str = "My Workspace";

impl Store {
    /// The workspaces of a user, newest first.
    pub(crate) async fn workspaces(&self, user_id: String) -> Result<Vec<Workspace>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT w.id, w.name, w.description, m.role, w.created_at, u.active_workspace_id = w.id
                 FROM members m
                 JOIN workspaces w ON w.id = m.workspace_id
                 JOIN users u ON u.id = m.user_id
                 WHERE m.user_id = ?1 ORDER BY w.position DESC",
            )?;
            let rows = statement.query_map([&user_id], |row| {
                Ok(Workspace {
                    id: row.get(0)?,
                    name: row.get(1)?,
                    description: row.get(2)?,
                    role: row.get(3)?,
                    created_at: row.get(4)?,
                    is_active: row.get(5)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Creates a workspace that the user owns, and returns its id. The user's active workspace stays the same.
    pub(crate) async fn create_workspace(
        &self,
        user_id: String,
        name: String,
        description: Option<String>,
    ) -> Result<String, StoreError> {
        self.write(move |connection| {
            let id = Uuid::new_v4().to_string();
            insert(connection, &id, &user_id, &name, description.as_deref())?;
            Ok(id)
        })
        .await
    }

    /// Renames a workspace. `None` leaves the description unchanged; `Some(None)` removes it.
    pub(crate) async fn rename_workspace(
        &self,
        user_id: String,
        workspace_id: String,
        name: String,
        description: Option<Option<String>>,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            access::require(connection, &workspace_id, &user_id, Role::writes)?;
            connection
                .prepare_cached(
                    "UPDATE workspaces SET name = ?2, description = iif(?3, ?4, description) WHERE id = ?1",
                )?
                .execute((&workspace_id, &name, description.is_some(), description.flatten()))?;
            Ok(())
        })
        .await
    }

    /// Makes a workspace the user's active one (requirements `workspace.activate-*`).
    pub(crate) async fn activate_workspace(&self, user_id: String, workspace_id: String) -> Result<(), StoreError> {
        self.write(move |connection| {
            access::role(connection, &workspace_id, &user_id)?;
            set_active(connection, &user_id, &workspace_id)
        })
        .await
    }

    /// Deletes a workspace with its content, and moves every user who was in it elsewhere, in one transaction
    /// (requirements `workspace.delete-*`).
    pub(crate) async fn delete_workspace(&self, user_id: String, workspace_id: String) -> Result<(), StoreError> {
        self.write(move |connection| {
            access::require(connection, &workspace_id, &user_id, Role::manages)?;
            let active_members: Vec<String> = connection
                .prepare_cached("SELECT id FROM users WHERE active_workspace_id = ?1")?
                .query_map([&workspace_id], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for member in active_members {
                rehome(connection, &member, &workspace_id)?;
            }
            connection.prepare_cached("DELETE FROM workspaces WHERE id = ?1")?.execute([&workspace_id])?;
            Ok(())
        })
        .await
    }
}

/// Moves a user out of a workspace: to their oldest other one, or to a new default workspace.
pub(super) fn rehome(connection: &Connection, user_id: &str, leaving: &str) -> Result<(), StoreError> {
    let home: Option<String> = connection
        .prepare_cached(
            "SELECT w.id FROM members m JOIN workspaces w ON w.id = m.workspace_id
             WHERE m.user_id = ?1 AND w.id <> ?2 ORDER BY w.position LIMIT 1",
        )?
        .query_row((user_id, leaving), |row| row.get(0))
        .optional()?;
    let home = match home {
        Some(home) => home,
        None => {
            let id = Uuid::new_v4().to_string();
            insert_default(connection, &id, user_id)?;
            id
        }
    };
    set_active(connection, user_id, &home)
}

/// Creates a default workspace with this id.
pub(super) fn insert_default(connection: &Connection, id: &str, owner_id: &str) -> Result<(), StoreError> {
    insert(connection, id, owner_id, DEFAULT_NAME, None)
}

fn insert(
    connection: &Connection,
    id: &str,
    owner_id: &str,
    name: &str,
    description: Option<&str>,
) -> Result<(), StoreError> {
    let now = unix_seconds();
    connection
        .prepare_cached("INSERT INTO workspaces (id, name, description, created_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute((id, name, description, now))?;
    connection
        .prepare_cached("INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute((id, owner_id, Role::Owner.name(), now))?;
    Ok(())
}

fn set_active(connection: &Connection, user_id: &str, workspace_id: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE users SET active_workspace_id = ?2 WHERE id = ?1")?
        .execute((user_id, workspace_id))?;
    Ok(())
}
