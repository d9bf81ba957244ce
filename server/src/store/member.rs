//! The members of a workspace.

use rusqlite::Connection;

use super::error::{Refusal, StoreError};
use super::handle::Store;
use super::{access, workspace};
use crate::protocol::role::Role;
use crate::time::unix_seconds;
use crate::wire::Member;

impl Store {
    /// The members, in the order they joined. Every member may see them.
    pub(crate) async fn members(&self, user_id: String, workspace_id: String) -> Result<Vec<Member>, StoreError> {
        self.read(move |connection| {
            access::role(connection, &workspace_id, &user_id)?;
            let mut statement = connection.prepare_cached(
                "SELECT u.id, m.role, u.email, u.display_name, m.created_at
                 FROM members m JOIN users u ON u.id = m.user_id
                 WHERE m.workspace_id = ?1 ORDER BY m.created_at, u.id",
            )?;
            let rows = statement.query_map([&workspace_id], |row| {
                Ok(Member {
                    user_id: row.get(0)?,
                    role: row.get(1)?,
                    email: row.get(2)?,
                    display_name: row.get(3)?,
                    created_at: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Adds a user who has signed in at least once.
    pub(crate) async fn add_member(
        &self,
        actor_id: String,
        workspace_id: String,
        user_id: String,
        role: Role,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            access::require(connection, &workspace_id, &actor_id, Role::manages)?;
            let exists = connection.prepare_cached("SELECT 1 FROM users WHERE id = ?1")?.exists([&user_id])?;
            if !exists {
                return Err(Refusal::UnknownUser.into());
            }
            let added = connection
                .prepare_cached(
                    "INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (workspace_id, user_id) DO NOTHING",
                )?
                .execute((&workspace_id, &user_id, role.name(), unix_seconds()))?;
            if added == 0 { Err(Refusal::AlreadyAMember.into()) } else { Ok(()) }
        })
        .await
    }

    /// Gives a member another role.
    pub(crate) async fn change_role(
        &self,
        actor_id: String,
        workspace_id: String,
        user_id: String,
        role: Role,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            access::require(connection, &workspace_id, &actor_id, Role::manages)?;
            if role != Role::Owner {
                keep_an_owner(connection, &workspace_id, &user_id)?;
            }
            let changed = connection
                .prepare_cached("UPDATE members SET role = ?3 WHERE workspace_id = ?1 AND user_id = ?2")?
                .execute((&workspace_id, &user_id, role.name()))?;
            if changed == 0 { Err(Refusal::NotAMember.into()) } else { Ok(()) }
        })
        .await
    }

    /// Removes a member, and moves them elsewhere if this was their active workspace.
    pub(crate) async fn remove_member(
        &self,
        actor_id: String,
        workspace_id: String,
        user_id: String,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            let role = access::role(connection, &workspace_id, &actor_id)?;
            // Members may leave (requirement `member.leave`).
            if !role.manages() && actor_id != user_id {
                return Err(Refusal::Forbidden.into());
            }
            keep_an_owner(connection, &workspace_id, &user_id)?;
            let is_active = connection
                .prepare_cached("SELECT 1 FROM users WHERE id = ?1 AND active_workspace_id = ?2")?
                .exists((&user_id, &workspace_id))?;
            if is_active {
                workspace::rehome(connection, &user_id, &workspace_id)?;
            }
            // A device that never comes back would prevent the collection of old log entries for ever.
            connection
                .prepare_cached("DELETE FROM cursors WHERE workspace_id = ?1 AND user_id = ?2")?
                .execute((&workspace_id, &user_id))?;
            let removed = connection
                .prepare_cached("DELETE FROM members WHERE workspace_id = ?1 AND user_id = ?2")?
                .execute((&workspace_id, &user_id))?;
            if removed == 0 { Err(Refusal::NotAMember.into()) } else { Ok(()) }
        })
        .await
    }
}

/// Refuses to take the ownership of the only owner (requirement `member.last-owner`).
fn keep_an_owner(connection: &Connection, workspace_id: &str, user_id: &str) -> Result<(), StoreError> {
    if access::find_role(connection, workspace_id, user_id)? != Some(Role::Owner) {
        return Ok(());
    }
    let another = connection
        .prepare_cached("SELECT 1 FROM members WHERE workspace_id = ?1 AND user_id <> ?2 AND role = 'owner'")?
        .exists((workspace_id, user_id))?;
    if another { Ok(()) } else { Err(Refusal::LastOwner.into()) }
}
