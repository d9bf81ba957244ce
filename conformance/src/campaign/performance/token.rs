//! Page tokens, where they do not belong.

use serde_json::{Value, json};

use super::{Actor, Halt, Stage};
use crate::capability::Capability;
use crate::client::Request;
use crate::oracle::{MisplacedToken, Reply, SnapshotPages};
use crate::sequence::{Misuse, Place};
use crate::wire::{Id, SnapshotAnswer};

impl Stage<'_> {
    /// Takes the first page of a snapshot, and goes on from there in an odd way.
    pub(super) async fn misuse_token(&mut self, actor: &Actor, at: Place, misuse: Misuse) -> Result<(), Halt> {
        if !self.has(Capability::Snapshot) {
            return Err(Halt::Meaningless);
        }
        let at = self.enter(actor, at).await?;
        let page = |at: &Id, size: u64, token: Option<&Value>| {
            let mut body = json!({"scope": {"workspaceId": at}, "pageSize": size});
            if let Some(token) = token {
                body["pageToken"] = token.clone();
            }
            body
        };
        let ask = |body: &Value| Request::post("/api/sync/snapshot", body);
        let first: Reply<SnapshotAnswer> = self.ask(actor, ask(&page(&at, 1, None)), |_, _| Ok(())).await?;
        let token = first.body.as_ref().and_then(|page| page.next_page_token.clone()).filter(|token| !token.is_null());
        let token = token.ok_or(Halt::Meaningless)?;
        match misuse {
            Misuse::Elsewhere(place) => {
                let elsewhere = self.enter(actor, place).await?;
                if elsewhere == at {
                    return Err(Halt::Meaningless);
                }
                let request = ask(&page(&elsewhere, 1, Some(&token)));
                self.ask(actor, request, |o, r| o.misplaced_token(MisplacedToken::Elsewhere, r)).await?;
            }
            Misuse::By(person) => {
                let other = self.actor(person).await?;
                if other.known == actor.known {
                    return Err(Halt::Meaningless);
                }
                self.enter_known(&other, &at).await?;
                let request = ask(&page(&at, 1, Some(&token)));
                self.ask(&other, request, |o, r| o.token_of_another(other.known, &at, r)).await?;
            }
            Misuse::Filter => {
                let mut body = page(&at, 1, Some(&token));
                body["tables"] = json!(["threads"]);
                self.ask(actor, ask(&body), |o, r| o.misplaced_token(MisplacedToken::Filter, r)).await?;
            }
            Misuse::Garbled => {
                let garbled = garbled(&token).ok_or(Halt::Meaningless)?;
                let request = ask(&page(&at, 1, Some(&garbled)));
                self.ask(actor, request, |o, r| o.misplaced_token(MisplacedToken::Garbled, r)).await?;
            }
            Misuse::Twice => {
                let request = ask(&page(&at, 1, Some(&token)));
                let once: Reply<SnapshotAnswer> = self.ask(actor, request.clone(), |_, _| Ok(())).await?;
                self.ask(actor, request, |o, r| o.same_page(&once, r)).await?;
            }
            Misuse::Size => {
                let rest = self.ask(actor, ask(&page(&at, 1000, Some(&token))), |_, _| Ok(())).await?;
                let is_last = rest.body.as_ref().is_some_and(|page: &SnapshotAnswer| page.next_page_token.is_none());
                // A target may keep to pages that are smaller than was asked for.
                if is_last || rest.body.is_none() {
                    let pages = [first, rest];
                    let pages = SnapshotPages { page_size: 1, later_size: 1000, tables: None, pages: &pages };
                    let judged = self.oracle.snapshot(actor.known, &at, &pages);
                    self.breach_of(judged)?;
                }
            }
        }
        Ok(())
    }
}

/// The token with another character in its middle; None for one that is no text.
fn garbled(token: &Value) -> Option<Value> {
    let mut characters: Vec<char> = token.as_str()?.chars().collect();
    let middle = characters.len() / 2;
    let character = characters.get_mut(middle)?;
    *character = if *character == 'x' { 'y' } else { 'x' };
    Some(Value::String(characters.into_iter().collect()))
}
