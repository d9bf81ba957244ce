//! The scope of sessions: two people, their homes, and a workspace that they may share.

use super::script::Script;
use super::world::{Look, World};
use crate::sequence::{Member, Step, User, WorkspaceRef};
use syncproof_harness::credential::Forgery;
use syncproof_protocol::wire::Role;

/// The one who makes the shared workspace, and the one who may become a member.
const PEOPLE: [User; 2] = [MAKER, GUEST];
const MAKER: User = 0;
const GUEST: User = 1;
const SHARED: WorkspaceRef = WorkspaceRef::Made(0);

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Place {
    Home,
    Shared,
    /// Where the target has put it.
    Rehomed,
}

/// What is known about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Person {
    has_logged_in: bool,
    has_home: bool,
    active: Place,
}

/// The workspace that they may share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Shared {
    None,
    Live { with_guest: bool },
    Deleted { with_guest: bool },
}

/// Who has logged in, and stands where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Sessions {
    people: [Person; 2],
    shared: Shared,
}

/// What someone does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Action {
    Session {
        by: User,
    },
    List {
        by: User,
    },
    Create,
    AddGuest,
    RemoveGuest,
    Leave,
    ActivateHome {
        by: User,
    },
    ActivateShared {
        by: User,
    },
    /// Somebody else's home.
    ActivateOthers {
        by: User,
    },
    DeleteHome {
        by: User,
    },
    DeleteShared {
        by: User,
    },
    RenameHome {
        by: User,
    },
    RenameShared {
        by: User,
    },
}

impl Sessions {
    fn person(&self, who: User) -> Person {
        self.people[usize::from(who) % PEOPLE.len()]
    }

    fn with(mut self, who: User, change: impl FnOnce(&mut Person)) -> Self {
        change(&mut self.people[usize::from(who) % PEOPLE.len()]);
        self
    }

    /// Whoever stands there is put elsewhere.
    fn lost(self, who: User, place: Place) -> Self {
        self.with(who, |person| {
            if person.active == place {
                person.active = Place::Rehomed;
            }
        })
    }

    fn is_in_shared(&self, who: User) -> bool {
        matches!(self.shared, Shared::Live { with_guest } if who == MAKER || with_guest)
    }

    /// Whoever does something for the first time logs in by that.
    fn logged_in(self, action: Action) -> Self {
        let (by, other) = match action {
            Action::Session { by } | Action::List { by } => (by, by),
            Action::Create => (MAKER, MAKER),
            Action::AddGuest | Action::RemoveGuest => (MAKER, GUEST),
            Action::Leave => (GUEST, GUEST),
            Action::ActivateOthers { by } => (by, 1 - by),
            Action::ActivateHome { by } | Action::DeleteHome { by } | Action::RenameHome { by } => (by, by),
            Action::ActivateShared { by } | Action::DeleteShared { by } | Action::RenameShared { by } => (by, by),
        };
        let log_in = |person: &mut Person| person.has_logged_in = true;
        self.with(by, log_in).with(other, log_in)
    }
}

impl World for Sessions {
    type Action = Action;

    fn start() -> Self {
        let person = Person { has_logged_in: false, has_home: true, active: Place::Home };
        Sessions { people: [person; 2], shared: Shared::None }
    }

    fn actions(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        for by in PEOPLE {
            actions.extend([Action::Session { by }, Action::List { by }, Action::ActivateHome { by }]);
            actions.extend([Action::DeleteHome { by }, Action::RenameHome { by }]);
            if self.shared != Shared::None {
                actions.extend([Action::ActivateShared { by }, Action::DeleteShared { by }]);
                actions.push(Action::RenameShared { by });
            }
        }
        actions.push(Action::ActivateOthers { by: GUEST });
        match self.shared {
            Shared::None => actions.push(Action::Create),
            Shared::Live { with_guest: false } => actions.extend([Action::AddGuest, Action::RemoveGuest]),
            Shared::Live { with_guest: true } => actions.extend([Action::RemoveGuest, Action::Leave]),
            Shared::Deleted { .. } => {}
        }
        actions
    }

    fn after(&self, action: Action) -> Self {
        let next = self.logged_in(action);
        match (action, self.shared) {
            (Action::Create, _) => Sessions { shared: Shared::Live { with_guest: false }, ..next },
            (Action::AddGuest, Shared::Live { .. }) => Sessions { shared: Shared::Live { with_guest: true }, ..next },
            (Action::RemoveGuest | Action::Leave, Shared::Live { with_guest: true }) => {
                Sessions { shared: Shared::Live { with_guest: false }, ..next }.lost(GUEST, Place::Shared)
            }
            (Action::ActivateHome { by }, _) if self.person(by).has_home => {
                next.with(by, |person| person.active = Place::Home)
            }
            (Action::ActivateShared { by }, _) if self.is_in_shared(by) => {
                next.with(by, |person| person.active = Place::Shared)
            }
            (Action::DeleteHome { by }, _) if self.person(by).has_home => {
                next.with(by, |person| person.has_home = false).lost(by, Place::Home)
            }
            (Action::DeleteShared { by: MAKER }, Shared::Live { with_guest }) => {
                let deleted = Sessions { shared: Shared::Deleted { with_guest }, ..next };
                PEOPLE.into_iter().fold(deleted, |state, who| state.lost(who, Place::Shared))
            }
            _ => next,
        }
    }

    fn begin(_: &mut Script) {}

    fn act(&self, action: Action, script: &mut Script) {
        let home = WorkspaceRef::Home;
        let rename = |by, at, script: &mut Script| {
            let name = format!("name {}", script.serial());
            script.add(Step::Rename { by, at, name, description: None });
        };
        match action {
            Action::Session { by } => script.add(Step::Session { by }),
            Action::List { by } => script.add(Step::List { by }),
            Action::Create => {
                let name = "shared".to_owned();
                script.add(Step::Create { by: MAKER, label: 0, name, description: None, id: None });
            }
            Action::AddGuest => {
                let (member, role) = (Member::User(GUEST), Role::Editor.name().to_owned());
                script.add(Step::AddMember { by: MAKER, at: SHARED, member, role });
            }
            Action::RemoveGuest => script.add(Step::RemoveMember { by: MAKER, at: SHARED, member: GUEST }),
            Action::Leave => script.add(Step::RemoveMember { by: GUEST, at: SHARED, member: GUEST }),
            Action::ActivateHome { by } => script.add(Step::Activate { by, at: home(by) }),
            Action::ActivateShared { by } => script.add(Step::Activate { by, at: SHARED }),
            Action::ActivateOthers { by } => script.add(Step::Activate { by, at: home(1 - by) }),
            Action::DeleteHome { by } => script.add(Step::Delete { by, at: home(by) }),
            Action::DeleteShared { by } => script.add(Step::Delete { by, at: SHARED }),
            Action::RenameHome { by } => rename(by, home(by), script),
            Action::RenameShared { by } => rename(by, SHARED, script),
        }
    }

    /// Nobody logs in to look. Reading a workspace may activate it, so that comes last.
    fn look(&self, look: Look, script: &mut Script) {
        let known: Vec<User> = PEOPLE.into_iter().filter(|by| self.person(*by).has_logged_in).collect();
        known.iter().for_each(|by| script.add(Step::Session { by: *by }));
        known.iter().for_each(|by| script.add(Step::List { by: *by }));
        if look == Look::Between {
            return;
        }
        for by in known.iter().copied() {
            script.push_fresh(by, WorkspaceRef::Home(by));
            script.read(by, WorkspaceRef::Home(by));
            if self.shared != Shared::None {
                script.push_fresh(by, SHARED);
                script.read(by, SHARED);
            }
            script.add(Step::Session { by });
        }
        script.add(Step::Forged { by: MAKER, forgery: Forgery::Expired });
    }
}
