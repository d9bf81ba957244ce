//! How far each device has read.

use rusqlite::OptionalExtension;

use super::error::{Refusal, StoreError};
use super::handle::Store;
use super::{access, row};
use crate::time::unix_seconds;

impl Store {
    /// Moves a device's cursor forward (requirements `cursor.*`).
    pub(crate) async fn move_cursor(
        &self,
        user_id: String,
        workspace_id: String,
        device_id: String,
        version: u64,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            access::role(connection, &workspace_id, &user_id)?;
            if version > row::head(connection, &workspace_id)? {
                return Err(Refusal::CursorBeyondHead.into());
            }
            let stored: Option<i64> = connection
                .prepare_cached(
                    "SELECT version FROM cursors WHERE workspace_id = ?1 AND user_id = ?2 AND device_id = ?3",
                )?
                .query_row((&workspace_id, &user_id, &device_id), |row| row.get(0))
                .optional()?;
            if stored.is_some_and(|stored| row::unsigned(stored) > version) {
                return Err(Refusal::CursorRegress.into());
            }
            connection
                .prepare_cached(
                    "INSERT INTO cursors (workspace_id, user_id, device_id, version, updated_at)
                     VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (workspace_id, user_id, device_id)
                     DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at",
                )?
                .execute((&workspace_id, &user_id, &device_id, row::signed(version), unix_seconds()))?;
            Ok(())
        })
        .await
    }
}
