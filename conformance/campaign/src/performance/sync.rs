//! Pushes, pulls and snapshots.

use serde::Serialize;
use serde_json::{Value, json};

use super::stage::{Actor, MAX_PAGES, Stage, StepEnd, StepResult};
use crate::oracle::{self, PullQuery, Reply, SentOp, SnapshotPages, Violation};
use crate::sequence::{Draft, Names};
use syncproof_harness::client::Request;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint;
use syncproof_protocol::wire::{Id, PullAnswer, PushAnswer, SnapshotAnswer};

/// The body of a push. It is serialized directly, because batches may be large.
#[derive(Serialize)]
struct PushBody<'a> {
    scope: Scope<'a>,
    ops: Vec<&'a Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Scope<'a> {
    workspace_id: &'a Id,
}

/// A push of these ops.
pub(super) fn push_request(at: &Id, offers: &[SentOp]) -> Request {
    let ops = offers.iter().map(|offer| &offer.wire).collect();
    Request::post(endpoint::PUSH.path, &PushBody { scope: Scope { workspace_id: at }, ops })
}

impl Stage<'_> {
    /// The ops as they are sent, without those for which the protocol does not say what happens.
    pub(super) fn offers(&self, actor: &Actor, at: &Id, drafts: &[Draft]) -> Vec<SentOp> {
        let text = |user: oracle::User| json!(self.oracle.id_of(user).map(Id::to_string));
        let writer = text(actor.known);
        let ties = self.has(Capability::OpIdTieBreak);
        let offer = |draft: &Draft| {
            let named = draft.named.and_then(|user| self.users.get(&user)).map(|named| text(named.known));
            let workspace = draft.workspace.and_then(|place| self.known_place(place)).map(|id| json!(id.to_string()));
            let (named, workspace) = (named.as_ref(), workspace.as_ref());
            let names = Names { key: self.key, writer: &writer, named, workspace, ties };
            SentOp { wire: draft.op(names).into_json() }
        };
        let singles = drafts.iter().flat_map(Draft::singles);
        singles.map(|draft| offer(&draft)).filter(|offer| self.oracle.mentions(actor.known, at, offer)).collect()
    }

    pub(super) async fn push(&mut self, actor: &Actor, at: &Id, drafts: &[Draft]) -> StepResult {
        for user in drafts.iter().filter_map(|draft| draft.named) {
            Box::pin(self.actor(user)).await?;
        }
        let offers = self.offers(actor, at, drafts);
        if offers.is_empty() && !drafts.is_empty() {
            return Ok(());
        }
        self.offer(actor, at, &offers).await?;
        Ok(())
    }

    /// Pushes these ops, whatever they are.
    pub(super) async fn offer(&mut self, actor: &Actor, at: &Id, offers: &[SentOp]) -> StepResult<Reply<PushAnswer>> {
        let request = push_request(at, offers);
        let head_before = self.oracle.head(at);
        let reply = self.ask(actor, request, |o, r| o.push(actor.known, at, offers, r)).await?;
        self.observe_push(head_before, &reply);
        self.resolve_ambiguity().await?;
        Ok(reply)
    }

    pub(super) async fn pull(&mut self, actor: &Actor, at: &Id, query: PullQuery<'_>) -> StepResult<Reply<PullAnswer>> {
        let mut body = json!({"scope": {"workspaceId": at}, "cursor": query.cursor, "limit": query.limit});
        if let Some(tables) = query.tables {
            body["tables"] = json!(tables);
        }
        let request = Request::post(endpoint::PULL.path, &body);
        match self.ask(actor, request, |o, r| o.pull(actor.known, at, query, r)).await {
            Err(StepEnd::Violation(violation, exchange)) => {
                Err(self.pull_again(actor, at, query, violation, exchange).await)
            }
            outcome => outcome,
        }
    }

    pub(super) async fn snapshot(
        &mut self,
        actor: &Actor,
        at: &Id,
        (page_size, tables): (u64, Option<&[String]>),
        between: &[Draft],
    ) -> StepResult {
        let mut body = json!({"scope": {"workspaceId": at}, "pageSize": page_size});
        if let Some(tables) = tables {
            body["tables"] = json!(tables);
        }
        // The pages must not show what is pushed between them.
        let mut before = None;
        let mut pages = Vec::new();
        for _ in 0..MAX_PAGES {
            let (page, has_more) = self.next_page(actor, &mut body).await?;
            pages.push(page);
            if !has_more {
                break;
            }
            if before.is_none() && !between.is_empty() {
                before = Some(self.oracle.clone());
                self.push(actor, at, between).await?;
            }
        }
        let shown = SnapshotPages { sizes: &[page_size], tables, pages: &pages };
        let judged = before.as_mut().unwrap_or(&mut self.oracle).snapshot(actor.known, at, &shown);
        // What was pushed between is there only if it has a part in what is wrong: shrinking leaves it out otherwise.
        let is_between = before.is_some();
        let judged = judged.map_err(|violation| match is_between {
            true => Violation { requirement: "snapshot.consistent", ..violation },
            false => violation,
        });
        self.fail_on(judged)?;
        self.observe_snapshot(&pages);
        Ok(())
    }

    /// A page of a snapshot, and whether there is another one; the body is changed to ask for that.
    pub(super) async fn next_page(
        &mut self,
        actor: &Actor,
        body: &mut Value,
    ) -> StepResult<(Reply<SnapshotAnswer>, bool)> {
        let request = Request::post(endpoint::SNAPSHOT.path, body);
        let page: Reply<SnapshotAnswer> = self.ask(actor, request, |_, _| Ok(())).await?;
        let token = page.body.as_ref().and_then(|page| page.next_page_token.clone()).filter(|token| !token.is_null());
        let has_more = token.is_some();
        if let Some(token) = token {
            body["pageToken"] = token;
        }
        Ok((page, has_more))
    }
}
