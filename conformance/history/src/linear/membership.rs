//! The specification of one workspace: its name, its description, its members and its end, by the model's [`Directory`].
//!
//! What the requirements leave open is possible: adding a member again changes their role or not, changing the role of who is
//! none makes them a member or not, and what is done to a workspace that is gone does nothing. Who may do something is a sight
//! of its own, since a server may look at the role at any moment of a call.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use super::search::{Refusal, Specification};
use syncproof_model::{Directory, FreshIds, Identity, Profile, Protocol, Role, TenancyRules as _, Workspace};

const TEXT: &str = "workspace.text-exact";
const RENAME: &str = "workspace.rename";
const DESCRIPTION: &str = "workspace.description";
const LIST: &str = "workspace.list-order";
const MAKES_OWNER: &str = "workspace.create-makes-owner";
const STRANGER: &str = "workspace.stranger";
const ACTIVATES_STRANGER: &str = "workspace.activate-stranger";
const ACTIVATES_DELETED: &str = "workspace.activate-deleted";
const OWNER_DELETES: &str = "workspace.delete-owner-only";
const REHOMES: &str = "workspace.delete-rehomes-all";
const CLOSES: &str = "workspace.delete-closes-sync";
const SCOPE: &str = "isolation.scope-checked";
const MANAGES: &str = "member.owner-manages";
const ROLES: &str = "member.roles";
const TWICE: &str = "member.add-twice";
const LAST_OWNER: &str = "member.last-owner";
const REMOVED: &str = "member.removed-at-once";
const ROLE: &str = "member.role-change-at-once";

/// What a refusal may name.
pub(crate) const REQUIREMENTS: &[&str] = &[
    TEXT,
    RENAME,
    DESCRIPTION,
    LIST,
    MAKES_OWNER,
    STRANGER,
    ACTIVATES_STRANGER,
    ACTIVATES_DELETED,
    OWNER_DELETES,
    REHOMES,
    CLOSES,
    SCOPE,
    MANAGES,
    ROLES,
    TWICE,
    LAST_OWNER,
    REMOVED,
    ROLE,
];

/// A change of the workspace or of a membership. A role that is no word of the protocol may be any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed<'h> {
    /// It is made.
    Create { name: &'h str, description: Option<&'h str> },
    /// It is renamed; the description is one of these, none of which means that it stays.
    Rename { name: &'h str, descriptions: Vec<Option<Option<&'h str>>> },
    /// It ends.
    Delete,
    /// Somebody becomes a member.
    Add { user: &'h str, role: Option<Role> },
    /// A member has another role.
    Change { user: &'h str, role: Option<Role> },
    /// A member is one no more.
    Remove { user: &'h str },
}

/// What a call was shown, or was let do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight<'h> {
    /// The user was let do something.
    Allowed { user: &'h str, to: Right },
    /// The user's list shows the workspace, with this role where it could be read.
    Listed { user: &'h str, role: Option<Role> },
    /// The user's list does not show it.
    Unlisted { user: &'h str },
    /// The user's session stands in it.
    Stands { user: &'h str, role: Option<Role> },
    /// The list of members shows the user so many times, with this role where it could be read.
    Member { user: &'h str, times: Times, role: Option<Role> },
    /// Its name.
    Name(&'h str),
    /// Its description, if there is one.
    Description(Option<&'h str>),
}

/// How often something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    Never,
    Once,
    Twice,
}

/// What a user may be let do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    Read,
    Push,
    Collect,
    Rename,
    Manage,
    Delete,
    Activate,
    SeeMembers,
}

impl Right {
    /// What it is to use it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Right::Read => "read",
            Right::Push => "push",
            Right::Collect => "collect",
            Right::Rename => "rename it",
            Right::Manage => "change a membership",
            Right::Delete => "delete it",
            Right::Activate => "activate it",
            Right::SeeMembers => "see the members",
        }
    }

    fn is_of(self, role: Role) -> bool {
        match self {
            Right::Read | Right::Activate | Right::SeeMembers => true,
            Right::Push => Protocol.may_push(role),
            Right::Collect => Protocol.may_collect(role),
            Right::Rename => Protocol.may_rename(role),
            Right::Manage => Protocol.may_manage(role),
            Right::Delete => Protocol.may_delete(role),
        }
    }

    /// What is broken where somebody who is no member has it.
    fn of_strangers(self) -> &'static str {
        match self {
            Right::Read | Right::Push | Right::Collect => SCOPE,
            Right::Activate => ACTIVATES_STRANGER,
            Right::SeeMembers => STRANGER,
            Right::Rename | Right::Manage | Right::Delete => self.of_members(),
        }
    }

    /// What is broken where a member has it whose role does not suffice.
    fn of_members(self) -> &'static str {
        match self {
            Right::Rename => RENAME,
            Right::Manage => MANAGES,
            Right::Delete => OWNER_DELETES,
            _ => ROLES,
        }
    }
}

/// One workspace, and what is known of the history as a whole.
pub(crate) struct Tenancy<'h> {
    /// The server's id of it.
    pub(crate) workspace: &'h str,
    /// The server's id of who made it.
    pub(crate) maker: &'h str,
    /// Who was added or changed.
    pub(crate) changed: HashSet<&'h str>,
    /// Who was removed.
    pub(crate) removed: HashSet<&'h str>,
    /// All names and descriptions that were sent for it.
    pub(crate) texts: HashSet<&'h str>,
}

/// A directory, compared by what it holds of the workspace.
#[derive(Clone)]
pub(crate) struct State {
    directory: Rc<Directory>,
    workspace: Rc<str>,
}

impl State {
    fn workspace(&self) -> Option<&Workspace> {
        self.directory.workspace(&self.workspace)
    }

    /// What counts of it.
    fn content(&self) -> Option<impl Eq + Hash> {
        let workspace = self.workspace()?;
        let members: Vec<(&str, Role)> = workspace.members.iter().map(|(id, member)| (&**id, member.role)).collect();
        Some((workspace.deleted, &workspace.name, &workspace.description, members))
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.directory, &other.directory) || self.content() == other.content()
    }
}

impl Eq for State {}

impl Hash for State {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.content().hash(hasher);
    }
}

impl<'h> Specification for Tenancy<'h> {
    type State = State;
    type Deed = Deed<'h>;
    type Sight = Sight<'h>;

    fn start(&self) -> State {
        State { directory: Rc::new(Directory::default()), workspace: self.workspace.into() }
    }

    fn outcomes(&self, state: &State, deed: &Deed) -> Result<Vec<State>, Refusal> {
        let id = self.workspace;
        let after = |change: &dyn Fn(&mut Directory) -> Result<(), syncproof_model::Refusal>| {
            let mut directory = Directory::clone(&state.directory);
            change(&mut directory).map(|()| State { directory: Rc::new(directory), ..state.clone() }).ok()
        };
        if let Deed::Create { name, description } = deed {
            let made = after(&|directory| {
                directory.create(self.maker, id.to_owned(), (*name).to_owned(), description.map(str::to_owned), 0);
                Ok(())
            });
            return Ok(made.into_iter().collect());
        }
        // Whoever does it was let do it: in the model an owner does.
        let live = state.workspace().filter(|workspace| workspace.is_live());
        let owners = |workspace: &Workspace| {
            workspace.members.iter().find(|(_, member)| member.role == Role::Owner).map(|(owner, _)| owner.clone())
        };
        let Some((workspace, owner)) = live.and_then(|workspace| Some((workspace, owners(workspace)?))) else {
            return Ok(vec![state.clone()]);
        };
        let same = || Some(state.clone());
        let add = |user: &str, role| {
            after(&|directory| {
                enrol(directory, id, user);
                directory.add_member(&owner, id, user, role, 0)
            })
        };
        let change = |user: &str, role| after(&|directory| directory.change_role(&owner, id, user, role));
        let states: Vec<State> = match deed {
            Deed::Create { .. } => Vec::new(),
            Deed::Rename { name, descriptions } => descriptions
                .iter()
                .filter_map(|description| {
                    let description = description.map(|text| text.map(str::to_owned));
                    after(&|directory| directory.rename(&owner, id, (*name).to_owned(), description.clone()))
                })
                .collect(),
            Deed::Delete => after(&|directory| directory.delete(&owner, id)).into_iter().collect(),
            Deed::Add { user, role } => match workspace.role_of(user) {
                None => words(*role).iter().filter_map(|role| add(user, *role)).collect(),
                Some(_) => {
                    same().into_iter().chain(words(*role).iter().filter_map(|role| change(user, *role))).collect()
                }
            },
            Deed::Change { user, role } => match workspace.role_of(user) {
                None => same().into_iter().chain(words(*role).iter().filter_map(|role| add(user, *role))).collect(),
                Some(_) => words(*role).iter().filter_map(|role| change(user, *role)).collect(),
            },
            Deed::Remove { user } => match workspace.role_of(user) {
                None => vec![state.clone()],
                Some(_) => after(&|directory| directory.remove_member(&owner, id, user)).into_iter().collect(),
            },
        };
        // The model lets owners do everything but to leave nobody in their place.
        let refusal = || Refusal { right: format!("{owner} is the last owner").into(), requirement: LAST_OWNER };
        (!states.is_empty()).then_some(states).ok_or_else(refusal)
    }

    fn fits(&self, state: &State, sight: &Sight) -> Result<(), Refusal> {
        match sight {
            // A second deletion may succeed.
            Sight::Allowed { to: Right::Delete, .. } if self.is_deleted(state) => Ok(()),
            Sight::Allowed { user, to } => {
                let deleted = if *to == Right::Activate { ACTIVATES_DELETED } else { CLOSES };
                let role = self.role(state, user, deleted, to.of_strangers())?;
                let refusal = || refusal(has_role(user, role), to.of_members());
                to.is_of(role).then_some(()).ok_or_else(refusal)
            }
            Sight::Listed { user, role } => self.shows(user, *role, self.role(state, user, REHOMES, LIST)?),
            Sight::Stands { user, role } => {
                self.shows(user, *role, self.role(state, user, REHOMES, ACTIVATES_STRANGER)?)
            }
            Sight::Unlisted { user } => match self.role(state, user, REHOMES, LIST) {
                Ok(role) => Err(refusal(has_role(user, role), self.missing(user, LIST))),
                Err(_) => Ok(()),
            },
            Sight::Member { user, times, role } => {
                match (times, state.workspace().and_then(|workspace| workspace.role_of(user))) {
                    (Times::Never, None) => Ok(()),
                    (Times::Never, Some(held)) => Err(refusal(has_role(user, held), self.missing(user, MANAGES))),
                    (Times::Once, Some(held)) => self.shows(user, *role, held),
                    (Times::Once, None) => Err(self.none(user, MANAGES)),
                    (Times::Twice, _) => Err(refusal("there is one membership".into(), TWICE)),
                }
            }
            Sight::Name(name) => {
                let held = state.workspace().map(|workspace| workspace.name.as_str());
                let requirement = if self.texts.contains(name) { RENAME } else { TEXT };
                let right = || refusal(format!("its name is {:?}", held.unwrap_or_default()).into(), requirement);
                (held == Some(name)).then_some(()).ok_or_else(right)
            }
            Sight::Description(shown) => {
                let held = state.workspace().and_then(|workspace| workspace.description.as_deref());
                let requirement = match (shown, held) {
                    (Some(shown), _) if !self.texts.contains(shown) => TEXT,
                    (Some(_), Some(_)) => RENAME,
                    _ => DESCRIPTION,
                };
                let right =
                    || refusal(format!("its description is {:?}", held.unwrap_or_default()).into(), requirement);
                (state.workspace().is_some() && held == *shown).then_some(()).ok_or_else(right)
            }
        }
    }
}

impl Tenancy<'_> {
    fn is_deleted(&self, state: &State) -> bool {
        state.workspace().is_some_and(|workspace| !workspace.is_live())
    }

    /// The role of a user in the live workspace, or what is broken if it is deleted, or if they are no member.
    fn role(&self, state: &State, user: &str, deleted: &'static str, stranger: &'static str) -> Result<Role, Refusal> {
        state.directory.role(user, self.workspace).map_err(|_| {
            if self.is_deleted(state) { refusal("it is deleted".into(), deleted) } else { self.none(user, stranger) }
        })
    }

    /// That a user is no member.
    fn none(&self, user: &str, stranger: &'static str) -> Refusal {
        let requirement = if self.removed.contains(user) { REMOVED } else { stranger };
        refusal(format!("{user} is no member").into(), requirement)
    }

    /// Whether that role is shown.
    fn shows(&self, user: &str, shown: Option<Role>, held: Role) -> Result<(), Refusal> {
        let refusal = || refusal(has_role(user, held), self.missing(user, ROLE));
        shown.is_none_or(|shown| shown == held).then_some(()).ok_or_else(refusal)
    }

    /// What is broken where a membership is not shown as it is.
    fn missing(&self, user: &str, otherwise: &'static str) -> &'static str {
        let is_as_made = user == self.maker && !self.changed.contains(user) && !self.removed.contains(user);
        if is_as_made { MAKES_OWNER } else { otherwise }
    }
}

fn refusal(right: Cow<'static, str>, requirement: &'static str) -> Refusal {
    Refusal { right, requirement }
}

fn has_role(user: &str, role: Role) -> Cow<'static, str> {
    format!("{user} is {}", role.word()).into()
}

/// The roles that are possible.
fn words(role: Option<Role>) -> Vec<Role> {
    role.map_or_else(|| vec![Role::Owner, Role::Editor, Role::Viewer], |role| vec![role])
}

/// Makes the user known to the model. Their home has an id that is not that of the workspace.
fn enrol(directory: &mut Directory, workspace: &str, user: &str) {
    if directory.user(user).is_none() {
        let identity = Identity { provider: String::new(), provider_user_id: user.to_owned() };
        let fresh = FreshIds { user: user.to_owned(), workspace: format!("{workspace} {user}") };
        directory.enrol(&identity, &Profile::default(), fresh, 0);
    }
}
