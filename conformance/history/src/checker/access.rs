//! Access: what begins after a workspace was deleted, a member removed or a role changed is answered accordingly.
//!
//! Sound: ids of workspaces are not used again, so nothing opens a deleted one. A membership is judged only while it is sure:
//! from the answer to a change of it until the next call begins that may change it again, without an answer or not. Who is
//! added and may be a member already may keep the role of before (`member.add-twice`), so their role is not sure: only after
//! a removal, or in a workspace that somebody else made in this history, is it known that they were none. A refusal is never
//! reported, since a server may refuse more than the protocol asks for (syncing in the active workspace only).

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::later::Later;
use super::subject::{Checker, Subject};
use crate::anomaly::Anomalies;
use crate::call::{Action, Call, CallIndex, Membership, Outcome};
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
            Action::List(Some(shown)) => {
                (REHOMES, shown.iter().find_map(|entry| is_gone(&entry.workspace)), "lists it")
            }
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
    change: Membership,
}

fn check_members(history: &History, anomalies: &mut Anomalies) {
    let changes = history.indexed().filter_map(|(index, call)| match call.action {
        Action::Member { workspace, member, change } if call.outcome != Outcome::Failed => {
            Some(((workspace, member), Change { index, call, change }))
        }
        _ => None,
    });
    let mut changes = grouped(changes);
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
    let makers = makers(history, &users);
    for (key, changes) in &mut changes {
        changes.sort_by_key(|change| change.call.ended);
        let mut calls = asked.get(key).cloned().unwrap_or_default();
        calls.sort_by_key(|(_, call)| call.began);
        let later = Later::of(history, changes.iter().map(|change| change.index));
        let is_made_by_another = makers.get(&key.0).is_some_and(|maker| *maker != key.1);
        for change in changes.iter().filter(|change| change.call.outcome == Outcome::Ok) {
            let role = match change.change {
                Membership::Ended => None,
                Membership::Changed(role) => role,
                Membership::Added(role) => role.filter(|_| was_no_member(change, changes, &later, is_made_by_another)),
            };
            if role.is_none() && change.change != Membership::Ended {
                continue;
            }
            let until = later.first_begin(change.call.began, change.index);
            let start = calls.partition_point(|(_, call)| call.began <= change.call.ended);
            for (index, call) in calls[start..].iter().take_while(|(_, call)| call.began < until) {
                if call.ended < until && call.outcome == Outcome::Ok {
                    check_member_call(history, (change.index, role), (*index, call), anomalies);
                }
            }
        }
    }
}

/// The server's id of who made each workspace that was made in this history.
fn makers(history: &History, users: &HashMap<Text, Text>) -> HashMap<Text, Text, FixedState> {
    let made = history.calls.iter().filter_map(|call| match call.action {
        Action::Create { id: Some(id), .. } => Some((id, *users.get(&call.user)?)),
        _ => None,
    });
    made.collect()
}

/// Whether it is sure that who is added was no member just before. `changes` are all of that membership, by end.
fn was_no_member(added: &Change, changes: &[Change], later: &Later, is_made_by_another: bool) -> bool {
    let before = changes[..changes.partition_point(|change| change.call.ended < added.call.began)].last();
    let (none_since, last) = match before {
        Some(last) if last.change == Membership::Ended && last.call.outcome == Outcome::Ok => {
            (last.call.began, last.index)
        }
        None if is_made_by_another => (0, added.index),
        _ => return false,
    };
    // No other change was under way since.
    later.first_begin(none_since, last) >= added.call.began
}

fn check_member_call(
    history: &History,
    (changing, role): (CallIndex, Option<Text>),
    (index, call): (CallIndex, &Call),
    anomalies: &mut Anomalies,
) {
    let tell = |requirement: &'static str, what: &str, did: &str, anomalies: &mut Anomalies| {
        anomalies.add(requirement, || {
            let message = format!("{what} has access after the change was acknowledged");
            (message, vec![(changing, "changes the membership".to_owned()), (index, format!("began later, and {did}"))])
        });
    };
    if let (Action::Session(Some(shown)), Some(role)) = (&call.action, role) {
        if shown.role.is_some_and(|shown| shown != role) {
            tell(ROLE, "a member with another role", "was told the role of before", anomalies);
        }
        return;
    }
    match role {
        None => tell(REMOVED, "a removed member", "was done", anomalies),
        Some(role) if history.texts.get(role) == VIEWER => {
            if matches!(call.action, Action::Push { .. } | Action::Collect(_)) {
                tell(ROLE, "a viewer", "was done", anomalies);
            }
        }
        Some(_) => {}
    }
}
