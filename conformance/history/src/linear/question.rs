//! A question: whether an order of the calls about one workspace explains them, as the steps that the search places.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use super::membership::{Deed, Right, Sight, Tenancy, Times};
use super::search::{Step, What};
use crate::call::{Action, CallIndex, Description, Listed, Membership, Naming, Outcome, SessionShown, Told};
use crate::history::History;
use crate::texts::Text;
use crate::workspace::grouped;
use syncproof_model::Role;

/// The calls of a history by what they were told of.
pub(crate) struct Asked<'h> {
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
    /// The calls that were told of one of these workspaces.
    pub(crate) fn of(history: &'h History, workspaces: &HashSet<Text, FixedState>) -> Self {
        let users = history.users();
        let (mut named, mut listed, mut stood, mut lists) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (index, call) in history.indexed().filter(|(_, call)| call.outcome != Outcome::Failed) {
            let is_done = call.outcome == Outcome::Ok;
            match &call.action {
                Action::List(Some(shown)) if is_done => {
                    let shown = shown.iter().filter(|entry| workspaces.contains(&entry.workspace));
                    listed.extend(shown.map(|entry| (entry.workspace, (index, entry))));
                    lists.extend(users.get(&call.user).map(|user| (*user, index)));
                }
                Action::Session(Some(shown)) if is_done => {
                    let workspace = shown.workspace.filter(|workspace| workspaces.contains(workspace));
                    stood.extend(workspace.map(|workspace| (workspace, (index, *shown))));
                }
                action => {
                    let workspace = action.workspace().filter(|workspace| workspaces.contains(workspace));
                    named.extend(workspace.map(|workspace| (workspace, index)));
                }
            }
        }
        let (named, listed) = (grouped(named).into_iter().collect(), grouped(listed).into_iter().collect());
        let (stood, lists) = (grouped(stood).into_iter().collect(), grouped(lists).into_iter().collect());
        Asked { users, named, listed, stood, lists }
    }
}

/// Whether an order of the calls about one workspace explains them.
pub(crate) struct Question<'h> {
    history: &'h History,
    /// What the specification has to know of the workspace.
    pub(crate) tenancy: Tenancy<'h>,
    /// What the calls did and saw.
    pub(crate) steps: Vec<Step<Tenancy<'h>>>,
    /// The call of each step.
    pub(crate) calls: Vec<CallIndex>,
    /// When the first acknowledged deletion had ended.
    until: u64,
}

impl<'h> Question<'h> {
    /// The question; none if a name cannot be read or nobody knows who made the workspace.
    pub(crate) fn of(history: &'h History, asked: &Asked<'h>, workspace: Text, created: CallIndex) -> Option<Self> {
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
            Action::Pull { .. } | Action::Snapshot { .. } | Action::UpdateCursor { .. } if is_done => {
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
}
