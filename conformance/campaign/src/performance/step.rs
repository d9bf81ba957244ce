//! What each step sends.

use std::time::Duration;

use serde_json::json;

use super::stage::{MAX_PAGES, Stage, StepEnd, StepResult};
use super::tenancy::naming_body;
use crate::observation::RequestKind;
use crate::oracle::{Ambiguity, NameAndDescription, Oracle, PullQuery};
use crate::sequence::{self, Step};
use syncproof_harness::client::Request;
use syncproof_harness::world::workspace_path;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint;

impl Stage<'_> {
    pub(super) async fn act(&mut self, step: &Step) -> StepResult {
        let Some(by) = step.by() else {
            return match step {
                Step::Anonymous { at } => self.ask_as_nobody(*at).await,
                Step::Wait { seconds } => self.wait(*seconds).await,
                Step::Restart { kill } => self.restart(*kill).await,
                _ => Ok(()),
            };
        };
        let is_known = self.users.contains_key(&by);
        let actor = self.actor_for(by, step).await?;
        match step {
            Step::Session { .. } => {
                let request = Request::get(endpoint::SESSION.path);
                let reply = self.ask(&actor, request, |o, r| o.session(actor.known, r)).await?;
                self.observe_session(&reply);
            }
            Step::SessionAtOnce { .. } if is_known => self.session_at_once(&actor).await?,
            // A user whose first step this is has asked when they logged in.
            Step::SessionAtOnce { .. } => {}
            Step::RenameAtOnce { at, name, description, .. } => {
                self.rename_at_once(&actor, *at, name, description).await?;
            }
            Step::ActivateAtOnce { at, .. } => self.activate_at_once(&actor, *at).await?,
            Step::DemoteAtOnce { at, other, crosswise, .. } => {
                self.demote_at_once(&actor, *at, *other, *crosswise).await?;
            }
            Step::PushAtOnce { at, ops, .. } => self.push_at_once(&actor, *at, ops).await?,
            Step::List { .. } => {
                let request = Request::get(endpoint::LIST_WORKSPACES.path);
                let reply = match self.ask(&actor, request, |o, r| o.list(actor.known, r)).await {
                    Err(end) => return Err(self.compare_with_session(&actor, end).await),
                    Ok(reply) => reply,
                };
                self.observe_list(&reply);
            }
            Step::Create { label, name, description, id, .. } => {
                let naming = NameAndDescription { name, description: description.as_deref() };
                let id = match id {
                    Some(place) => Some(self.place(*place).await?),
                    None => None,
                };
                if let Some(created) = self.create(&actor, naming, id.as_ref()).await?.body {
                    self.made.insert(*label, created.id);
                }
            }
            Step::Rename { at, name, description, .. } => {
                let (at, naming) =
                    (self.place(*at).await?, NameAndDescription { name, description: description.as_deref() });
                let request = Request::patch(workspace_path(&at), &naming_body(naming));
                let reply = match self.ask(&actor, request, |o, r| o.rename(actor.known, &at, naming, r)).await {
                    Err(end) => return Err(self.see_whether_closed(&actor, &at, end).await),
                    Ok(reply) => reply,
                };
                self.observe_naming(naming, Some(&at));
                self.observe_done(RequestKind::Rename, &reply);
            }
            Step::Delete { at, .. } => {
                let at = self.place(*at).await?;
                let request = Request::delete(workspace_path(&at));
                let reply = self.ask(&actor, request, |o, r| o.delete(actor.known, &at, r)).await?;
                self.observe_done(RequestKind::Delete, &reply);
            }
            Step::Activate { at, .. } => {
                let at = self.place(*at).await?;
                let reply = self.activate(&actor, &at).await?;
                self.observe_done(RequestKind::Activate, &reply);
            }
            Step::Members { .. } | Step::AddMember { .. } | Step::ChangeRole { .. } | Step::RemoveMember { .. } => {
                self.manage(&actor, step).await?;
            }
            Step::Push { at, ops, .. } => {
                let at = self.activate_place(&actor, *at).await?;
                self.push(&actor, &at, ops).await?;
            }
            Step::Pull { at, cursor, limit, tables, .. } => {
                let at = self.activate_place(&actor, *at).await?;
                let cursor = cursor.version(self.oracle.head(&at));
                let query = PullQuery { cursor, limit: *limit, tables: tables.as_deref() };
                let page = self.pull(&actor, &at, query).await?;
                self.observe_pull(RequestKind::Pull, &[page]);
            }
            Step::Follow { at, cursor, limit, tables, .. } => {
                let at = self.activate_place(&actor, *at).await?;
                let limit = self.page_size(&at, *limit);
                let mut cursor = cursor.version(self.oracle.head(&at));
                let mut pages = Vec::new();
                for _ in 0..MAX_PAGES {
                    let query = PullQuery { cursor, limit, tables: tables.as_deref() };
                    let page = self.pull(&actor, &at, query).await?;
                    let next = page.body.as_ref().filter(|page| page.has_more).map(|page| page.next_cursor);
                    pages.push(page);
                    match next {
                        Some(next) if next > cursor => cursor = next,
                        _ => break,
                    }
                }
                self.observe_pull(RequestKind::Pull, &pages);
            }
            Step::Cursor { at, device, version, .. } => {
                let at = self.activate_place(&actor, *at).await?;
                let version = version.version(self.oracle.head(&at));
                let device = sequence::device_id(device, self.key);
                let body = json!({"scope": {"workspaceId": at}, "deviceId": device, "version": version});
                let request = Request::post(endpoint::UPDATE_CURSOR.path, &body);
                let judge = |o: &mut Oracle, r: &_| o.cursor(actor.known, &at, (&device, version), r);
                let reply = self.ask(&actor, request, judge).await?;
                self.observe_done(RequestKind::Cursor, &reply);
            }
            Step::Snapshot { at, page_size, tables, between, .. } => {
                if !self.has(Capability::Snapshot) {
                    return Err(StepEnd::Meaningless);
                }
                let at = self.activate_place(&actor, *at).await?;
                let page_size = self.page_size(&at, *page_size);
                self.snapshot(&actor, &at, (page_size, tables.as_deref()), between).await?;
            }
            Step::Reread { at, limit, page_size, .. } => {
                let at = self.activate_place(&actor, *at).await?;
                let (limit, page_size) = (self.page_size(&at, *limit), self.page_size(&at, *page_size));
                self.reread(&actor, &at, limit, page_size).await?;
            }
            Step::Rewrite { at, order, batch, .. } => {
                let at = self.activate_place(&actor, *at).await?;
                self.rewrite(&actor, &at, *order, *batch).await?;
            }
            Step::Token { at, misuse, .. } => self.misuse_token(&actor, *at, *misuse).await?,
            Step::Collect { at, retention, only, .. } => {
                if !self.has(Capability::Gc) {
                    return Err(StepEnd::Meaningless);
                }
                let at = self.activate_place(&actor, *at).await?;
                self.collect(&actor, &at, *retention, *only).await?;
            }
            Step::Spoilt { at, spoil, .. } => self.send_invalid_field(&actor, *at, spoil).await?,
            Step::Malformed { at, call, malformed, .. } => self.send_malformed(&actor, *at, *call, *malformed).await?,
            Step::Route { method, path, .. } => self.send_wrong_route(&actor, method, path).await?,
            Step::Forged { forgery, .. } => self.ask_forged(by, *forgery).await?,
            Step::Expire { .. } => self.ask_until_expired(by).await?,
            Step::Renew { .. } => self.renew(by).await?,
            Step::Compare { at, .. } => self.compare(&actor, *at).await?,
            Step::Anonymous { .. } | Step::Wait { .. } | Step::Restart { .. } => {}
        }
        self.resolve_ambiguity().await
    }

    /// Lets time pass. Where that takes real time, it is only done for targets with garbage collection.
    async fn wait(&self, seconds: u8) -> StepResult {
        let clock = self.handle.clock();
        if !clock.is_free() && !self.has(Capability::Gc) {
            return Err(StepEnd::Meaningless);
        }
        clock.wait(Duration::from_secs(seconds.into())).await;
        Ok(())
    }

    /// Reads what an answer left open, so that the next answer can be judged.
    pub(super) async fn resolve_ambiguity(&mut self) -> StepResult {
        let Some((ambiguity, user)) = self.oracle.ambiguity().cloned() else { return Ok(()) };
        let Some(actor) = self.users.values().find(|actor| actor.known == user).cloned() else { return Ok(()) };
        match ambiguity {
            Ambiguity::Entry { workspace, version } => {
                let query = PullQuery { cursor: version.saturating_sub(1), limit: 1000, tables: None };
                let page = Box::pin(self.pull(&actor, &workspace, query)).await?;
                self.observe_pull(RequestKind::Settling, &[page]);
            }
            Ambiguity::Role { workspace } => {
                let reply = self.members(&actor, &workspace).await?;
                self.observe_members(RequestKind::Settling, &reply);
            }
        }
        Ok(())
    }
}
