//! The scope of memberships: three people and a workspace, which may be deleted and made again once.

use super::script::Script;
use super::world::{Look, World};
use crate::sequence::{Member, Step, User, WorkspaceRef};
use syncproof_protocol::wire::Role;

/// The one who makes the workspaces, and two others, who are interchangeable.
const PEOPLE: [User; 3] = [0, 1, 2];
const FOUNDER: User = 0;

/// Who is what in the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Members {
    roles: [Option<Role>; 3],
    is_deleted: bool,
    /// Whether it is the second one.
    is_second: bool,
}

/// What someone does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Action {
    Add {
        by: User,
        who: User,
        role: Role,
    },
    Change {
        by: User,
        who: User,
        role: Role,
    },
    Remove {
        by: User,
        who: User,
    },
    /// Pushes and pulls there.
    Use {
        by: User,
    },
    Delete {
        by: User,
    },
    Recreate,
}

impl Members {
    fn role(&self, who: User) -> Option<Role> {
        self.roles.get(usize::from(who)).copied().flatten()
    }

    fn with(mut self, who: User, role: Option<Role>) -> Self {
        self.roles.iter_mut().skip(who.into()).take(1).for_each(|place| *place = role);
        self
    }

    fn is_owner(&self, who: User) -> bool {
        self.role(who) == Some(Role::Owner)
    }

    fn is_last_owner(&self, who: User) -> bool {
        self.is_owner(who) && PEOPLE.iter().filter(|person| self.is_owner(**person)).count() == 1
    }

    /// The owners other than that one: the founder stands for all, if among them. Those who are interchangeable have to be
    /// treated alike.
    fn managers_of(&self, who: User) -> Vec<User> {
        let owners: Vec<User> = PEOPLE.into_iter().filter(|by| *by != who && self.is_owner(*by)).collect();
        if owners.contains(&FOUNDER) { vec![FOUNDER] } else { owners }
    }

    fn places(&self) -> Vec<WorkspaceRef> {
        (0..=u32::from(self.is_second)).map(WorkspaceRef::Made).collect()
    }

    fn place(&self) -> WorkspaceRef {
        WorkspaceRef::Made(u32::from(self.is_second))
    }

    /// What an owner can do about that person, and that person about themselves.
    fn about(&self, who: User) -> Vec<Action> {
        let held = self.role(who);
        let mut actions = Vec::new();
        for by in self.managers_of(who) {
            actions.push(Action::Remove { by, who });
            actions.extend(match held {
                None => Role::ALL.map(|role| Action::Add { by, who, role }).to_vec(),
                Some(role) => vec![Action::Add { by, who, role }],
            });
            actions.extend(match held {
                None => vec![Action::Change { by, who, role: Role::Editor }],
                Some(_) => Role::ALL.map(|role| Action::Change { by, who, role }).to_vec(),
            });
        }
        if held.is_some() {
            actions.push(Action::Remove { by: who, who });
        }
        if self.is_last_owner(who) {
            actions.push(Action::Change { by: who, who, role: Role::Viewer });
        }
        actions
    }

    /// What has to be refused to that person, who is no owner.
    fn refused(&self, by: User) -> Vec<Action> {
        let mut actions = Vec::new();
        for who in self.managers_of(by) {
            actions.extend([Action::Remove { by, who }, Action::Change { by, who, role: Role::Viewer }]);
        }
        let strangers: Vec<User> = PEOPLE.into_iter().filter(|person| self.role(*person).is_none()).collect();
        let added = if strangers.contains(&by) { vec![by] } else { strangers };
        actions.extend(added.into_iter().map(|who| Action::Add { by, who, role: Role::Owner }));
        actions
    }
}

impl World for Members {
    type Action = Action;

    fn start() -> Self {
        Members { roles: [Some(Role::Owner), None, None], is_deleted: false, is_second: false }
    }

    fn actions(&self) -> Vec<Action> {
        let mut actions: Vec<Action> = PEOPLE.map(|by| Action::Use { by }).to_vec();
        actions.extend(PEOPLE.map(|by| Action::Delete { by }));
        if !self.is_deleted {
            actions.extend(PEOPLE.into_iter().flat_map(|who| self.about(who)));
            actions.extend(PEOPLE.into_iter().filter(|by| !self.is_owner(*by)).flat_map(|by| self.refused(by)));
            return actions;
        }
        // Nothing can be done in it any more, by those who could until then.
        for who in PEOPLE.into_iter().filter(|who| *who != FOUNDER) {
            actions.extend(self.managers_of(who).into_iter().map(|by| match self.role(who) {
                None => Action::Add { by, who, role: Role::Editor },
                Some(_) => Action::Remove { by, who },
            }));
        }
        if !self.is_second {
            actions.push(Action::Recreate);
        }
        actions
    }

    fn after(&self, action: Action) -> Self {
        match action {
            Action::Recreate => Members { is_second: true, ..Members::start() },
            _ if self.is_deleted => *self,
            Action::Add { by, who, role } if self.is_owner(by) && self.role(who).is_none() => {
                self.with(who, Some(role))
            }
            Action::Change { by, who, role }
                if self.is_owner(by) && self.role(who).is_some() && !self.is_last_owner(who) =>
            {
                self.with(who, Some(role))
            }
            Action::Remove { by, who } if (self.is_owner(by) || by == who) && !self.is_last_owner(who) => {
                self.with(who, None)
            }
            Action::Delete { by } if self.is_owner(by) => Members { is_deleted: true, ..*self },
            _ => *self,
        }
    }

    fn mirrored(&self) -> Self {
        let [founder, one, other] = self.roles;
        Members { roles: [founder, other, one], ..*self }
    }

    fn mirror(action: Action) -> Action {
        let swapped = |user: User| match user {
            1 => 2,
            2 => 1,
            user => user,
        };
        match action {
            Action::Add { by, who, role } => Action::Add { by: swapped(by), who: swapped(who), role },
            Action::Change { by, who, role } => Action::Change { by: swapped(by), who: swapped(who), role },
            Action::Remove { by, who } => Action::Remove { by: swapped(by), who: swapped(who) },
            Action::Use { by } => Action::Use { by: swapped(by) },
            Action::Delete { by } => Action::Delete { by: swapped(by) },
            Action::Recreate => Action::Recreate,
        }
    }

    fn begin(script: &mut Script) {
        script.add(create(0));
    }

    fn act(&self, action: Action, script: &mut Script) {
        let at = self.place();
        match action {
            Action::Add { by, who, role } => {
                script.add(Step::AddMember { by, at, member: Member::User(who), role: role.name().to_owned() });
            }
            Action::Change { by, who, role } => script.add(Step::ChangeRole { by, at, member: who, role }),
            Action::Remove { by, who } => script.add(Step::RemoveMember { by, at, member: who }),
            Action::Use { by } => {
                script.push_fresh(by, at);
                script.read(by, at);
            }
            Action::Delete { by } => script.add(Step::Delete { by, at }),
            Action::Recreate => script.add(create(1)),
        }
    }

    /// Everybody asks in every way, and tries to write.
    fn look(&self, _: Look, script: &mut Script) {
        PEOPLE.into_iter().for_each(|by| script.add(Step::Session { by }));
        PEOPLE.into_iter().for_each(|by| script.add(Step::List { by }));
        for at in self.places() {
            PEOPLE.into_iter().for_each(|by| script.add(Step::Members { by, at }));
            PEOPLE.into_iter().for_each(|by| script.push_fresh(by, at));
            PEOPLE.into_iter().for_each(|by| script.read(by, at));
        }
    }
}

fn create(label: u32) -> Step {
    Step::Create { by: FOUNDER, label, name: format!("workspace {label}"), description: None, id: None }
}
