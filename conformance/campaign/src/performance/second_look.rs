//! Requests that are sent only after a wrong answer, to tell which of several rules it breaks.

use std::sync::Arc;

use serde_json::{Value, json};

use super::stage::{Actor, Stage, StepEnd, StepResult};
use crate::oracle::{CLOSED, PullQuery, SnapshotPages, Violation};
use syncproof_harness::client::Request;
use syncproof_protocol::deep_json;
use syncproof_protocol::endpoint;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::wire::{Id, PullAnswer, SessionAnswer};

/// The largest page.
const ALL: u64 = 1000;

impl Stage<'_> {
    /// What is wrong with a pull. Where `hasMore` is wrong, the next page shows what it is about; where a page is empty,
    /// the same pull again may show that the change is late and not lost. It does not wait for that: shrinking would take
    /// too long.
    pub(super) async fn pull_again(
        &mut self,
        actor: &Actor,
        at: &Id,
        query: PullQuery<'_>,
        violation: Violation,
        exchange: Option<Arc<Exchange>>,
    ) -> StepEnd {
        let page: Option<PullAnswer> = exchange.as_ref().and_then(|exchange| deep_json::read(&exchange.response).ok());
        let again = match (violation.requirement, page) {
            ("pull.has-more", Some(page)) => PullQuery { cursor: page.next_cursor, limit: ALL, ..query },
            ("pull.complete", Some(page)) if page.changes.is_empty() => query,
            _ => return StepEnd::Violation(violation, exchange),
        };
        let mut body = json!({"scope": {"workspaceId": at}, "cursor": again.cursor, "limit": again.limit});
        if let Some(tables) = again.tables {
            body["tables"] = json!(tables);
        }
        let request = Request::post(endpoint::PULL.path, &body);
        let is_late = violation.requirement == "pull.complete";
        match self.ask::<PullAnswer>(actor, request, |o, r| o.pull(actor.known, at, again, r)).await {
            Err(end) if !is_late => end,
            Ok(_) if is_late => {
                let message = "a pull does not show what was acknowledged before it, and a later one does";
                let requirement = "pull.reads-own-writes";
                StepEnd::Violation(Violation { requirement, message: message.to_owned(), ..violation }, exchange)
            }
            _ => StepEnd::Violation(violation, exchange),
        }
    }

    /// Whether a list that marks the wrong workspace is alone in that, or the session is there, too.
    pub(super) async fn compare_with_session(&mut self, actor: &Actor, end: StepEnd) -> StepEnd {
        let StepEnd::Violation(violation, exchange) = end else { return end };
        if violation.message != crate::oracle::WRONG_ACTIVE {
            return StepEnd::Violation(violation, exchange);
        }
        let request = Request::get(endpoint::SESSION.path);
        match self.ask::<SessionAnswer>(actor, request, |o, r| o.session(actor.known, r)).await {
            Err(end) => end,
            Ok(_) => {
                let message = "the list marks another workspace as active than the session".to_owned();
                StepEnd::Violation(Violation { requirement: "workspace.list-active", message, ..violation }, exchange)
            }
        }
    }

    /// Whether a change of role that is not allowed was made, or was only acknowledged.
    pub(super) async fn see_whether_changed(&mut self, actor: &Actor, at: &Id, end: StepEnd) -> StepEnd {
        let StepEnd::Violation(violation, exchange) = end else { return end };
        if violation.requirement == "member.last-owner" && self.members(actor, at).await.is_ok() {
            let message = "a change of role is acknowledged and not made".to_owned();
            let requirement = "member.role-change-at-once";
            return StepEnd::Violation(Violation { requirement, message, ..violation }, exchange);
        }
        StepEnd::Violation(violation, exchange)
    }

    /// Whether a deleted workspace that shows or changes its name or its members is open to a pull, too.
    pub(super) async fn see_whether_closed(&mut self, actor: &Actor, at: &Id, end: StepEnd) -> StepEnd {
        let StepEnd::Violation(violation, exchange) = end else { return end };
        let is_about_any_answer = violation.requirement.starts_with("http.");
        if is_about_any_answer || !self.oracle.is_deleted(actor.known, at) {
            return StepEnd::Violation(violation, exchange);
        }
        let query = PullQuery { cursor: 0, limit: 1, tables: None };
        let body = json!({"scope": {"workspaceId": at}, "cursor": query.cursor, "limit": query.limit});
        let request = Request::post(endpoint::PULL.path, &body);
        match self.ask::<PullAnswer>(actor, request, |o, r| o.pull(actor.known, at, query, r)).await {
            Err(end) => end,
            Ok(_) if violation.requirement == CLOSED => {
                StepEnd::Violation(Violation { requirement: "member.owner-manages", ..violation }, exchange)
            }
            Ok(_) => StepEnd::Violation(violation, exchange),
        }
    }

    /// What is wrong with pages between which something was collected: if a new snapshot in pages of the same sizes is
    /// right, the first ones do not show one moment.
    pub(super) async fn see_whether_consistent(
        &mut self,
        actor: &Actor,
        at: &Id,
        (mut body, sizes): (Value, &[u64]),
        end: StepEnd,
    ) -> StepEnd {
        let StepEnd::Violation(violation, exchange) = end else { return end };
        let again = match self.next_page(actor, &mut body).await {
            Ok((first, true)) => self.read_on(actor, at, first, (body, sizes), &[]).await,
            Ok((first, false)) => {
                let pages = SnapshotPages { sizes, tables: None, pages: &[first] };
                let judged = self.oracle.snapshot(actor.known, at, &pages);
                self.fail_on(judged)
            }
            Err(end) => Err(end),
        };
        match again {
            Ok(()) => StepEnd::Violation(Violation { requirement: "snapshot.consistent", ..violation }, exchange),
            Err(end) => end,
        }
    }

    /// What is wrong when a request with a wrong credential succeeds: it may succeed without a credential, too.
    pub(super) async fn ask_without_credential(&mut self, home: &Id, request: Request, end: StepEnd) -> StepResult {
        let nobody = Actor { known: usize::MAX, client: self.anonymous.clone(), home: home.clone() };
        self.ask::<()>(&nobody, request, |o, r| o.anonymous(r)).await?;
        Err(end)
    }
}
