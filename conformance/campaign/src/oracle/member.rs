//! Which answers the calls on members may get (`member.*`).

use std::collections::BTreeMap;

use super::coverage::CoverageEvent;
use super::hostile::is_hostile;
use super::reply::Reply;
use super::state::{Access, Ambiguity, CLOSED, Oracle, SYNCS_IN_DELETED};
use super::user::User;
use super::violation::{Judged, Violation, ensure};
use syncproof_protocol::wire::{Id, MembersAnswer, OkAnswer, Role};

/// More members than this are many.
const MANY_MEMBERS: usize = 100;

impl Oracle {
    /// Whether the protocol says what happens when this user changes the role of that member. It does not for members who
    /// demote themselves, unless they are the last owner.
    #[must_use]
    pub fn speaks_of_member(&self, user: User, workspace: &Id, member: User) -> bool {
        if user != member {
            return true;
        }
        match self.access(user, workspace) {
            Access::Member(place, _) => self.workspaces[place].is_last_owner(user),
            Access::Gone(_) | Access::Hidden => true,
        }
    }

    /// Judges the answer to a request for the members.
    pub fn members(&mut self, user: User, workspace: &Id, reply: &Reply<MembersAnswer>) -> Judged {
        let message = "a request for the members gets an answer that is not allowed";
        let (place, role) = match self.access(user, workspace) {
            Access::Member(place, role) => (place, role),
            Access::Gone(_) => return reply.expect(CLOSED, SYNCS_IN_DELETED, &[403, 404, 410]),
            Access::Hidden => {
                let is_known = self.place_of(workspace).is_some();
                let rule = if is_known { "member.owner-manages" } else { "workspace.unknown-id" };
                return reply.expect(self.stranger_rule(user, workspace, reply.status, rule), message, &[403, 404]);
            }
        };
        // The protocol does not say whether others than owners see the members.
        if role != Role::Owner && reply.is(&[403, 404]) {
            return Ok(());
        }
        let members = &reply.success("member.owner-manages", message)?.members;
        let listed: Vec<(String, Role)> =
            members.iter().map(|member| (member.user_id.to_string(), member.role)).collect();
        if self.ambiguity == Some((Ambiguity::Role { workspace: workspace.clone() }, user)) {
            self.ambiguity = None;
            let users: Vec<(User, Option<String>)> =
                self.users.iter().map(|known| known.id.as_ref().map(Id::to_string)).enumerate().collect();
            for (member, role) in &mut self.workspaces[place].members {
                let id = users.iter().find(|(user, _)| user == member).and_then(|(_, id)| id.as_ref());
                let shown = listed.iter().find(|(other, _)| Some(other) == id);
                *role = shown.map_or(*role, |(_, role)| *role);
            }
        }
        let id = |member: &User| self.id_of(*member).map(Id::to_string).unwrap_or_default();
        let members = &self.workspaces[place].members;
        let expected: BTreeMap<String, Role> = members.iter().map(|(member, role)| (id(member), *role)).collect();
        let actual: BTreeMap<String, Role> = listed.iter().cloned().collect();
        let holds = expected == actual && listed.len() == expected.len();
        let message = "the members are not those who were added, each once";
        let requirement = match () {
            () if listed.len() > actual.len() => "member.add-twice",
            () if expected.keys().eq(actual.keys()) => "member.role-change-at-once",
            () => "member.owner-manages",
        };
        ensure(requirement, holds, message, format_args!("{expected:?}"), format_args!("{listed:?}"))
    }

    /// Judges the answer to adding a member; `role` is a word that may not be a role.
    pub fn add_member(
        &mut self,
        user: User,
        workspace: &Id,
        member: Option<User>,
        role: &str,
        reply: &Reply<OkAnswer>,
    ) -> Judged {
        let message = "adding a member gets an answer that is not allowed";
        let is_hostile_role = is_hostile(role);
        let role = Role::ALL.into_iter().find(|known| known.name() == role);
        let is_wrong = role.is_none() || member.is_none();
        let Some(place) = self.manages(user, workspace, is_wrong, reply)? else { return Ok(()) };
        let (Some(role), Some(member)) = (role, member) else {
            let allowed: &[u16] = if member.is_some() { &[400] } else { &[400, 404] };
            let requirement = if is_hostile_role { "http.hostile-keys" } else { "member.unknown-user" };
            return reply.expect(requirement, message, allowed);
        };
        let before = self.workspaces[place].members.get(&member).copied();
        let Some(before) = before else {
            reply.success("member.owner-manages", message)?;
            self.workspaces[place].members.insert(member, role);
            self.workspaces[place].past.given_roles.insert(member);
            if self.workspaces[place].members.len() == MANY_MEMBERS + 1 {
                self.coverage.record(CoverageEvent::ManyMembers);
            }
            // A server may make it their active workspace at once.
            self.users[member].standing.may_move_to(workspace);
            return Ok(());
        };
        // Adding a member again must not demote the last owner.
        let is_last = self.workspaces[place].is_last_owner(member) && role != Role::Owner;
        let allowed: &[u16] = if is_last { &[200, 201, 400, 403, 409] } else { &[200, 201, 409] };
        reply.expect("member.add-twice", message, allowed)?;
        if before != role && reply.is(&[200, 201]) {
            if is_last {
                return Ok(());
            }
            self.workspaces[place].past.given_roles.insert(member);
            self.ambiguity = Some((Ambiguity::Role { workspace: workspace.clone() }, user));
        }
        Ok(())
    }

    /// Judges the answer to changing the role of a member.
    pub fn change_role(
        &mut self,
        user: User,
        workspace: &Id,
        member: User,
        role: Role,
        reply: &Reply<OkAnswer>,
    ) -> Judged {
        let message = "changing a role gets an answer that is not allowed";
        let Some(place) = self.manages(user, workspace, false, reply)? else { return Ok(()) };
        let Some(before) = self.workspaces[place].members.get(&member).copied() else {
            return is_refused("member.owner-manages", "changing the role of a user who is not a member", reply);
        };
        if before == Role::Owner && role != Role::Owner && self.workspaces[place].is_last_owner(member) {
            return reply.expect("member.last-owner", message, &[400, 403, 409]);
        }
        reply.success("member.owner-manages", message)?;
        self.workspaces[place].members.insert(member, role);
        self.workspaces[place].past.given_roles.insert(member);
        Ok(())
    }

    /// Judges the answer to one of two changes of roles at the same instant, of which neither is carried out: a server may refuse
    /// both.
    pub fn neither_role_changed(&self, reply: &Reply<OkAnswer>) -> Judged {
        let message = "changing a role gets an answer that is not allowed";
        reply.expect("member.owner-manages", message, &[400, 403, 404, 409])
    }

    /// Judges the answer to removing a member.
    pub fn remove_member(&mut self, user: User, workspace: &Id, member: User, reply: &Reply<OkAnswer>) -> Judged {
        let message = "removing a member gets an answer that is not allowed";
        if let Access::Member(place, _) = self.access(user, workspace)
            && user == member
            && !self.workspaces[place].is_last_owner(user)
        {
            // That a member can leave is a SHOULD (`member.leave`).
            reply.expect(
                "member.leave",
                "leaving gets an answer that is not allowed",
                &[200, 201, 400, 403, 404, 409],
            )?;
            if reply.is(&[200, 201]) {
                self.no_longer_belongs(place, workspace, member);
            }
            return Ok(());
        }
        let Some(place) = self.manages(user, workspace, false, reply)? else { return Ok(()) };
        if !self.workspaces[place].members.contains_key(&member) {
            // A server may report that there was no member to remove, or not.
            return reply.expect("member.owner-manages", message, &[200, 400, 403, 404, 409, 410]);
        }
        if self.workspaces[place].is_last_owner(member) {
            return reply.expect("member.last-owner", message, &[400, 403, 409]);
        }
        reply.success("member.owner-manages", message)?;
        self.no_longer_belongs(place, workspace, member);
        Ok(())
    }

    /// That user is no member any more.
    fn no_longer_belongs(&mut self, place: usize, workspace: &Id, member: User) {
        self.workspaces[place].members.remove(&member);
        self.workspaces[place].past.former.insert(member);
        let devices = self.workspaces[place].cursors.iter_mut().filter(|((owner, _), _)| *owner == member);
        devices.for_each(|(_, device)| device.counts = false);
        self.loses(member, workspace, "member.removed-at-once");
    }

    /// The index of the workspace when the user may manage its members; otherwise the refusal is judged here.
    fn manages(
        &mut self,
        user: User,
        workspace: &Id,
        is_wrong: bool,
        reply: &Reply<OkAnswer>,
    ) -> Judged<Option<usize>> {
        let statuses: &[u16] = match self.access(user, workspace) {
            Access::Member(place, Role::Owner) => return Ok(Some(place)),
            Access::Member(..) | Access::Hidden => &[403, 404],
            Access::Gone(_) => &[403, 404, 410],
        };
        if !(is_wrong && reply.is(&[400])) {
            let message = "managing members without permission gets an answer that is not allowed";
            let is_known = self.place_of(workspace).is_some();
            let rule = if is_known { "member.owner-manages" } else { "workspace.unknown-id" };
            reply.expect(rule, message, statuses)?;
        }
        Ok(None)
    }
}

fn is_refused(requirement: &'static str, what: &str, reply: &Reply<OkAnswer>) -> Judged {
    match reply.status {
        Some(400..=499) => Ok(()),
        _ => Err(Violation::new(requirement, format!("{what} gets an answer that is not allowed"), "a 4xx", reply)),
    }
}
