//! Users and their identities: the first sign-in, and the session.

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::error::StoreError;
use super::handle::Store;
use super::workspace;
use crate::time::unix_seconds;
use crate::wire::{SessionUser, SessionWorkspace};

/// What an authentication provider says about a user. The pair (`provider`, `provider_user_id`) is compared exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) provider: String,
    pub(crate) provider_user_id: String,
    pub(crate) email: Option<String>,
    pub(crate) display_name: Option<String>,
}

impl Store {
    /// The account of an identity, created together with a default workspace if there is none
    /// (requirements `session.provisions-user`, `session.concurrent-*`).
    pub(crate) async fn account(&self, identity: &Identity) -> Result<SessionUser, StoreError> {
        let wanted = identity.clone();
        let found = self.read(move |connection| find(connection, &wanted)).await?;
        match found {
            Some(account) if is_current(&account, identity) => Ok(account),
            _ => {
                let identity = identity.clone();
                self.write(move |connection| find_or_create(connection, &identity)).await
            }
        }
    }

    /// The user's active workspace, which always exists, and their role in it.
    pub(crate) async fn session(&self, user_id: String) -> Result<(SessionWorkspace, String), StoreError> {
        self.read(move |connection| {
            let session = connection
                .prepare_cached(
                    "SELECT w.id, w.name, m.role FROM users u
                     JOIN workspaces w ON w.id = u.active_workspace_id
                     JOIN members m ON m.workspace_id = w.id AND m.user_id = u.id
                     WHERE u.id = ?1",
                )?
                .query_row([&user_id], |row| {
                    Ok((SessionWorkspace { id: row.get(0)?, name: row.get(1)? }, row.get(2)?))
                })?;
            Ok(session)
        })
        .await
    }
}

/// Whether the record agrees with what the provider says now. What the provider leaves out stays on record.
fn is_current(account: &SessionUser, identity: &Identity) -> bool {
    let same = |claim: &Option<String>, stored: &Option<String>| claim.is_none() || claim == stored;
    same(&identity.email, &account.email) && same(&identity.display_name, &account.display_name)
}

fn find(connection: &Connection, identity: &Identity) -> Result<Option<SessionUser>, StoreError> {
    let account = connection
        .prepare_cached(
            "SELECT u.id, u.email, u.display_name FROM identities i JOIN users u ON u.id = i.user_id
             WHERE i.provider = ?1 AND i.provider_user_id = ?2",
        )?
        .query_row((&identity.provider, &identity.provider_user_id), |row| {
            Ok(SessionUser { id: row.get(0)?, email: row.get(1)?, display_name: row.get(2)? })
        })
        .optional()?;
    Ok(account)
}

/// Looks again inside the write transaction, where no other request and no other process can interfere.
fn find_or_create(connection: &Connection, identity: &Identity) -> Result<SessionUser, StoreError> {
    if find(connection, identity)?.is_none() {
        create(connection, identity)?;
    }
    connection
        .prepare_cached(
            "UPDATE users SET email = coalesce(?3, email), display_name = coalesce(?4, display_name)
             WHERE id = (SELECT user_id FROM identities WHERE provider = ?1 AND provider_user_id = ?2)",
        )?
        .execute((&identity.provider, &identity.provider_user_id, &identity.email, &identity.display_name))?;
    find(connection, identity)?.ok_or(StoreError::Inconsistent("an identity without a user"))
}

fn create(connection: &Connection, identity: &Identity) -> Result<(), StoreError> {
    let user_id = Uuid::new_v4().to_string();
    let workspace_id = Uuid::new_v4().to_string();
    connection
        .prepare_cached("INSERT INTO users (id, active_workspace_id, created_at) VALUES (?1, ?2, ?3)")?
        .execute((&user_id, &workspace_id, unix_seconds()))?;
    workspace::insert_default(connection, &workspace_id, &user_id)?;
    // The primary key makes sure that the pair is unique.
    connection
        .prepare_cached("INSERT INTO identities (provider, provider_user_id, user_id) VALUES (?1, ?2, ?3)")?
        .execute((&identity.provider, &identity.provider_user_id, &user_id))?;
    Ok(())
}
