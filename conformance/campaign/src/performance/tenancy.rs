//! Workspaces and their members, and whether their existence leaks.

use serde_json::{Value, json};

use super::stage::{Actor, Stage, StepEnd, StepResult};
use crate::observation::RequestKind;
use crate::oracle::{self, NameAndDescription, Reply};
use crate::sequence::{Member, Step, WorkspaceRef};
use syncproof_harness::client::Request;
use syncproof_harness::world::{member_path, members_path, workspace_path};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint;
use syncproof_protocol::wire::{CreatedAnswer, Id, MembersAnswer};

impl Stage<'_> {
    /// Creates a workspace, with the id of another in the body if there is one.
    pub(super) async fn create(
        &mut self,
        actor: &Actor,
        naming: NameAndDescription<'_>,
        id: Option<&Id>,
    ) -> StepResult<Reply<CreatedAnswer>> {
        let mut body = naming_body(naming);
        if let Some(id) = id {
            body["id"] = json!(id);
        }
        let request = Request::post(endpoint::CREATE_WORKSPACE.path, &body);
        let reply = self.ask(actor, request, |o, r| o.create(actor.known, naming, id.is_some(), r)).await?;
        self.observe_naming(naming, None);
        self.observe_done(RequestKind::Create, &reply);
        Ok(reply)
    }

    pub(super) async fn manage(&mut self, actor: &Actor, step: &Step) -> StepResult {
        if !self.has(Capability::Members) {
            return Err(StepEnd::Meaningless);
        }
        match step {
            Step::Members { at, .. } => {
                let at = self.place(*at).await?;
                let reply = self.members(actor, &at).await?;
                self.observe_members(RequestKind::Members, &reply);
            }
            Step::AddMember { at, member, role, .. } => {
                let at = self.place(*at).await?;
                let member = match member {
                    Member::User(user) => Some(self.actor(*user).await?.known),
                    Member::Nobody => None,
                };
                let id = member.and_then(|member| self.oracle.id_of(member).cloned());
                let id = id.unwrap_or_else(|| actor.home.unknown_alike());
                let request = Request::post(members_path(&at), &json!({"userId": id, "role": role}));
                let reply = match self.ask(actor, request, |o, r| o.add_member(actor.known, &at, member, role, r)).await
                {
                    Err(end) => return Err(self.see_whether_closed(actor, &at, end).await),
                    Ok(reply) => reply,
                };
                self.observe_done(RequestKind::AddMember, &reply);
            }
            Step::ChangeRole { at, member, role, .. } => {
                let (at, member) = (self.place(*at).await?, self.actor(*member).await?.known);
                if !self.oracle.speaks_of_member(actor.known, &at, member) {
                    return Err(StepEnd::Meaningless);
                }
                let id = self.id_of_member(member)?;
                let request = Request::patch(member_path(&at, &id), &json!({"role": role}));
                let reply =
                    match self.ask(actor, request, |o, r| o.change_role(actor.known, &at, member, *role, r)).await {
                        Err(end) => {
                            let end = self.see_whether_changed(actor, &at, end).await;
                            return Err(self.see_whether_closed(actor, &at, end).await);
                        }
                        Ok(reply) => reply,
                    };
                self.observe_done(RequestKind::ChangeRole, &reply);
            }
            Step::RemoveMember { at, member, .. } => {
                let (at, member) = (self.place(*at).await?, self.actor(*member).await?.known);
                let id = self.id_of_member(member)?;
                let request = Request::delete(member_path(&at, &id));
                let reply = match self.ask(actor, request, |o, r| o.remove_member(actor.known, &at, member, r)).await {
                    Err(end) => return Err(self.see_whether_closed(actor, &at, end).await),
                    Ok(reply) => reply,
                };
                self.observe_done(RequestKind::RemoveMember, &reply);
            }
            _ => {}
        }
        Ok(())
    }

    /// The target's id of the member.
    pub(super) fn id_of_member(&self, member: oracle::User) -> StepResult<Id> {
        self.oracle.id_of(member).cloned().ok_or(StepEnd::Meaningless)
    }

    pub(super) async fn members(&mut self, actor: &Actor, at: &Id) -> StepResult<Reply<MembersAnswer>> {
        match self.ask(actor, Request::get(members_path(at)), |o, r| o.members(actor.known, at, r)).await {
            Err(end) => Err(self.see_whether_closed(actor, at, end).await),
            listed => listed,
        }
    }

    /// Asks for a workspace of others, and for one that does not exist.
    pub(super) async fn compare(&mut self, actor: &Actor, at: WorkspaceRef) -> StepResult {
        let at = self.place(at).await?;
        if !self.oracle.is_hidden(actor.known, &at) {
            return Err(StepEnd::Meaningless);
        }
        let nowhere = at.unknown_alike();
        let requests = |id: &Id| {
            let scope = json!({"workspaceId": id});
            [
                ("renaming", Request::patch(workspace_path(id), &json!({"name": "name"}))),
                ("deleting", Request::delete(workspace_path(id))),
                ("activating", Request::post(endpoint::ACTIVATE.path, &json!({"id": id}))),
                ("pushing", Request::post(endpoint::PUSH.path, &json!({"scope": scope, "ops": []}))),
                ("pulling", Request::post(endpoint::PULL.path, &json!({"scope": scope, "cursor": 0, "limit": 1}))),
                ("looking at the members of", Request::get(members_path(id))),
            ]
        };
        for ((call, others), (_, nobodys)) in requests(&at).into_iter().zip(requests(&nowhere)) {
            let others: Reply<()> = self.ask(actor, others, |_, _| Ok(())).await?;
            self.ask(actor, nobodys, |o, r| o.alike(call, (&others, &at), (r, &nowhere))).await?;
        }
        Ok(())
    }
}

pub(super) fn naming_body(naming: NameAndDescription<'_>) -> Value {
    match naming.description {
        Some(description) => json!({"name": naming.name, "description": description}),
        None => json!({"name": naming.name}),
    }
}
