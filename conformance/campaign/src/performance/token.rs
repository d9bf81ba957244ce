//! Page tokens that are used in unusual or invalid ways.

use serde_json::{Value, json};

use super::stage::{Actor, MAX_PAGES, Stage, StepEnd, StepResult};
use crate::oracle::{MisplacedToken, NameAndDescription, Reply, SnapshotPages};
use crate::sequence::{TokenMisuse, WorkspaceRef};
use syncproof_harness::client::Request;
use syncproof_harness::world::workspace_path;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint;
use syncproof_protocol::wire::{Collected, Id, OkAnswer, SnapshotAnswer};

/// The sizes of the pages; the last size is also used for all later pages.
const SIZES: [u64; 4] = [2, 1, 3, 1000];
/// The sizes of the pages while something is collected.
const COLLECTED_SIZES: [u64; 8] = [1, 1, 1, 1, 1, 1, 1, 1000];
/// The retention of a collection between two pages, in seconds.
const SHORT_RETENTION: i64 = 1;

impl Stage<'_> {
    /// Gets the first page of a snapshot, and continues in an unusual way.
    pub(super) async fn misuse_token(&mut self, actor: &Actor, at: WorkspaceRef, misuse: TokenMisuse) -> StepResult {
        if !self.has(Capability::Snapshot) || (misuse == TokenMisuse::Collected && !self.has(Capability::Gc)) {
            return Err(StepEnd::Meaningless);
        }
        let at = self.activate_place(actor, at).await?;
        let page = |at: &Id, size: u64, token: Option<&Value>| {
            let mut body = json!({"scope": {"workspaceId": at}, "pageSize": size});
            if let Some(token) = token {
                body["pageToken"] = token.clone();
            }
            body
        };
        let ask = |body: &Value| Request::post(endpoint::SNAPSHOT.path, body);
        let size = if misuse == TokenMisuse::Size { SIZES[0] } else { 1 };
        let first: Reply<SnapshotAnswer> = self.ask(actor, ask(&page(&at, size, None)), |_, _| Ok(())).await?;
        let token = first.body.as_ref().and_then(|page| page.next_page_token.clone()).filter(|token| !token.is_null());
        let token = token.ok_or(StepEnd::Meaningless)?;
        match misuse {
            TokenMisuse::Elsewhere(place) => {
                let known = self.known_place(place).filter(|elsewhere| *elsewhere != at);
                let elsewhere = match known {
                    Some(elsewhere) => elsewhere,
                    None => {
                        let naming = NameAndDescription { name: "elsewhere", description: None };
                        self.create(actor, naming, None).await?.body.ok_or(StepEnd::Meaningless)?.id
                    }
                };
                self.activate_unless_active(actor, &elsewhere).await?;
                let request = ask(&page(&elsewhere, 1, Some(&token)));
                self.ask(actor, request, |o, r| o.misplaced_token(MisplacedToken::Elsewhere, r)).await?;
            }
            TokenMisuse::By(user) => {
                let other = self.actor(user).await?;
                if other.known == actor.known {
                    return Err(StepEnd::Meaningless);
                }
                self.activate_unless_active(&other, &at).await?;
                let request = ask(&page(&at, 1, Some(&token)));
                self.ask(&other, request, |o, r| o.token_of_another(other.known, &at, r)).await?;
            }
            TokenMisuse::Filter => {
                let mut body = page(&at, 1, Some(&token));
                body["tables"] = json!(["threads"]);
                self.ask(actor, ask(&body), |o, r| o.misplaced_token(MisplacedToken::Filter, r)).await?;
            }
            TokenMisuse::Garbled => {
                let garbled = garbled(&token).ok_or(StepEnd::Meaningless)?;
                let request = ask(&page(&at, 1, Some(&garbled)));
                self.ask(actor, request, |o, r| o.misplaced_token(MisplacedToken::Garbled, r)).await?;
            }
            TokenMisuse::Twice => {
                let request = ask(&page(&at, 1, Some(&token)));
                let once: Reply<SnapshotAnswer> = self.ask(actor, request.clone(), |_, _| Ok(())).await?;
                self.ask(actor, request, |o, r| o.same_page(&once, r)).await?;
            }
            TokenMisuse::Deleted => {
                let request = Request::delete(workspace_path(&at));
                let deletion: Reply<OkAnswer> = self.ask(actor, request, |o, r| o.delete(actor.known, &at, r)).await?;
                if deletion.body.is_none() {
                    return Err(StepEnd::Meaningless);
                }
                let late = self.ask(actor, ask(&page(&at, 1, Some(&token))), |_, _| Ok(())).await?;
                let shown = SnapshotPages { sizes: &[1], tables: None, pages: &[late] };
                let judged = self.oracle.snapshot(actor.known, &at, &shown);
                self.fail_on(judged)?;
            }
            TokenMisuse::Collected => {
                let what = Collected::Tombstones;
                self.ask_to_collect(actor, &at, what, SHORT_RETENTION).await?;
                let next = (page(&at, 1, Some(&token)), &COLLECTED_SIZES[..]);
                // A server may require a new snapshot.
                if let Err(end) = self.read_on(actor, &at, first, next, &[400, 404, 410]).await {
                    return Err(self
                        .see_whether_consistent(actor, &at, (page(&at, 1, None), &COLLECTED_SIZES), end)
                        .await);
                }
                self.see_it_gone(actor, &at, what, SHORT_RETENTION).await?;
            }
            TokenMisuse::Size => {
                self.read_on(actor, &at, first, (page(&at, size, Some(&token)), &SIZES), &[]).await?;
            }
        }
        Ok(())
    }

    /// Reads a snapshot to its end in pages of these sizes and judges it as a whole, unless a page gets one of `refusals`.
    pub(super) async fn read_on(
        &mut self,
        actor: &Actor,
        at: &Id,
        first: Reply<SnapshotAnswer>,
        (mut body, sizes): (Value, &[u64]),
        refusals: &[u16],
    ) -> StepResult {
        let mut pages = vec![first];
        for number in 1..MAX_PAGES {
            body["pageSize"] = json!(sizes.get(number).or(sizes.last()));
            let (page, has_more) = self.next_page(actor, &mut body).await?;
            if page.is(refusals) {
                return Ok(());
            }
            pages.push(page);
            if !has_more {
                break;
            }
        }
        let judged = self.oracle.snapshot(actor.known, at, &SnapshotPages { sizes, tables: None, pages: &pages });
        self.fail_on(judged)
    }
}

/// The token with its middle character replaced; `None` if it is not a text.
fn garbled(token: &Value) -> Option<Value> {
    let mut characters: Vec<char> = token.as_str()?.chars().collect();
    let middle = characters.len() / 2;
    let character = characters.get_mut(middle)?;
    *character = if *character == 'x' { 'y' } else { 'x' };
    Some(Value::String(characters.into_iter().collect()))
}
