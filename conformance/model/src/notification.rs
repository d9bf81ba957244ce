//! Private notifications: who may write one, and who owns it.
//!
//! Each user has separate notifications, even if two users use the same key. So no user can overwrite or delete those of
//! another, whatever the clock (`notification.no-hijack`), or block a key for another by deleting it first.

use super::flaw::Flaw;
use super::op::Op;
use super::rules::{LogRules, Protocol};
use serde_json::Value;

/// The table whose records are private.
pub const NOTIFICATIONS: &str = "notifications";

/// The rules of the protocol for ops of this user.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a>(pub &'a str);

impl Author<'_> {
    /// Whether the op is a notification that names another user (`notification.no-forging`).
    pub fn forges(&self, op: &Op) -> bool {
        let named = op.payload.as_ref().and_then(|payload| payload.get("user_id")).and_then(Value::as_str);
        op.table == NOTIFICATIONS && named.is_some_and(|named| named != self.0)
    }
}

impl LogRules for Author<'_> {
    /// The general checks, and if a notification names a user, it is the author (`notification.no-forging`). A delete need
    /// not name one.
    fn check(&self, op: &Op) -> Result<(), Flaw> {
        Protocol.check(op)?;
        if self.forges(op) { Err(Flaw::NamesAnother) } else { Ok(()) }
    }

    /// A notification belongs to its author, and so does the tombstone of a delete (`notification.owner-only`,
    /// `notification.delete-reaches-owner`).
    fn owner(&self, op: &Op) -> Option<String> {
        (op.table == NOTIFICATIONS).then(|| self.0.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{ChangeLog, ErrorCode, Key, Op, Operation, Outcome, Stamp};
    use super::{Author, NOTIFICATIONS};
    use serde_json::json;

    fn put(user: &str, clock: u64) -> Op {
        let payload = json!({
            "id": "n", "user_id": user, "type": "t", "title": user, "deleted": false, "created_at": 1, "updated_at": 1,
            "clock": clock,
        });
        let stamp = Stamp { device_id: "d".into(), op_id: format!("{user}{clock}"), hlc: "h".into(), clock };
        let table = NOTIFICATIONS.into();
        Op { table, operation: Operation::Put, pk: "n".into(), payload: Some(Arc::new(payload)), stamp, attempts: 0 }
    }

    fn delete(op_id: &str, clock: u64) -> Op {
        let mut op = put(op_id, clock);
        op.operation = Operation::Delete;
        op.payload = None;
        op
    }

    #[test]
    fn no_user_writes_for_another() {
        let mut log = ChangeLog::default();
        let results = log.push_by(&Author("ben"), &[put("anna", 1), put("ben", 1)], 0);
        assert!(matches!(results[0].outcome, Outcome::Refused { code: ErrorCode::Unauthorized, .. }));
        assert_eq!(results[1].version(), Some(1));
    }

    #[test]
    fn a_key_that_two_use_is_two_records_and_each_sees_one() {
        let mut log = ChangeLog::default();
        log.push_by(&Author("anna"), &[put("anna", 1)], 0);
        log.push_by(&Author("ben"), &[put("ben", 9), delete("gone", 10)], 0);
        let annas = Key { owner: Some("anna".into()), ..Key::new(NOTIFICATIONS, "n") };
        assert!(log.state().get(&annas).is_some_and(|record| !record.is_tombstone()));
        let seen = |reader| -> Vec<u64> {
            log.pull_as(reader, 0, 10, None).changes.iter().map(|change| change.version).collect()
        };
        assert_eq!((seen("anna"), seen("ben"), seen("carla")), (vec![1], vec![2, 3], vec![]));
    }

    #[test]
    fn the_cursor_passes_hidden_changes_only() {
        let mut log = ChangeLog::default();
        for (user, clock) in [("anna", 1), ("ben", 1), ("ben", 2), ("anna", 2), ("ben", 3)] {
            log.push_by(&Author(user), &[put(user, clock)], 0);
        }
        let page = log.pull_as("anna", 0, 1, None);
        assert_eq!((page.changes.len(), page.next_cursor, page.has_more), (1, 3, true));
        let page = log.pull_as("anna", 3, 1, None);
        assert_eq!((page.changes.len(), page.next_cursor, page.has_more), (1, 5, false));
    }
}
