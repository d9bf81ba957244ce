//! Access: what begins after a workspace was deleted, a member removed or a role changed is answered accordingly.
//!
//! Sound: ids of workspaces are not used again, so nothing opens a deleted one. A membership is judged only while it is sure:
//! from the answer to a change of it until the next call begins that may change it again, without an answer or not. A refusal
//! is never reported, since a server may refuse more than the protocol asks for (syncing in the active workspace only).

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::later::Later;
use super::subject::{Checker, Subject};
use crate::anomaly::Anomalies;
use crate::call::{Action, Call, CallIndex, Outcome};
use crate::history::History;
use crate::texts::Text;
use crate::workspace::grouped;

pub(super) const CHECKER: Checker =
    Checker { name: "access", requirements: &[CLOSES, REHOMES, ACTIVATES, REMOVED, ROLE], check };

const CLOSES: &str = "workspace.delete-closes-sync";
const REHOMES: &str = "workspace.delete-rehomes-all";
const ACTIVATES: &str = "workspace.activate-deleted";
const REMOVED: &str = "member.removed-at-once";
const ROLE: &str = "member.role-change-at-once";

/// The role that only reads (`member.roles`).
const VIEWER: &str = "viewer";

fn check(subject: &Subject, anomalies: &mut Anomalies) {
    check_deleted(subject.history, anomalies);
    check_members(subject.history, anomalies);
}

fn check_deleted(history: &History, anomalies: &mut Anomalies) {
    let mut deleted: HashMap<Text, CallIndex, FixedState> = HashMap::default();
    for (index, call) in history.indexed().filter(|(_, call)| call.outcome == Outcome::Ok) {
        if let Action::Delete(workspace) = call.action {
            let first = deleted.entry(workspace).or_insert(index);
            if call.ended < history.call(*first).ended {
                *first = index;
            }
        }
    }
    if deleted.is_empty() {
        return;
    }
    for (index, call) in history.indexed().filter(|(_, call)| call.outcome == Outcome::Ok) {
        let is_gone = |workspace: &Text| deleted.get(workspace).filter(|end| history.call(**end).ended < call.began);
        let (requirement, found, does) = match &call.action {
            Action::Session(Some(shown)) => (REHOMES, shown.workspace.as_ref().and_then(is_gone), "stands in it"),
            Action::List(Some(shown)) => (REHOMES, shown.iter().find_map(is_gone), "lists it"),
            Action::Activate(workspace) => (ACTIVATES, is_gone(workspace), "activates it"),
            // A second deletion may succeed.
            Action::Delete(_) => continue,
            action => (CLOSES, action.workspace().as_ref().and_then(is_gone), "is let into it"),
        };
        if let Some(end) = found {
            anomalies.add(requirement, || {
                let message = "a workspace lives on after its deletion was acknowledged".to_owned();
                (message, vec![(*end, "deletes it".to_owned()), (index, format!("began later, and {does}"))])
            });
        }
    }
}

/// A change of a membership that may have been carried out.
struct Change<'h> {
    index: CallIndex,
    call: &'h Call,
    role: Option<Text>,
}

fn check_members(history: &History, anomalies: &mut Anomalies) {
    let changes = history.indexed().filter_map(|(index, call)| match call.action {
        Action::Member { workspace, member, role } if call.outcome != Outcome::Failed => {
            Some(((workspace, member), Change { index, call, role }))
        }
        _ => None,
    });
    let changes = grouped(changes);
    if changes.is_empty() {
        return;
    }
    // A credential's name is that of one user of the server, which its sessions told.
    let users = history.users();
    let asked = history.indexed().filter_map(|(index, call)| {
        let stands = match call.action {
            Action::Session(Some(shown)) => shown.workspace,
            _ => None,
        };
        Some(((call.action.workspace().or(stands)?, *users.get(&call.user)?), (index, call)))
    });
    let asked: HashMap<(Text, Text), Vec<(CallIndex, &Call)>> = grouped(asked).into_iter().collect();
    for (key, changes) in &changes {
        let mut calls = asked.get(key).cloned().unwrap_or_default();
        calls.sort_by_key(|(_, call)| call.began);
        let later = Later::of(history, changes.iter().map(|change| change.index));
        for change in changes.iter().filter(|change| change.call.outcome == Outcome::Ok) {
            let until = later.first_begin(change.call.began, change.index);
            let start = calls.partition_point(|(_, call)| call.began <= change.call.ended);
            for (index, call) in calls[start..].iter().take_while(|(_, call)| call.began < until) {
                if call.ended < until && call.outcome == Outcome::Ok {
                    check_member_call(history, change, (*index, call), anomalies);
                }
            }
        }
    }
}

fn check_member_call(history: &History, change: &Change, (index, call): (CallIndex, &Call), anomalies: &mut Anomalies) {
    let tell = |requirement: &'static str, what: &str, did: &str, anomalies: &mut Anomalies| {
        anomalies.add(requirement, || {
            let message = format!("{what} has access after the change was acknowledged");
            (
                message,
                vec![(change.index, "changes the membership".to_owned()), (index, format!("began later, and {did}"))],
            )
        });
    };
    if let (Action::Session(Some(shown)), Some(role)) = (&call.action, change.role) {
        if shown.role.is_some_and(|shown| shown != role) {
            tell(ROLE, "a member with another role", "was told the role of before", anomalies);
        }
        return;
    }
    match change.role {
        None => tell(REMOVED, "a removed member", "was done", anomalies),
        Some(role) if history.texts.get(role) == VIEWER => {
            if matches!(call.action, Action::Push { .. } | Action::Collect(_)) {
                tell(ROLE, "a viewer", "was done", anomalies);
            }
        }
        Some(_) => {}
    }
}
