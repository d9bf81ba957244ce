//! Linearizability: of each workspace, whether there is an order of the calls about it that explains its names, its
//! descriptions, its end, and who was a member in which role.
//!
//! Sound: the protocol tells no version of these, but a server that keeps it answers every call by what holds at some moment
//! between the call's beginning and its end. Every order of the calls that keeps to their times is looked at; a call without
//! an answer, or with a 5xx, may take effect at any later time or never. What one answer shows (a name, a description, each
//! membership) may come from different moments of its call, and so may what a call looks at and what it does. What the
//! requirements leave open is possible (`linear/membership.rs`). Refusals are not judged, since a server may refuse more than
//! the protocol asks for, nor are names in sessions, which may lag (`session.fresh-name`). Only workspaces that were made in
//! this history are looked at, and the history has to hold every call about them.
//!
//! It cannot see which of two changes at one time a server should have put first, what nobody asked for, anything about
//! workspaces of before, and what is done by users whom no session names. After an acknowledged deletion `access` sees more.
//! Where too much is possible the question is left open, which the verdict says.
//! Sources: Wing and Gong, Testing and verifying concurrent objects, 1993; Lowe, Testing for linearizability, 2017.

use super::subject::{Checker, Subject};
use crate::anomaly::Anomalies;
use crate::call::{Action, CallIndex, Outcome};
use crate::linear::{Asked, Deed, Found, Question, REQUIREMENTS, Refusal, Sight, Step, Tenancy, Times, What, search};
use crate::workspace::grouped;
use syncproof_model::Role;

pub(super) const CHECKER: Checker = Checker { name: "linearizable", requirements: REQUIREMENTS, check };

/// How many earlier calls are shown beside one that does not fit.
const MAX_BEFORE: usize = 3;

fn check(subject: &Subject, anomalies: &mut Anomalies) {
    let history = subject.history;
    let created = history.indexed().filter_map(|(index, call)| match call.action {
        Action::Create { id: Some(id), .. } if call.outcome == Outcome::Ok => Some((id, index)),
        _ => None,
    });
    let created = grouped(created);
    if created.is_empty() {
        return;
    }
    let asked = Asked::of(history, &created.iter().map(|(workspace, _)| *workspace).collect());
    for (workspace, created) in created {
        // Two workspaces with one id cannot be told apart.
        let question = match created[..] {
            [created] => Question::of(history, &asked, workspace, created),
            _ => None,
        };
        let Some(question) = question else {
            anomalies.leave_open();
            continue;
        };
        match search(&question.tenancy, &question.steps) {
            Found::Order => {}
            Found::NotDecided => anomalies.leave_open(),
            Found::Contradiction { step, refusal } => tell(&question, step, &refusal, anomalies),
        }
    }
}

/// Reports a step that does not fit, with what was done and seen of the same thing before.
fn tell(question: &Question, step: usize, refusal: &Refusal, anomalies: &mut Anomalies) {
    let index = question.calls[step];
    if anomalies.tell_of(refusal.requirement, index) {
        return;
    }
    anomalies.add(refusal.requirement, || {
        let message =
            format!("no order of the calls about a workspace explains this one: at its time {}", refusal.right);
        let what = &question.steps[step].what;
        let mut calls: Vec<(CallIndex, String)> = Vec::new();
        for before in before(&question.steps, step) {
            let told = question.calls[before];
            if told != index && calls.iter().all(|(call, _)| *call != told) {
                calls.push((told, says(&question.steps[before].what)));
            }
        }
        calls.push((index, says(what)));
        (message, calls)
    });
}

/// The last changes of what a step is about, without those that another one certainly came after; and what was seen of it
/// since.
fn before(steps: &[Step<Tenancy>], step: usize) -> Vec<usize> {
    let (about, end) = (Topic::of(&steps[step].what), &steps[step]);
    let is_about = |index: &usize| {
        let what = &steps[*index].what;
        *index != step && about.is_of(what) && !matches!(what, What::Sight(Sight::Allowed { .. }))
    };
    let is_deed = |index: &usize| matches!(steps[*index].what, What::Deed(..));
    let (began, ended) = (|index: &usize| steps[*index].began, |index: &usize| steps[*index].ended);
    let mut earlier: Vec<usize> = (0..steps.len())
        .filter(|index| {
            is_about(index) && if is_deed(index) { began(index) <= end.ended } else { ended(index) < end.began }
        })
        .collect();
    earlier.sort_by_key(|index| std::cmp::Reverse(began(index)));
    let last = earlier.iter().filter(|index| is_deed(index) && ended(index) < end.began).map(began).max();
    let is_last = |index: &usize| last.is_none_or(|last| ended(index) >= last);
    let deeds = earlier.iter().copied().filter(|index| is_deed(index) && is_last(index)).take(MAX_BEFORE);
    let since = |index: &usize| last.is_none_or(|last| began(index) >= last);
    let differs = |index: &usize| match (&steps[*index].what, &end.what) {
        (What::Sight(seen), What::Sight(wrong)) => seen != wrong,
        _ => true,
    };
    let seen = earlier.iter().copied().find(|index| !is_deed(index) && since(index) && differs(index));
    deeds.chain(seen).collect()
}

/// What a step is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Topic<'h> {
    Name,
    Description,
    /// Whether a user is a member, and in which role.
    User(&'h str),
    /// Everybody's roles.
    Members,
}

impl<'h> Topic<'h> {
    fn of(what: &What<Tenancy<'h>>) -> Self {
        match what {
            What::Deed(..) => Topic::Members,
            What::Sight(Sight::Name(_)) => Topic::Name,
            What::Sight(Sight::Description(_)) => Topic::Description,
            What::Sight(
                Sight::Allowed { user, .. }
                | Sight::Listed { user, .. }
                | Sight::Unlisted { user }
                | Sight::Stands { user, .. }
                | Sight::Member { user, .. },
            ) => Topic::User(user),
        }
    }

    /// Whether a step changes this, or shows it.
    fn is_of(self, what: &What<Tenancy<'h>>) -> bool {
        match what {
            What::Deed(Deed::Create { .. }, _) => true,
            What::Deed(Deed::Rename { descriptions, .. }, _) => {
                self == Topic::Name || (self == Topic::Description && *descriptions != [None])
            }
            What::Deed(Deed::Delete, _) => matches!(self, Topic::User(_)),
            What::Deed(Deed::Add { user, .. } | Deed::Change { user, .. } | Deed::Remove { user }, _) => {
                self == Topic::Members || self == Topic::User(user)
            }
            sight @ What::Sight(_) => self == Topic::of(sight),
        }
    }
}

/// What a step says, in a few words.
fn says(what: &What<Tenancy>) -> String {
    let in_role = |role: &Option<Role>| role.map_or("in a role", Role::word).to_owned();
    match what {
        What::Deed(Deed::Create { name, description }, _) => {
            format!("makes it, with the name {name:?} and the description {:?}", description.unwrap_or_default())
        }
        What::Deed(Deed::Rename { name, descriptions }, _) => match descriptions[..] {
            [Some(description)] => {
                format!("gives it the name {name:?} and the description {:?}", description.unwrap_or_default())
            }
            _ => format!("gives it the name {name:?}"),
        },
        What::Deed(Deed::Delete, _) => "deletes it".to_owned(),
        What::Deed(Deed::Add { user, role }, _) => format!("adds {user} as {}", in_role(role)),
        What::Deed(Deed::Change { user, role }, _) => format!("makes {user} {}", in_role(role)),
        What::Deed(Deed::Remove { user }, _) => format!("removes {user}"),
        What::Sight(Sight::Allowed { user, to }) => format!("lets {user} {}", to.words()),
        What::Sight(Sight::Listed { role, .. }) => format!("lists it, {}", in_role(role)),
        What::Sight(Sight::Unlisted { .. }) => "does not list it".to_owned(),
        What::Sight(Sight::Stands { role, .. }) => format!("stands in it, {}", in_role(role)),
        What::Sight(Sight::Member { user, times, role }) => match times {
            Times::Never => format!("does not show {user}"),
            Times::Once => format!("shows {user} as {}", in_role(role)),
            Times::Twice => format!("shows {user} twice"),
        },
        What::Sight(Sight::Name(name)) => format!("shows the name {name:?}"),
        What::Sight(Sight::Description(text)) => format!("shows the description {:?}", text.unwrap_or_default()),
    }
}
