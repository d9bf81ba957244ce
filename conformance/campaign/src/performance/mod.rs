//! A performance: a sequence against a target, step by step, until it is over or the oracle objects.

mod collection;
mod invalid;
mod metamorphic;
mod observing;
mod sync;
mod tenancy;
mod token;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use observing::ObservationLog;
use serde::de::DeserializeOwned;
use serde_json::json;
use tenancy::naming_body;

use super::observation::{Observation, RequestKind};
use super::target_handle::TargetHandle;
use crate::oracle::{
    self, Ambiguity, CoverageCounts, Judged, NameAndDescription, Oracle, PullQuery, Reply, TimeSpan, Violation,
};
use crate::sequence::{self, Person, Step, WorkspaceRef};
use syncproof_harness::client::{Answer, Client, Proof, Recorder, Request, broken_rules};
use syncproof_harness::credential::UserLease;
use syncproof_harness::world::workspace_path;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::deep_json;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::wire::{Id, OkAnswer, SessionAnswer};

/// The most pages that one step reads.
const MAX_PAGES: usize = 2000;
/// Into about so many pages at most a reading is parted.
const TARGET_PAGES: u64 = 50;
/// Rules that hold for every answer (`client/watch.rs`).
const ALWAYS: [&str; 3] = ["http.no-5xx", "http.no-internals", "http.json-errors"];

/// What came of a sequence.
#[derive(Debug, Clone, Default)]
pub struct Execution {
    /// What was wrong, if anything was. Nothing was done after it.
    pub finding: Option<Finding>,
    /// What came up.
    pub coverage: CoverageCounts,
    /// How many requests it took.
    pub requests: u64,
    /// Steps that were left out, since the credentials of the target cannot carry the name of the person.
    pub left_out: u64,
    /// What the answers have shown, where that was asked for.
    pub observations: Vec<Observation>,
}

/// An answer that the protocol does not allow.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The step that it was an answer to, from 0 on.
    pub step: usize,
    /// What is wrong with it.
    pub violation: Violation,
    /// The request and the answer.
    pub exchange: Option<Arc<Exchange>>,
}

/// Performs these steps under names that have that key in them and that nobody else uses.
///
/// # Errors
/// When the target could not be asked for a reason that is not its own: there is no credential to be had.
pub async fn execute_sequence(handle: &TargetHandle, steps: &[Step], key: u64) -> Result<Execution, String> {
    execute_recorded(handle, steps, key, handle.recorder()).await
}

/// The same, taken down by that recorder.
///
/// # Errors
/// As [`execute_sequence`].
pub async fn execute_recorded(
    handle: &TargetHandle,
    steps: &[Step],
    key: u64,
    recorder: Arc<Recorder>,
) -> Result<Execution, String> {
    Stage::new(handle, key, recorder, None).execute_sequence(steps).await
}

/// The same, with what the answers show.
///
/// # Errors
/// As [`execute_sequence`].
pub async fn execute_observed(handle: &TargetHandle, steps: &[Step], key: u64) -> Result<Execution, String> {
    Stage::new(handle, key, handle.recorder(), Some(ObservationLog::default())).execute_sequence(steps).await
}

/// Why a step ends before its end.
enum StepEnd {
    /// The answer is not allowed.
    Violation(Violation, Option<Arc<Exchange>>),
    /// The step is about something that is not there: another step that made it was left out.
    Meaningless,
    /// The credentials of the target cannot carry the name of the person.
    Unnameable,
    /// The suite cannot go on.
    Broken(String),
}

/// Somebody who has logged in.
#[derive(Debug, Clone)]
struct Actor {
    known: oracle::Person,
    client: Client,
    home: Id,
}

/// A sequence under way.
struct Stage<'a> {
    handle: &'a TargetHandle,
    recorder: Arc<Recorder>,
    anonymous: Client,
    oracle: Oracle,
    people: BTreeMap<Person, Arc<Actor>>,
    made: BTreeMap<u32, Id>,
    key: u64,
    /// Whether the sequence is about people who look alike, and the credentials can tell them apart.
    lookalikes: bool,
    observations: Option<ObservationLog>,
}

impl<'a> Stage<'a> {
    fn new(handle: &'a TargetHandle, key: u64, recorder: Arc<Recorder>, observations: Option<ObservationLog>) -> Self {
        let anonymous = handle.anonymous(&recorder);
        let oracle = Oracle::new(handle.capabilities().clone());
        let (people, made) = (BTreeMap::new(), BTreeMap::new());
        let lookalikes = false;
        Stage { handle, recorder, anonymous, oracle, people, made, key, lookalikes, observations }
    }
}

impl Stage<'_> {
    async fn execute_sequence(mut self, steps: &[Step]) -> Result<Execution, String> {
        let named = |step: &Step| step.by().is_some_and(sequence::is_lookalike);
        self.lookalikes = self.handle.carries_any_name() && steps.iter().any(named);
        let (mut finding, mut left_out) = (None, 0);
        for (number, step) in steps.iter().enumerate() {
            self.observations.iter_mut().for_each(|observations| observations.step = number);
            match self.act(step).await {
                Ok(()) | Err(StepEnd::Meaningless) => {}
                Err(StepEnd::Unnameable) => left_out += 1,
                Err(StepEnd::Violation(violation, exchange)) => {
                    finding = Some(Finding { step: number, violation, exchange });
                    break;
                }
                Err(StepEnd::Broken(reason)) => return Err(reason),
            }
        }
        let (coverage, requests) = (self.oracle.coverage().clone(), self.recorder.requests());
        let observations = self.observations.map(|observations| observations.observations).unwrap_or_default();
        Ok(Execution { finding, coverage, requests, left_out, observations })
    }

    async fn act(&mut self, step: &Step) -> Result<(), StepEnd> {
        let Some(by) = step.by() else {
            return match step {
                Step::Anonymous { at } => self.ask_as_nobody(*at).await,
                Step::Wait { seconds } => self.wait(*seconds).await,
                _ => Ok(()),
            };
        };
        let actor = self.actor_for(by, step).await?;
        match step {
            Step::Session { .. } => {
                let request = Request::get("/api/auth/session");
                let reply = self.ask(&actor, request, |o, r| o.session(actor.known, r)).await?;
                self.observe_session(&reply);
            }
            Step::List { .. } => {
                let request = Request::get("/api/workspaces");
                let reply = self.ask(&actor, request, |o, r| o.list(actor.known, r)).await?;
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
                let reply = self.ask(&actor, request, |o, r| o.rename(actor.known, &at, naming, r)).await?;
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
                let request = Request::post("/api/sync/update-cursor", &body);
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
            Step::Route { method, path, .. } => self.ask_wrongly(&actor, method, path).await?,
            Step::Forged { forgery, .. } => self.ask_forged(by, *forgery).await?,
            Step::Expire { .. } => self.ask_until_expired(by).await?,
            Step::Compare { at, .. } => self.compare(&actor, *at).await?,
            Step::Anonymous { .. } | Step::Wait { .. } => {}
        }
        self.resolve_ambiguity().await
    }

    /// Lets time pass. Where that takes as long as it says, only a target that collects is worth it.
    async fn wait(&self, seconds: u8) -> Result<(), StepEnd> {
        let clock = self.handle.clock();
        if !clock.is_free() && !self.has(Capability::Gc) {
            return Err(StepEnd::Meaningless);
        }
        clock.wait(Duration::from_secs(seconds.into())).await;
        Ok(())
    }

    /// That size of a page, or a larger one where there are hundreds of entries: they are not read one by one.
    fn page_size(&self, at: &Id, size: u64) -> u64 {
        let least = self.oracle.head(at) / TARGET_PAGES;
        if (1..=1000).contains(&size) { size.max(least.min(1000)) } else { size }
    }

    fn has(&self, capability: Capability) -> bool {
        capability.is_met_by(self.handle.capabilities())
    }

    /// The person, who logs in when they come up for the first time.
    async fn actor(&mut self, person: Person) -> Result<Arc<Actor>, StepEnd> {
        self.log_in(person, None).await
    }

    /// The same; whoever begins with the list, or with a pull from another's home, asks for nothing else before
    /// (`session.provisions-user`).
    async fn actor_for(&mut self, person: Person, step: &Step) -> Result<Arc<Actor>, StepEnd> {
        self.log_in(person, Some(step)).await
    }

    async fn log_in(&mut self, person: Person, beginning: Option<&Step>) -> Result<Arc<Actor>, StepEnd> {
        if let Some(actor) = self.people.get(&person) {
            return Ok(Arc::clone(actor));
        }
        let identity = sequence::identity(person, self.key, self.lookalikes).ok_or(StepEnd::Meaningless)?;
        let is_nameable = self.handle.carries_any_name()
            && (self.handle.carries_any_provider() || identity.provider == sequence::PROVIDER);
        if sequence::is_lookalike(person) && !is_nameable {
            return Err(StepEnd::Unnameable);
        }
        let login = self.handle.credentials().issue(&identity, &UserLease::default()).await;
        let login = login.map_err(|reason| StepEnd::Broken(reason.to_string()))?;
        self.recorder.register_credential(&login.headers, Proof::Good(login.identity.clone()));
        let client = self.anonymous.with_credential(&format!("person {person}"), &login.headers);
        let is_minted = self.handle.credentials().minter().is_some();
        let shown = is_minted.then_some((identity.provider.as_str(), identity.subject.as_str()));
        let known = self.oracle.add_person(shown);
        let mut actor = Actor { known, client, home: Id::text("") };
        match beginning {
            Some(Step::List { .. }) => {
                self.ask(&actor, Request::get("/api/workspaces"), |o, r| o.list(known, r)).await?;
            }
            Some(Step::Pull { at, .. }) => {
                if let Some(at) = self.known_place(*at) {
                    self.pull(&actor, &at, PullQuery { cursor: 0, limit: 1, tables: None }).await?;
                }
            }
            _ => {}
        }
        let answer: Reply<SessionAnswer> =
            self.ask(&actor, Request::get("/api/auth/session"), |o, r| o.session(known, r)).await?;
        let session = answer.body.as_ref().and_then(|answer| answer.session.as_ref());
        match session.and_then(|session| session.workspace.as_ref()) {
            Some(workspace) => actor.home = workspace.id.clone(),
            None => {
                let message = "a first login gives no workspace";
                let violation = Violation::new("session.provisions-user", message, "a default workspace", &answer);
                return Err(StepEnd::Violation(violation, self.recorder.last()));
            }
        }
        let actor = Arc::new(actor);
        self.people.insert(person, Arc::clone(&actor));
        Ok(actor)
    }

    /// The id of that workspace, if it has come up.
    fn known_place(&self, place: WorkspaceRef) -> Option<Id> {
        match place {
            WorkspaceRef::Home(person) => self.people.get(&person).map(|actor| actor.home.clone()),
            WorkspaceRef::Made(label) => self.made.get(&label).cloned(),
            WorkspaceRef::Nowhere => self.people.values().next().map(|actor| actor.home.unknown_alike()),
            WorkspaceRef::Nearby => self.people.values().next().map(|actor| actor.home.nearly()),
        }
    }

    /// The id of that workspace.
    async fn place(&mut self, place: WorkspaceRef) -> Result<Id, StepEnd> {
        if let WorkspaceRef::Home(person) = place {
            Box::pin(self.actor(person)).await?;
        }
        self.known_place(place).ok_or(StepEnd::Meaningless)
    }

    /// The id of that workspace, which is active afterwards where it can be: a target may let a session sync there only.
    async fn activate_place(&mut self, actor: &Actor, place: WorkspaceRef) -> Result<Id, StepEnd> {
        let at = self.place(place).await?;
        self.activate_unless_active(actor, &at).await?;
        Ok(at)
    }

    async fn activate_unless_active(&mut self, actor: &Actor, at: &Id) -> Result<(), StepEnd> {
        if self.oracle.needs_activation(actor.known, at) {
            self.activate(actor, at).await?;
        }
        Ok(())
    }

    async fn activate(&mut self, actor: &Actor, at: &Id) -> Result<Reply<OkAnswer>, StepEnd> {
        let request = Request::post("/api/workspaces/active", &json!({"id": at}));
        self.ask(actor, request, |o, r| o.activate(actor.known, at, r)).await
    }

    /// Looks at what an answer left open, so that the next one can be judged.
    async fn resolve_ambiguity(&mut self) -> Result<(), StepEnd> {
        let Some((ambiguity, person)) = self.oracle.ambiguity().cloned() else { return Ok(()) };
        let Some(actor) = self.people.values().find(|actor| actor.known == person).cloned() else { return Ok(()) };
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

    /// Sends a request and has the answer judged: by the rules for every answer, and then by the oracle.
    async fn ask<T: DeserializeOwned>(
        &mut self,
        actor: &Actor,
        request: Request,
        judge: impl FnOnce(&mut Oracle, &Reply<T>) -> Judged,
    ) -> Result<Reply<T>, StepEnd> {
        let sent = self.handle.clock().now();
        let answer = actor.client.send(request).await;
        self.oracle.at(TimeSpan { sent, answered: self.handle.clock().now() });
        let exchange = Arc::clone(answer.exchange());
        let reply = reply(&answer);
        let judged = self.always(&answer).and_then(|()| judge(&mut self.oracle, &reply));
        judged.map_err(|violation| StepEnd::Violation(violation, Some(exchange)))?;
        Ok(reply)
    }

    /// The breach that a judgement found which no single answer is the cause of.
    fn breach_of(&self, judged: Judged) -> Result<(), StepEnd> {
        judged.map_err(|violation| StepEnd::Violation(violation, self.recorder.last()))
    }

    fn always(&self, answer: &Answer) -> Judged {
        if answer.status().is_none() {
            let message = "no answer came";
            return Err(Violation::new("http.no-5xx", message, "an answer", answer.outcome()));
        }
        match broken_rules(answer.exchange()).into_iter().find(|(rule, _)| ALWAYS.contains(rule)) {
            Some((rule, what)) => Err(Violation::new(rule, what, "an answer in order", answer.outcome())),
            None => Ok(()),
        }
    }
}

fn reply<T: DeserializeOwned>(answer: &Answer) -> Reply<T> {
    let body = answer.is_success().then(|| deep_json::read(&answer.exchange().response).ok()).flatten();
    Reply { status: answer.status(), body, exchange: Arc::clone(answer.exchange()) }
}
