//! Notifications of several users under one key: what mutants find out about other users' notifications.

use super::app::App;
use super::rules::LogMutation;
use super::state::{ServerState, WorkspaceState};
use super::switch::{Switch, Switches, deviation};
use syncproof_model::{ChangeLog, ErrorCode, Key, NOTIFICATIONS, Op, Outcome, PushResult, Record};

/// Another user's live notification under the key of this op.
pub(super) fn rival<'a>(log: &'a ChangeLog, op: &Op, user: &str) -> Option<(&'a Key, &'a Record)> {
    rivals(log, op, user).find(|(_, record)| !record.is_tombstone())
}

/// Other users' notifications under the key of this op, live or deleted.
fn rivals<'a>(log: &'a ChangeLog, op: &Op, user: &str) -> impl Iterator<Item = (&'a Key, &'a Record)> {
    let under_one_key = |key: &Key| op.table == NOTIFICATIONS && key.table == op.table && key.pk == op.pk;
    log.state().records().filter(move |(key, _)| under_one_key(key) && !key.is_for(user))
}

/// The owner of the notification that this user's op overwrites, for mutants that allow it.
pub(super) fn victim(switches: Switches, workspace: &WorkspaceState, op: &Op, user: &str) -> Option<String> {
    let (key, _) = deviation!(match switches {
        Switch::NotificationTombstoneOverwritten => {
            rivals(&workspace.log, op, user).find(|(_, record)| record.is_tombstone())
        }
        Switch::GoneNotificationOverwritten => {
            let is_gone = |key: &Key| key.owner.as_ref().is_some_and(|owner| workspace.gone.contains(owner));
            rivals(&workspace.log, op, user).find(|(key, _)| is_gone(key))
        }
        _ => rival(&workspace.log, op, user),
    })?;
    key.owner.clone()
}

/// Appends a batch, and from then on treats the ids of refused ops as known.
pub(super) fn keep_refused(
    app: &App,
    state: &mut ServerState,
    (scope, user): (&str, &str),
    ops: &[Op],
    rules: &LogMutation,
) -> Vec<PushResult> {
    let switches = app.switches();
    let mut take = |op: &Op| {
        let key = (scope.to_owned(), op.stamp.op_id.clone());
        if let Some(version) = state.mutant_state.refused.get(&key) {
            return Outcome::Accepted { version: *version, applied: true, replayed: true, winner: None };
        }
        let log = &mut state.workspace(scope).log;
        let unauthorized = || Outcome::Refused { code: ErrorCode::Unauthorized, error: "not yours".to_owned() };
        let hijacks = switches.has(Switch::HijackIdKept) && rival(log, op, user).is_some();
        let outcome = if hijacks {
            unauthorized()
        } else {
            let mut results = log.push_by(rules, std::slice::from_ref(op), app.now_ms());
            results.pop().map_or_else(unauthorized, |result| result.outcome)
        };
        let head = log.head();
        let keeps = match &outcome {
            Outcome::Refused { code: ErrorCode::Unauthorized, .. } => hijacks || switches.has(Switch::ForgedIdKept),
            Outcome::Refused { code: ErrorCode::ValidationError, .. } => switches.has(Switch::InvalidIdKept),
            _ => false,
        };
        if keeps {
            state.mutant_state.refused.insert(key, head.max(1));
        }
        outcome
    };
    ops.iter().map(|op| PushResult { op_id: op.stamp.op_id.clone(), outcome: take(op) }).collect()
}

/// Shows whoever writes a notification the one that another user has under the same key.
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
