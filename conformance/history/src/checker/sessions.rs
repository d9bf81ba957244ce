//! Sessions: one identity is one user, with one default workspace however many first requests there are.
//!
//! Sound: the user of an identity never changes, and its workspace only by a call that makes or activates one, deletes that
//! one, or changes a membership. A user with such a call is not judged by the second rule.
//! Where a user stands is sure from the answer to an activation until the next such call begins.

use std::collections::{HashMap, HashSet};

use super::later::Later;
use super::subject::{Checker, Subject};
use crate::anomaly::Anomalies;
use crate::call::{Action, CallIndex, Outcome, SessionShown};
use crate::history::History;
use crate::texts::Text;
use crate::workspace::grouped;

pub(super) const CHECKER: Checker =
    Checker { name: "sessions", requirements: &[ONE_USER, STABLE, ONE_WORKSPACE, ACTIVATES], check };

const ONE_USER: &str = "session.concurrent-one-user";
const ONE_WORKSPACE: &str = "session.concurrent-one-workspace";
const ACTIVATES: &str = "workspace.activate-switches-session";
const STABLE: &str = "session.stable";

fn check(subject: &Subject, anomalies: &mut Anomalies) {
    let history = subject.history;
    let shown = history.indexed().filter_map(|(index, call)| match call.action {
        Action::Session(Some(shown)) => Some((call.user, (index, shown))),
        _ => None,
    });
    let movers = Movers::of(history);
    let activations = activations(history);
    for (identity, mut sessions) in grouped(shown) {
        sessions.sort_by_key(|(index, _)| history.call(*index).began);
        for activation in activations.get(&identity).into_iter().flatten() {
            activation.check(history, &sessions, anomalies);
        }
        let Some(first) = sessions.first().copied() else { continue };
        let says = |(call, shown): (CallIndex, SessionShown)| {
            let workspace = shown.workspace.map_or("no workspace", |workspace| history.texts.get(workspace));
            (call, format!("shows user {} in {workspace}", history.texts.get(shown.user)))
        };
        if let Some(other) = sessions.iter().find(|(_, shown)| shown.user != first.1.user) {
            let message = "one identity is two users".to_owned();
            anomalies.add(rule(history, first.0, other.0, ONE_USER), || (message, vec![says(first), says(*other)]));
        } else if !movers.may_have_moved(identity, &sessions)
            && let Some(other) = sessions.iter().find(|(_, shown)| shown.workspace != first.1.workspace)
        {
            let message = "a user whom nothing moved stands in two workspaces".to_owned();
            anomalies
                .add(rule(history, first.0, other.0, ONE_WORKSPACE), || (message, vec![says(first), says(*other)]));
        }
    }
}

/// Sessions at one time break the rule about concurrent ones, others that a session is stable.
fn rule(history: &History, left: CallIndex, right: CallIndex, concurrent: &'static str) -> &'static str {
    let (left, right) = (history.call(left), history.call(right));
    if left.began < right.ended && right.began < left.ended { concurrent } else { STABLE }
}

/// A time in which it is sure where a user stands.
struct Activation {
    call: CallIndex,
    workspace: Text,
    /// When the next call begins that may move the user, in microseconds.
    until: u64,
}

/// The activations that were acknowledged, by the user who stands there.
fn activations(history: &History) -> HashMap<Text, Vec<Activation>> {
    let ids = history.users();
    // The calls that may move somebody, by user; a deletion moves who stands in what is deleted.
    let mut movers: HashMap<Text, Vec<CallIndex>> = HashMap::new();
    let mut deletions: Vec<(Text, CallIndex)> = Vec::new();
    let mut activations: Vec<(CallIndex, Text)> = Vec::new();
    let names: HashMap<Text, Text> = ids.iter().map(|(user, id)| (*id, *user)).collect();
    for (index, call) in history.indexed().filter(|(_, call)| call.outcome != Outcome::Failed) {
        match call.action {
            Action::Activate(workspace) => {
                movers.entry(call.user).or_default().push(index);
                if call.outcome == Outcome::Ok {
                    activations.push((index, workspace));
                }
            }
            Action::Create { .. } => movers.entry(call.user).or_default().push(index),
            Action::Member { member, .. } => {
                // Somebody whom no session names is not looked at.
                if let Some(user) = names.get(&member) {
                    movers.entry(*user).or_default().push(index);
                }
            }
            Action::Delete(workspace) => deletions.push((workspace, index)),
            _ => {}
        }
    }
    let movers: HashMap<Text, Later> =
        movers.into_iter().map(|(user, calls)| (user, Later::of(history, calls))).collect();
    let deletions: HashMap<Text, Later> =
        grouped(deletions).into_iter().map(|(workspace, calls)| (workspace, Later::of(history, calls))).collect();
    let mut by_user: HashMap<Text, Vec<Activation>> = HashMap::new();
    for (index, workspace) in activations {
        let call = history.call(index);
        let own = movers.get(&call.user).map_or(u64::MAX, |own| own.first_begin(call.began, index));
        let end = deletions.get(&workspace).map_or(u64::MAX, |calls| calls.first_begin(call.began, index));
        let until = own.min(end);
        by_user.entry(call.user).or_default().push(Activation { call: index, workspace, until });
    }
    by_user
}

impl Activation {
    fn check(&self, history: &History, sessions: &[(CallIndex, SessionShown)], anomalies: &mut Anomalies) {
        let activated = history.call(self.call).ended;
        let start = sessions.partition_point(|(index, _)| history.call(*index).began <= activated);
        for (index, shown) in sessions[start..].iter().take_while(|(index, _)| history.call(*index).began < self.until)
        {
            if history.call(*index).ended < self.until && shown.workspace != Some(self.workspace) {
                anomalies.add(ACTIVATES, || {
                    let shown = shown.workspace.map_or("no workspace", |workspace| history.texts.get(workspace));
                    let calls = vec![
                        (self.call, format!("activates {}", history.texts.get(self.workspace))),
                        (*index, format!("began later, and shows {shown}")),
                    ];
                    ("a session shows another workspace than was activated before".to_owned(), calls)
                });
            }
        }
    }
}

/// Who may stand in another workspace than at first.
struct Movers {
    identities: HashSet<Text>,
    members: HashSet<Text>,
    /// The workspaces that may have been deleted, whose members moved if they stood there.
    deleted: HashSet<Text>,
}

impl Movers {
    fn of(history: &History) -> Self {
        let mut movers = Movers { identities: HashSet::new(), members: HashSet::new(), deleted: HashSet::new() };
        for call in &history.calls {
            match call.action {
                Action::Create { .. } | Action::Activate(_) => drop(movers.identities.insert(call.user)),
                Action::Member { member, .. } => drop(movers.members.insert(member)),
                Action::Delete(workspace) => drop(movers.deleted.insert(workspace)),
                _ => {}
            }
        }
        movers
    }

    /// Whether something may have moved the user between these sessions.
    fn may_have_moved(&self, identity: Text, sessions: &[(CallIndex, SessionShown)]) -> bool {
        let stood_in_deleted =
            |shown: &SessionShown| shown.workspace.is_none_or(|workspace| self.deleted.contains(&workspace));
        self.identities.contains(&identity)
            || sessions.iter().any(|(_, shown)| self.members.contains(&shown.user) || stood_in_deleted(shown))
    }
}
