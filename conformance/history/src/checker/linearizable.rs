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

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use super::subject::{Checker, Subject};
use crate::anomaly::Anomalies;
use crate::call::{Action, CallIndex, Description, Listed, Membership, Naming, Outcome, SessionShown, Told};
use crate::history::History;
use crate::linear::{Deed, Found, REQUIREMENTS, Refusal, Right, Sight, Step, Tenancy, Times, What, search};
use crate::texts::Text;
use crate::workspace::grouped;
use syncproof_model::Role;

pub(super) const CHECKER: Checker = Checker { name: "linearizable", requirements: REQUIREMENTS, check };

/// How many earlier calls are shown beside one that does not fit.
const MAX_BEFORE: usize = 3;

fn check(subject: &Subject, anomalies: &mut Anomalies) {
    let history = subject.history;
    let asked = Asked::of(history);
    let created = history.indexed().filter_map(|(index, call)| match call.action {
        Action::Create { id: Some(id), .. } if call.outcome == Outcome::Ok => Some((id, index)),
        _ => None,
    });
    for (workspace, created) in grouped(created) {
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
            Found::Contradiction { step, refusal } => question.tell(step, &refusal, anomalies),
        }
    }
}

/// The calls of a history by what they were told of.
struct Asked<'h> {
    /// The server's id of each user whom a session named.
    users: HashMap<Text, Text>,
    /// The calls that named a workspace.
    named: HashMap<Text, Vec<CallIndex>>,
    /// The lists that showed it.
    listed: HashMap<Text, Vec<(CallIndex, &'h Listed)>>,
    /// The sessions that stood in it.
    stood: HashMap<Text, Vec<(CallIndex, SessionShown)>>,
    /// The lists of each user.
    lists: HashMap<Text, Vec<CallIndex>>,
}

impl<'h> Asked<'h> {
    fn of(history: &'h History) -> Self {
        let users = history.users();
        let (mut named, mut listed, mut stood, mut lists) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (index, call) in history.indexed().filter(|(_, call)| call.outcome != Outcome::Failed) {
            let is_done = call.outcome == Outcome::Ok;
            match &call.action {
                Action::List(Some(shown)) if is_done => {
                    listed.extend(shown.iter().map(|entry| (entry.workspace, (index, entry))));
                    lists.extend(users.get(&call.user).map(|user| (*user, index)));
                }
                Action::Session(Some(shown)) if is_done => {
                    stood.extend(shown.workspace.map(|workspace| (workspace, (index, *shown))));
                }
                action => named.extend(action.workspace().map(|workspace| (workspace, index))),
            }
        }
        let (named, listed) = (grouped(named).into_iter().collect(), grouped(listed).into_iter().collect());
        let (stood, lists) = (grouped(stood).into_iter().collect(), grouped(lists).into_iter().collect());
        Asked { users, named, listed, stood, lists }
    }
}

/// Whether an order of the calls about one workspace explains them.
struct Question<'h> {
    history: &'h History,
    tenancy: Tenancy<'h>,
    steps: Vec<Step<Tenancy<'h>>>,
    /// The call of each step.
    calls: Vec<CallIndex>,
    /// When the first acknowledged deletion had ended.
    until: u64,
}

impl<'h> Question<'h> {
    /// The question; none if a name cannot be read or nobody knows who made the workspace.
    fn of(history: &'h History, asked: &Asked<'h>, workspace: Text, created: CallIndex) -> Option<Self> {
        let text = |text: Text| history.texts.get(text);
        let maker = *asked.users.get(&history.call(created).user)?;
        let named = asked.named.get(&workspace).map_or(&[][..], Vec::as_slice);
        let ends = named
            .iter()
            .map(|index| history.call(*index))
            .filter(|call| call.outcome == Outcome::Ok && matches!(call.action, Action::Delete(_)));
        let until = ends.map(|call| call.ended).min().unwrap_or(u64::MAX);
        let tenancy = Tenancy {
            workspace: text(workspace),
            maker: text(maker),
            changed: HashSet::new(),
            removed: HashSet::new(),
            texts: HashSet::new(),
        };
        let mut question = Question { history, tenancy, steps: Vec::new(), calls: Vec::new(), until };
        let mut people: HashSet<Text, FixedState> = HashSet::from_iter([maker]);
        for index in named {
            match &history.call(*index).action {
                Action::Member { member, change, .. } => {
                    let of_them = match change {
                        Membership::Ended => &mut question.tenancy.removed,
                        _ => &mut question.tenancy.changed,
                    };
                    of_them.insert(text(*member));
                    people.insert(*member);
                }
                Action::Members { shown: Some(shown), .. } => people.extend(shown.iter().map(|entry| entry.member)),
                _ => {}
            }
        }
        let mut people: Vec<Text> = people.into_iter().collect();
        people.sort_unstable();
        question.create(created)?;
        for index in named {
            question.call(*index, asked.users.get(&history.call(*index).user).copied(), &people)?;
        }
        question.read(asked, workspace, &people);
        Some(question)
    }

    fn create(&mut self, index: CallIndex) -> Option<()> {
        let Action::Create { naming, .. } = &self.history.call(index).action else { return None };
        let Naming { name, description } = (*naming)?;
        let description = match description {
            Description::Is(text) => Some(self.sent(text)),
            _ => None,
        };
        let name = self.sent(name);
        self.add(index, What::Deed(Deed::Create { name, description }, None));
        Some(())
    }

    /// What a call did that named the workspace; none if that cannot be read.
    fn call(&mut self, index: CallIndex, user: Option<Text>, people: &[Text]) -> Option<()> {
        let history = self.history;
        let text = |text: Text| history.texts.get(text);
        let call = history.call(index);
        let is_done = call.outcome == Outcome::Ok;
        match &call.action {
            Action::Push { ops, .. }
                if is_done && history.sent(ops).iter().any(|sent| matches!(sent.told, Told::Version(_))) =>
            {
                self.allowed(index, user, Right::Push);
            }
            Action::Pull { .. } | Action::Snapshot { .. } | Action::UpdateCursor(_) if is_done => {
                self.allowed(index, user, Right::Read);
            }
            Action::Collect(_) if is_done => {
                self.allowed(index, user, Right::Collect);
            }
            Action::Activate(_) if is_done => {
                self.allowed(index, user, Right::Activate);
            }
            Action::Members { shown: Some(shown), .. } if is_done => {
                self.allowed(index, user, Right::SeeMembers);
                for person in people {
                    let mut of_them = shown.iter().filter(|entry| entry.member == *person);
                    let (first, second) = (of_them.next(), of_them.next());
                    let times = match (first, second) {
                        (None, _) => Times::Never,
                        (_, None) => Times::Once,
                        _ => Times::Twice,
                    };
                    let role = first.and_then(|entry| self.role(entry.role));
                    self.add(index, What::Sight(Sight::Member { user: text(*person), times, role }));
                }
            }
            Action::Rename { naming, .. } => {
                let Naming { name, description } = (*naming)?;
                let descriptions = match description {
                    Description::Left => vec![None],
                    Description::Empty => vec![Some(None)],
                    Description::Open => vec![None, Some(None)],
                    Description::Is(text) => vec![Some(Some(self.sent(text)))],
                };
                let name = self.sent(name);
                self.change(index, user, Right::Rename, Deed::Rename { name, descriptions });
            }
            Action::Delete(_) => self.change(index, user, Right::Delete, Deed::Delete),
            Action::Member { member, change, .. } => {
                let person = text(*member);
                let deed = match change {
                    Membership::Added(role) => Deed::Add { user: person, role: self.role(*role) },
                    Membership::Changed(role) => Deed::Change { user: person, role: self.role(*role) },
                    Membership::Ended => Deed::Remove { user: person },
                };
                // Members may leave, whatever their role, and who has left may be told so again.
                let leaves = *change == Membership::Ended && user == Some(*member);
                self.change(index, user.filter(|_| !leaves), Right::Manage, deed);
            }
            _ => {}
        }
        Some(())
    }

    /// What lists and sessions showed.
    fn read(&mut self, asked: &Asked<'h>, workspace: Text, people: &[Text]) {
        let history = self.history;
        let text = |text: Text| history.texts.get(text);
        let mut showing: HashSet<CallIndex, FixedState> = HashSet::default();
        for (index, entry) in asked.listed.get(&workspace).into_iter().flatten() {
            showing.insert(*index);
            if let Some(user) = asked.users.get(&history.call(*index).user) {
                self.add(*index, What::Sight(Sight::Listed { user: text(*user), role: self.role(entry.role) }));
            }
            if let Some(name) = entry.name {
                self.add(*index, What::Sight(Sight::Name(text(name))));
            }
            if let Some(description) = entry.description {
                self.add(*index, What::Sight(Sight::Description(description.map(text))));
            }
        }
        for person in people {
            for index in asked.lists.get(person).into_iter().flatten().filter(|index| !showing.contains(*index)) {
                self.add(*index, What::Sight(Sight::Unlisted { user: text(*person) }));
            }
        }
        for (index, shown) in asked.stood.get(&workspace).into_iter().flatten() {
            let role = self.role(shown.role);
            self.add(*index, What::Sight(Sight::Stands { user: text(shown.user), role }));
        }
    }

    /// A text that was sent.
    fn sent(&mut self, text: Text) -> &'h str {
        let text = self.history.texts.get(text);
        self.tenancy.texts.insert(text);
        text
    }

    fn role(&self, role: Option<Text>) -> Option<Role> {
        role.and_then(|role| Role::from_word(self.history.texts.get(role)))
    }

    /// That a user was let do something; nothing where nobody knows who they are.
    fn allowed(&mut self, index: CallIndex, user: Option<Text>, to: Right) -> Option<usize> {
        let user = self.history.texts.get(user?);
        self.add(index, What::Sight(Sight::Allowed { user, to }))
    }

    /// A change by a user who was let do it at some moment of the call.
    fn change(&mut self, index: CallIndex, user: Option<Text>, right: Right, deed: Deed<'h>) {
        let needs = self.allowed(index, user, right);
        self.add(index, What::Deed(deed, needs));
    }

    /// Adds what a call did or saw, and returns its place; nothing once `access` looks.
    fn add(&mut self, index: CallIndex, what: What<Tenancy<'h>>) -> Option<usize> {
        let call = self.history.call(index);
        if call.began > self.until {
            return None;
        }
        let ended = if call.outcome == Outcome::Ok { call.ended } else { u64::MAX };
        self.steps.push(Step { began: call.began, ended, what });
        self.calls.push(index);
        Some(self.steps.len() - 1)
    }

    /// Reports a step that does not fit, with what was done and seen of the same thing before.
    fn tell(&self, step: usize, refusal: &Refusal, anomalies: &mut Anomalies) {
        let index = self.calls[step];
        if anomalies.tell_of(refusal.requirement, index) {
            return;
        }
        anomalies.add(refusal.requirement, || {
            let message =
                format!("no order of the calls about a workspace explains this one: at its time {}", refusal.right);
            let what = &self.steps[step].what;
            let mut calls: Vec<(CallIndex, String)> = Vec::new();
            for before in self.before(step) {
                let told = self.calls[before];
                if told != index && calls.iter().all(|(call, _)| *call != told) {
                    calls.push((told, says(&self.steps[before].what)));
                }
            }
            calls.push((index, says(what)));
            (message, calls)
        });
    }

    /// The last changes of what a step is about, without those that another one certainly came after; and what was seen of it
    /// since.
    fn before(&self, step: usize) -> Vec<usize> {
        let (about, end) = (Topic::of(&self.steps[step].what), &self.steps[step]);
        let is_about = |index: &usize| {
            let what = &self.steps[*index].what;
            *index != step && about.is_of(what) && !matches!(what, What::Sight(Sight::Allowed { .. }))
        };
        let is_deed = |index: &usize| matches!(self.steps[*index].what, What::Deed(..));
        let (began, ended) = (|index: &usize| self.steps[*index].began, |index: &usize| self.steps[*index].ended);
        let mut earlier: Vec<usize> = (0..self.steps.len())
            .filter(|index| {
                is_about(index) && if is_deed(index) { began(index) <= end.ended } else { ended(index) < end.began }
            })
            .collect();
        earlier.sort_by_key(|index| std::cmp::Reverse(began(index)));
        let last = earlier.iter().filter(|index| is_deed(index) && ended(index) < end.began).map(began).max();
        let is_last = |index: &usize| last.is_none_or(|last| ended(index) >= last);
        let deeds = earlier.iter().copied().filter(|index| is_deed(index) && is_last(index)).take(MAX_BEFORE);
        let since = |index: &usize| last.is_none_or(|last| began(index) >= last);
        let seen = earlier.iter().copied().find(|index| !is_deed(index) && since(index));
        deeds.chain(seen).collect()
    }
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
