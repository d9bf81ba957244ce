//! Requests that are sent at the same instant. Their answers are judged one after the other, in the order in which the server
//! says that it carried them out: a server that is linearizable (Herlihy and Wing, 1990) answers as if it had done so.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::stage::{Actor, Stage, StepEnd, StepResult};
use super::sync::push_request;
use super::tenancy::naming_body;
use crate::oracle::{NameAndDescription, PullQuery, Reply, SentOp, TimeSpan, Violation};
use crate::sequence::{Draft, User, WorkspaceRef};
use syncproof_harness::client::{Answer, Client, Request};
use syncproof_harness::world::{member_path, workspace_path};
use syncproof_protocol::endpoint;
use syncproof_protocol::wire::{Id, OkAnswer, PullAnswer, PushAnswer, Role, SessionAnswer};

/// How many readers there are beside those who push.
const READERS: usize = 3;
/// How many sessions are asked for at once.
const SESSIONS: usize = 4;
/// Which of the requests beside each other is the activation.
const ACTIVATION: usize = 3;
/// How many renames are sent at once.
const RENAMES: usize = 5;
/// What one page of a reader holds.
const LIMIT: u64 = 1000;

/// What was asked.
enum Asked {
    Push(Vec<SentOp>),
    Pull,
}

impl Stage<'_> {
    /// Pushes each of these as a batch of its own, while others read what is new.
    pub(super) async fn push_at_once(&mut self, actor: &Actor, at: WorkspaceRef, drafts: &[Draft]) -> StepResult {
        let at = self.activate_place(actor, at).await?;
        let head = self.oracle.head(&at);
        let pull = json!({"scope": {"workspaceId": at}, "cursor": head, "limit": LIMIT});
        let pull = Request::post(endpoint::PULL.path, &pull);
        let batches = drafts.iter().map(|draft| self.offers(actor, &at, std::slice::from_ref(draft)));
        let pushes = batches.filter(|offers| !offers.is_empty()).map(|offers| {
            let request = push_request(&at, &offers);
            (Asked::Push(offers), request)
        });
        let mut asked: Vec<(Asked, Request)> = pushes.collect();
        for reader in 0..READERS {
            let place = (reader * 2 + 1).min(asked.len());
            asked.insert(place, (Asked::Pull, pull.clone()));
        }
        let (asked, requests): (Vec<Asked>, Vec<Request>) = asked.into_iter().unzip();
        let answers = self.send_at_once(actor, requests).await;
        let (mut answered, mut batches) = (Vec::new(), Vec::new());
        for (asked, answer) in asked.into_iter().zip(answers) {
            let place = match &asked {
                Asked::Push(_) => {
                    let versions = self.versions_of_batch(actor, &answer)?;
                    let last = versions.last().copied();
                    batches.push(versions);
                    last.unwrap_or(u64::MAX)
                }
                Asked::Pull => {
                    let page: Reply<PullAnswer> = self.judge(actor, &answer, |_, _| Ok(()))?;
                    // A full page that says that there is more does not say where the log ended.
                    let page = page.body.filter(|page| !page.has_more || page.changes.is_empty());
                    page.map_or(u64::MAX, |page| page.next_cursor)
                }
            };
            answered.push((place, asked, answer));
        }
        let head_after = batches.iter().flatten().copied().max().unwrap_or(head);
        // A reader who has seen a version has asked after it was written.
        answered.sort_by_key(|(place, asked, _)| (*place, matches!(asked, Asked::Pull)));
        for (place, asked, answer) in &answered {
            let judged = match asked {
                Asked::Push(offers) => {
                    // The head may be read after others have pushed.
                    let up_to_date = |reply: &Reply<PushAnswer>| {
                        let mut reply = reply.clone();
                        if let Some(body) = reply.body.as_mut().filter(|body| body.server_version <= head_after) {
                            body.server_version = body.server_version.min(*place);
                        }
                        reply
                    };
                    self.judge(actor, answer, |o, r| o.push(actor.known, &at, offers, &up_to_date(r))).map(|_| ())
                }
                Asked::Pull => {
                    let query = PullQuery { cursor: head, limit: LIMIT, tables: None };
                    // Whether there is more may be read after the page, which was empty until others pushed.
                    let up_to_date = |reply: &Reply<PullAnswer>| {
                        let mut reply = reply.clone();
                        if let Some(page) = reply.body.as_mut().filter(|page| page.next_cursor < head_after) {
                            page.has_more &= !page.changes.is_empty();
                        }
                        reply
                    };
                    self.judge(actor, answer, |o, r| o.pull(actor.known, &at, query, &up_to_date(r))).map(|_| ())
                }
            };
            // By themselves these answers would break other rules.
            let is_within = |versions: &Vec<u64>| versions.contains(place) && versions.last() != Some(place);
            let told = match asked {
                Asked::Push(_) => "concurrent.versions-unique",
                Asked::Pull if batches.iter().any(is_within) => "concurrent.batches-atomic",
                Asked::Pull => "pull.no-skip-under-writes",
            };
            judged.map_err(|end| end.told_under(&["push.contiguous-versions", "push.reports-head", "pull."], told))?;
        }
        self.resolve_ambiguity().await?;
        self.oracle.pushed_at_once();
        Ok(())
    }

    /// The versions of the new ops of a batch, which have to be adjacent.
    fn versions_of_batch(&mut self, actor: &Actor, answer: &Answer) -> StepResult<Vec<u64>> {
        let reply: Reply<PushAnswer> = self.judge(actor, answer, |_, _| Ok(()))?;
        let results = reply.body.map(|body| body.results).unwrap_or_default();
        let versions: Vec<u64> = results.iter().filter_map(|result| result.server_version).collect();
        let expected: Vec<u64> = (versions.first().copied().unwrap_or(u64::MAX)..).take(versions.len()).collect();
        if versions != expected {
            let message = "the versions of the ops of one batch are not adjacent";
            let (expected, actual) = (format!("{expected:?}"), format!("{versions:?}"));
            let violation = Violation::new("concurrent.batches-atomic", message, expected, actual);
            return self.fail_with(violation, answer);
        }
        Ok(versions)
    }

    /// Asks for the session several times; all answers have to show one user in one workspace, and the list no other.
    pub(super) async fn session_at_once(&mut self, actor: &Actor) -> StepResult {
        let requests = vec![Request::get(endpoint::SESSION.path); SESSIONS];
        let answers = self.send_at_once(actor, requests).await;
        let (mut users, mut workspaces) = (BTreeSet::new(), BTreeSet::new());
        // The first sessions of a user make what later ones have to find.
        let first = answers.iter().filter(|_| actor.home == Id::text(""));
        for answer in first {
            let reply: Reply<SessionAnswer> = self.judge(actor, answer, |_, _| Ok(()))?;
            let session = reply.body.and_then(|answer| answer.session);
            users.extend(session.as_ref().map(|session| session.user.id.to_string()));
            workspaces.extend(session.and_then(|session| session.workspace).map(|workspace| workspace.id.to_string()));
            for (rule, message, shown) in [
                ("session.concurrent-one-user", "sessions of one identity at one instant are of several users", &users),
                ("session.concurrent-one-workspace", "sessions at one instant are in several workspaces", &workspaces),
            ] {
                if shown.len() > 1 {
                    return self.fail_with(Violation::new(rule, message, "one", format!("{shown:?}")), answer);
                }
            }
        }
        for answer in answers {
            let _: Reply<SessionAnswer> = self.judge(actor, &answer, |o, r| o.session(actor.known, r))?;
        }
        self.ask(actor, Request::get(endpoint::LIST_WORKSPACES.path), |o, r| o.list(actor.known, r)).await?;
        Ok(())
    }

    /// Renames a workspace several times, of which the last says the description: it is that one, in whatever order.
    pub(super) async fn rename_at_once(
        &mut self,
        actor: &Actor,
        at: WorkspaceRef,
        name: &str,
        description: &str,
    ) -> StepResult {
        let at = self.place(at).await?;
        let naming =
            |number: usize| NameAndDescription { name, description: (number + 1 == RENAMES).then_some(description) };
        let request = |number| Request::patch(workspace_path(&at), &naming_body(naming(number)));
        let answers = self.send_at_once(actor, (0..RENAMES).map(request).collect()).await;
        for (number, answer) in answers.iter().enumerate() {
            let _: Reply<OkAnswer> = self.judge(actor, answer, |o, r| o.rename(actor.known, &at, naming(number), r))?;
        }
        Ok(())
    }

    /// Activates a workspace among other requests of the user, which may still show another as the active one.
    pub(super) async fn activate_at_once(&mut self, actor: &Actor, at: WorkspaceRef) -> StepResult {
        let at = self.place(at).await?;
        let [session, list] = [endpoint::SESSION.path, endpoint::LIST_WORKSPACES.path].map(Request::get);
        let activation = Request::post(endpoint::ACTIVATE.path, &json!({"id": at}));
        let requests = vec![session.clone(), list, session.clone(), activation, session.clone(), session];
        let answers = self.send_at_once(actor, requests).await;
        for (number, answer) in answers.iter().enumerate() {
            match number {
                ACTIVATION => {
                    let _: Reply<OkAnswer> = self.judge(actor, answer, |o, r| o.activate(actor.known, &at, r))?;
                }
                _ => drop(self.judge(actor, answer, |_, _: &Reply<Value>| Ok(()))?),
            }
        }
        let session = Request::get(endpoint::SESSION.path);
        self.ask(actor, session, |o, r| o.session(actor.known, r)).await?;
        Ok(())
    }

    /// Two owners make themselves, or each other, viewers: of the last two, one stays an owner.
    pub(super) async fn demote_at_once(
        &mut self,
        actor: &Actor,
        at: WorkspaceRef,
        other: User,
        crosswise: bool,
    ) -> StepResult {
        let (at, other) = (self.place(at).await?, self.actor(other).await?);
        let both = [actor, &*other];
        let mut demoted = [actor.known, other.known];
        if actor.known == other.known
            || !demoted.iter().all(|user| self.oracle.role_in(*user, &at) == Some(Role::Owner))
        {
            return Err(StepEnd::Meaningless);
        }
        if crosswise {
            demoted.reverse();
        }
        let mut requests = Vec::new();
        for (actor, user) in both.into_iter().zip(demoted) {
            let path = member_path(&at, &self.id_of_member(user)?);
            requests.push((&actor.client, Request::patch(path, &json!({"role": Role::Viewer}))));
        }
        let answers = self.send_together(requests).await;
        let mut answered: Vec<_> = both.into_iter().zip(demoted).zip(answers).collect();
        // What was carried out was carried out first.
        answered.sort_by_key(|(_, answer)| !answer.is_success());
        let is_done = answered.first().is_some_and(|(_, answer)| answer.is_success());
        for ((actor, user), answer) in answered {
            let judged = self.judge(actor, &answer, |o, r: &Reply<OkAnswer>| match is_done {
                true => o.change_role(actor.known, &at, user, Role::Viewer, r),
                false => o.neither_role_changed(r),
            });
            // The second may come from somebody who is no owner any more, which is how the last owner stays one.
            judged.map_err(|end| end.told_under(&["member.owner-manages"], "member.last-owner"))?;
        }
        Ok(())
    }

    async fn send_at_once(&mut self, actor: &Actor, requests: Vec<Request>) -> Vec<Answer> {
        self.send_together(requests.into_iter().map(|request| (&actor.client, request)).collect()).await
    }

    async fn send_together(&mut self, requests: Vec<(&Client, Request)>) -> Vec<Answer> {
        let sent = self.handle.clock().now();
        let answers = join_all(requests.into_iter().map(|(client, request)| client.send(request))).await;
        self.oracle.at(TimeSpan { sent, answered: self.handle.clock().now() });
        answers
    }
}
