//! Notifications that meet under one key: what mutants look up of another user's.

use crate::model::{ChangeLog, Key, NOTIFICATIONS, Op, Outcome, PushResult, Record};

/// Whom an op's payload names.
pub(super) fn named(op: &Op) -> Option<String> {
    let user_id = op.payload.as_ref()?.get("user_id")?;
    (op.table == NOTIFICATIONS).then(|| user_id.as_str().map(str::to_owned))?
}

/// Another user's live notification under the key of this op.
pub(super) fn rival<'a>(log: &'a ChangeLog, op: &Op, user: &str) -> Option<(&'a Key, &'a Record)> {
    let under_one_key = |key: &Key| op.table == NOTIFICATIONS && key.table == op.table && key.pk == op.pk;
    log.state().records().find(|(key, record)| under_one_key(key) && !key.is_for(user) && !record.is_tombstone())
}

/// Tells who writes a notification that another user has one under that key, and what it says.
pub(super) fn show_rivals(log: &ChangeLog, user: &str, ops: &[Op], results: &mut [PushResult]) {
    for result in results {
        let op = ops.iter().find(|op| op.stamp.op_id == result.op_id);
        let rival = op.and_then(|op| rival(log, op, user)).map(|(_, record)| record.clone());
        if let (Outcome::Accepted { applied, winner, .. }, Some(record)) = (&mut result.outcome, rival) {
            *applied = false;
            *winner = Some(record);
        }
    }
}
