//! Which answers sessions, lists and the calls on workspaces may get (`session.*`, `workspace.*`).

use super::active_workspace::Location;
use super::coverage::CoverageEvent;
use super::hostile::is_hostile;
use super::reply::Reply;
use super::state::{Access, Oracle};
use super::tracked_workspace::TrackedWorkspace;
use super::user::User;
use super::violation::{Judged, Violation, ensure};
use syncproof_model as model;
use syncproof_protocol::wire::{CreatedAnswer, Id, OkAnswer, Role, SessionAnswer, Workspace, WorkspacesAnswer};

/// What is wrong when a session or a list names another workspace as the active one.
pub const WRONG_ACTIVE: &str = "the wrong workspace is active in the session";

/// More workspaces of a user than this are many.
const MANY_WORKSPACES: usize = 100;

/// What a creation or a renaming asks for.
#[derive(Debug, Clone, Copy)]
pub struct NameAndDescription<'a> {
    /// The name, as it is sent.
    pub name: &'a str,
    /// The description, where one is sent.
    pub description: Option<&'a str>,
}

impl NameAndDescription<'_> {
    fn is_in_order(self) -> bool {
        model::name(self.name).is_some() && model::description(self.description.unwrap_or_default()).is_ok()
    }

    /// Whether it may be refused for what it means to others than users.
    fn is_hostile(self) -> bool {
        is_hostile(self.name) || self.description.is_some_and(is_hostile)
    }

    fn description(self) -> Option<Option<String>> {
        self.description.map(|given| model::description(given).ok().flatten())
    }
}

impl Oracle {
    /// Judges the answer to a session request.
    pub fn session(&mut self, user: User, reply: &Reply<SessionAnswer>) -> Judged {
        let Some(known) = self.users.get(user).cloned() else { return Ok(()) };
        let requirement = if known.id.is_none() { "session.provisions-user" } else { "session.stable" };
        let answer = reply.success(requirement, "a session request gets an answer that is not allowed")?;
        let Some(session) = &answer.session else {
            return Err(Violation::new(requirement, "a valid credential gives no session", "a session", reply));
        };
        let echoed = (session.provider.clone(), session.provider_user_id.clone());
        let expected = self.users[user].identity.get_or_insert_with(|| echoed.clone()).clone();
        let message = "the session is of another identity";
        ensure(requirement, echoed == expected, message, format_args!("{expected:?}"), format_args!("{echoed:?}"))?;
        let message = "the session says that the user is not authenticated";
        ensure(requirement, session.authenticated, message, "authenticated: true", reply)?;
        match &known.id {
            Some(id) => {
                let message = "the identity has become another user";
                ensure(requirement, *id == session.user.id, message, id.to_string(), session.user.id.to_string())?;
            }
            None => {
                let taken = self.users.iter().any(|other| other.id.as_ref() == Some(&session.user.id));
                let message = "two identities are one user";
                let expected = format_args!("a user of its own for {expected:?}");
                ensure(
                    self.identity_rule(user, &session.user.id),
                    !taken,
                    message,
                    expected,
                    session.user.id.to_string(),
                )?;
                self.users[user].id = Some(session.user.id.clone());
            }
        }
        let Some(workspace) = &session.workspace else {
            return self.stands(user, Location::Nowhere, reply);
        };
        self.settle(user, &workspace.id, reply)?;
        let Some(place) = self.place_of(&workspace.id) else { return Ok(()) };
        let role = self.workspaces[place].members.get(&user).copied();
        let message = "the session shows another role than the member has";
        let rule = self.role_rule(user, place);
        ensure(rule, session.role == role, message, format!("{role:?}"), format!("{:?}", session.role))?;
        // A session that still shows an earlier name breaks only a SHOULD (`session.fresh-name`).
        if self.workspaces[place].former_names.contains(&workspace.name) {
            return Ok(());
        }
        self.is_named(place, &workspace.name)
    }

    /// That workspace is active; it may be one that no answer has shown yet.
    fn settle<T>(&mut self, user: User, workspace: &Id, reply: &Reply<T>) -> Judged {
        if self.place_of(workspace).is_none() && self.users[user].standing.locations.contains(&Location::Fresh) {
            self.workspaces.push(TrackedWorkspace::of(user, workspace, None, None));
            self.users[user].standing.found(workspace);
            self.users[user].standing.settle(Location::In(workspace.clone()));
            return Ok(());
        }
        self.stands(user, Location::In(workspace.clone()), reply)
    }

    /// Which rule is broken when a new identity gets the id of a user who is known.
    fn identity_rule(&self, user: User, id: &Id) -> &'static str {
        let other = self.users.iter().find(|other| other.id.as_ref() == Some(id));
        let other = other.and_then(|other| other.identity.as_ref());
        let Some(((provider, subject), (ours, own))) = other.zip(self.users[user].identity.as_ref()) else {
            return "session.identity-is-a-pair";
        };
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        match () {
            () if provider != ours
                && (subject == own || letters(&format!("{provider}{subject}")) == letters(&format!("{ours}{own}"))) =>
            {
                "session.identity-is-a-pair"
            }
            () if provider == ours && is_alike(subject, own) => "session.case-and-width",
            () => "session.provisions-user",
        }
    }

    /// Which rule is broken when a member is shown with another role.
    fn role_rule(&self, user: User, place: usize) -> &'static str {
        let tracked = &self.workspaces[place];
        match tracked.creator == user && !tracked.past.given_roles.contains(&user) {
            true => "workspace.create-makes-owner",
            false => "member.role-change-at-once",
        }
    }

    fn stands<T>(&mut self, user: User, location: Location, reply: &Reply<T>) -> Judged {
        let standing = &mut self.users[user].standing;
        let why = standing.undisturbed.unwrap_or(standing.why);
        ensure(why, standing.locations.contains(&location), WRONG_ACTIVE, standing.shown(), reply)?;
        standing.settle(location);
        Ok(())
    }

    /// Whether some workspace has that name, or had it.
    fn is_known_name(&self, name: &str) -> bool {
        let has =
            |tracked: &TrackedWorkspace| tracked.name.as_deref() == Some(name) || tracked.former_names.contains(name);
        self.workspaces.iter().any(has)
    }

    fn is_named(&mut self, place: usize, name: &str) -> Judged {
        match &self.workspaces[place].name {
            Some(known) => {
                let requirement = match known {
                    known if name.trim() == known => "workspace.name-rules",
                    known if is_hostile(known) => "http.hostile-keys",
                    _ if self.is_known_name(name) => "workspace.rename",
                    _ => "workspace.text-exact",
                };
                ensure(requirement, known == name, "a workspace has another name", known, name)
            }
            None => {
                self.workspaces[place].name = Some(name.to_owned());
                Ok(())
            }
        }
    }

    /// Judges the answer to a request for the list.
    pub fn list(&mut self, user: User, reply: &Reply<WorkspacesAnswer>) -> Judged {
        const ORDER: &str = "workspace.list-order";
        const ACTIVE: &str = "workspace.list-active";
        let entries = &reply.success(ORDER, "the list gets an answer that is not allowed")?.workspaces;
        let active: Vec<&Workspace> = entries.iter().filter(|entry| entry.is_active).collect();
        ensure(ACTIVE, active.len() <= 1, "two entries are active", "at most one", reply)?;
        if let Some(entry) = active.first() {
            self.settle(user, &entry.id, reply)?;
        }
        // The list may contain a default workspace that no answer has shown yet.
        let unknown = entries.iter().filter(|entry| self.place_of(&entry.id).is_none()).collect::<Vec<_>>();
        if let ([fresh], true) = (&unknown[..], self.users[user].standing.has_unseen) {
            self.workspaces.push(TrackedWorkspace::of(user, &fresh.id, None, None));
            self.users[user].standing.found(&fresh.id);
        }
        let sorted = |mut ids: Vec<String>| {
            ids.sort();
            ids
        };
        let expected = sorted(self.homes(user).iter().map(Id::to_string).collect());
        let actual = sorted(entries.iter().map(|entry| entry.id.to_string()).collect());
        let message = "the list is not every live workspace of the user, each once";
        ensure(ORDER, expected == actual, message, format_args!("{expected:?}"), format_args!("{actual:?}"))?;
        let falls = entries.is_sorted_by(|left, right| left.created_at >= right.created_at);
        ensure(ORDER, falls, "the list is not newest first", "falling createdAt", reply)?;
        for entry in entries {
            let Some(place) = self.place_of(&entry.id) else { continue };
            let role = self.workspaces[place].members.get(&user).copied();
            let message = "the list shows another role than the member has";
            let actual = format!("{:?}", entry.role);
            ensure(self.role_rule(user, place), Some(entry.role) == role, message, format_args!("{role:?}"), actual)?;
            self.is_named(place, &entry.name)?;
            let created = *self.workspaces[place].created_at.get_or_insert(entry.created_at);
            let message = "a workspace was created at another time than before";
            let stays = created.total_cmp(&entry.created_at).is_eq();
            ensure("workspace.created-at", stays, message, created, entry.created_at)?;
            let message = "a workspace has another description";
            // An empty description may be shown as "", as null, or not at all (`workspace.description`).
            let shown = entry.description.clone().filter(|text| !text.is_empty());
            let known = self.workspaces[place].description.get_or_insert_with(|| shown.clone());
            let (expected, actual) = (format!("{known:?}"), format!("{shown:?}"));
            ensure("workspace.description", *known == shown, message, expected, actual)?;
        }
        Ok(())
    }

    /// Judges the answer to a creation, whose body may hold an id that the server must ignore. Afterwards the oracle knows the
    /// new workspace.
    pub fn create(
        &mut self,
        user: User,
        naming: NameAndDescription<'_>,
        gives_id: bool,
        reply: &Reply<CreatedAnswer>,
    ) -> Judged {
        if !naming.is_in_order() {
            return reply.expect(
                "workspace.name-rules",
                "a name out of bounds gets an answer that is not allowed",
                &[400],
            );
        }
        // A server may refuse fields that it does not know.
        if (naming.is_hostile() || gives_id) && reply.is(&[400]) {
            return Ok(());
        }
        let name = model::name(naming.name);
        let is_repeated = name.is_some() && self.workspaces.iter().any(|tracked| tracked.name == name);
        let requirement = match is_repeated {
            true => "workspace.names-may-repeat",
            // Nothing but the name and the description can be what is not taken.
            false if reply.is(&[400]) => "workspace.name-rules",
            false => "workspace.create-makes-owner",
        };
        let answer = reply.success(requirement, "a creation gets an answer that is not allowed")?;
        let is_new = self.place_of(&answer.id).is_none();
        ensure("workspace.create-makes-owner", is_new, "an id is given twice", "a new id", answer.id.to_string())?;
        let description = Some(naming.description().flatten());
        self.workspaces.push(TrackedWorkspace::of(user, &answer.id, model::name(naming.name), description));
        self.users[user].standing.may_move_to(&answer.id);
        if self.homes(user).len() == MANY_WORKSPACES + 1 {
            self.coverage.record(CoverageEvent::ManyWorkspaces);
        }
        Ok(())
    }

    /// Judges the answer to a renaming.
    pub fn rename(
        &mut self,
        user: User,
        workspace: &Id,
        naming: NameAndDescription<'_>,
        reply: &Reply<OkAnswer>,
    ) -> Judged {
        let message = "a renaming gets an answer that is not allowed";
        if (!naming.is_in_order() || naming.is_hostile()) && reply.is(&[400]) {
            return Ok(());
        }
        match self.access(user, workspace) {
            Access::Member(_, Role::Owner | Role::Editor) if !naming.is_in_order() => {
                reply.expect("workspace.name-rules", message, &[400])
            }
            Access::Member(place, Role::Owner | Role::Editor) => {
                let rule = if reply.is(&[400]) { "workspace.name-rules" } else { "workspace.rename" };
                reply.success(rule, message)?;
                let renamed = &mut self.workspaces[place];
                renamed.former_names.extend(std::mem::replace(&mut renamed.name, model::name(naming.name)));
                if let Some(description) = naming.description() {
                    renamed.description = Some(description);
                }
                Ok(())
            }
            Access::Member(..) => reply.expect("workspace.rename", message, &[403, 404]),
            Access::Gone(_) => reply.expect("workspace.unknown-id", message, &[403, 404, 410]),
            Access::Hidden => {
                reply.expect(self.outsider_rule(user, workspace, reply, "workspace.rename"), message, &[403, 404])
            }
        }
    }

    /// Which rule is broken when a user who is no member gets that status: the given one for a workspace of others, and
    /// another for an id that no workspace has.
    fn outsider_rule<T>(&self, user: User, workspace: &Id, reply: &Reply<T>, rule: &'static str) -> &'static str {
        match self.place_of(workspace) {
            Some(_) => self.stranger_rule(user, workspace, reply.status, rule),
            None => "workspace.unknown-id",
        }
    }

    /// Judges the answer to a deletion.
    pub fn delete(&mut self, user: User, workspace: &Id, reply: &Reply<OkAnswer>) -> Judged {
        let message = "a deletion gets an answer that is not allowed";
        match self.access(user, workspace) {
            Access::Member(place, Role::Owner) => {
                reply.success("workspace.delete-owner-only", message)?;
                self.workspaces[place].is_deleted = true;
                let members: Vec<User> = self.workspaces[place].members.keys().copied().collect();
                for member in members {
                    let why = match member == user {
                        true => "workspace.delete-rehomes-actor",
                        false => "workspace.delete-rehomes-all",
                    };
                    self.loses(member, workspace, why);
                }
                Ok(())
            }
            Access::Member(..) => reply.expect("workspace.delete-owner-only", message, &[403, 404]),
            // A server that hides deleted workspaces may answer 403.
            Access::Gone(_) => reply.expect("workspace.delete-twice", message, &[200, 403, 404, 410]),
            Access::Hidden => reply.expect(
                self.outsider_rule(user, workspace, reply, "workspace.delete-owner-only"),
                message,
                &[403, 404],
            ),
        }
    }

    /// A user loses a workspace.
    pub(super) fn loses(&mut self, user: User, workspace: &Id, why: &'static str) {
        let homes = self.homes(user);
        if self.users[user].standing.lose(workspace, &homes, why) {
            self.coverage.record(CoverageEvent::Rehomed);
        }
    }

    /// Judges the answer to an activation.
    pub fn activate(&mut self, user: User, workspace: &Id, reply: &Reply<OkAnswer>) -> Judged {
        let message = "an activation gets an answer that is not allowed";
        match self.access(user, workspace) {
            Access::Member(..) => {
                reply.success("workspace.activate-switches-session", message)?;
                self.users[user].standing.move_to(workspace, "workspace.activate-switches-session");
                Ok(())
            }
            Access::Gone(_) => reply.expect("workspace.activate-deleted", message, &[403, 404, 409, 410]),
            Access::Hidden => reply.expect(
                self.outsider_rule(user, workspace, reply, "workspace.activate-stranger"),
                message,
                &[403, 404],
            ),
        }
    }
}

/// Whether two names differ only in case, width, accents, blanks or signs: then they have most of their plain letters in
/// common.
fn is_alike(left: &str, right: &str) -> bool {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let (left, right) = (plain(left), plain(right));
    left.ends_with(&right) || right.ends_with(&left) || left.len().abs_diff(right.len()) <= 1
}
