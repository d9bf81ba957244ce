//! Sessions: one identity is one user, with one default workspace however many first requests there are.
//!
//! Sound: the user of an identity never changes, and its workspace only by a call that makes, activates or deletes one, or
//! changes a membership. A history that has such a call of that user, or about that user, is not judged by the second rule.

use std::collections::HashSet;

use super::{Checker, Subject};
use crate::anomaly::Anomalies;
use crate::call::{Action, CallIndex, SessionShown};
use crate::history::History;
use crate::texts::Text;
use crate::workspace::grouped;

pub(super) const CHECKER: Checker =
    Checker { name: "sessions", requirements: &[ONE_USER, STABLE, ONE_WORKSPACE], check };

const ONE_USER: &str = "session.concurrent-one-user";
const ONE_WORKSPACE: &str = "session.concurrent-one-workspace";
const STABLE: &str = "session.stable";

fn check(subject: &Subject, anomalies: &mut Anomalies) {
    let history = subject.history;
    let shown = history.indexed().filter_map(|(index, call)| match call.action {
        Action::Session(Some(shown)) => Some((call.user, (index, shown))),
        _ => None,
    });
    let movers = Movers::of(history);
    for (identity, sessions) in grouped(shown) {
        let Some(first) = sessions.first().copied() else { continue };
        let says = |(call, shown): (CallIndex, SessionShown)| {
            let workspace = shown.workspace.map_or("no workspace", |workspace| history.texts.get(workspace));
            (call, format!("shows user {} in {workspace}", history.texts.get(shown.user)))
        };
        if let Some(other) = sessions.iter().find(|(_, shown)| shown.user != first.1.user) {
            let message = "one identity is two users".to_owned();
            anomalies.add(rule(history, first.0, other.0, ONE_USER), || (message, vec![says(first), says(*other)]));
        } else if !movers.may_have_moved(identity, first.1.user)
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

/// Who may stand in another workspace than at first.
struct Movers {
    identities: HashSet<Text>,
    members: HashSet<Text>,
    /// A workspace was deleted, whose members moved.
    all: bool,
}

impl Movers {
    fn of(history: &History) -> Self {
        let mut movers = Movers { identities: HashSet::new(), members: HashSet::new(), all: false };
        for call in &history.calls {
            match call.action {
                Action::Create(_) | Action::Activate(_) => drop(movers.identities.insert(call.user)),
                Action::Member { member, .. } => drop(movers.members.insert(member)),
                Action::Delete(_) => movers.all = true,
                _ => {}
            }
        }
        movers
    }

    fn may_have_moved(&self, identity: Text, user: Text) -> bool {
        self.all || self.identities.contains(&identity) || self.members.contains(&user)
    }
}
