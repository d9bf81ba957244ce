//! A performance: a sequence against a target, step by step, until it is over or the oracle objects.

mod collection;
mod metamorphic;
mod observing;
mod sync;
mod tenancy;
mod token;
mod wrong;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use observing::Notes;
use serde::de::DeserializeOwned;
use serde_json::json;
use tenancy::naming_body;

use super::{Asked, Door, Observation};
use crate::oracle::{self, Breach, Doubt, Judged, Naming, Oracle, PullQuery, Reply, Sights, When};
use crate::sequence::{self, Person, Place, Step};
use syncproof_harness::client::{Answer, Client, Proof, Recorder, Request, broken_rules};
use syncproof_harness::credential::{CredentialError, UserLease};
use syncproof_harness::world::workspace_path;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::deep_json;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::wire::{Id, OkAnswer, SessionAnswer};

/// The most pages that one step reads.
const MAX_PAGES: usize = 2000;
/// Into about so many pages at most a reading is parted.
const MANY_PAGES: u64 = 50;
/// Rules that hold for every answer (`client/watch.rs`).
const ALWAYS: [&str; 3] = ["http.no-5xx", "http.no-internals", "http.json-errors"];

/// What came of a sequence.
#[derive(Debug, Clone, Default)]
pub struct Performance {
    /// What was wrong, if anything was. Nothing was done after it.
    pub finding: Option<Finding>,
    /// What came up.
    pub sights: Sights,
    /// How many requests it took.
    pub requests: u64,
    /// What the answers have shown, where that was asked for.
    pub observations: Vec<Observation>,
}

/// An answer that the protocol does not allow.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The step that it was an answer to, from 0 on.
    pub step: usize,
    /// What is wrong with it.
    pub breach: Breach,
    /// The request and the answer.
    pub exchange: Option<Arc<Exchange>>,
}

/// Performs these steps under names that have that key in them and that nobody else uses.
///
/// # Errors
/// When the target could not be asked for a reason that is not its own: there is no credential to be had.
pub async fn perform(door: &Door, steps: &[Step], key: u64) -> Result<Performance, String> {
    perform_recorded(door, steps, key, door.recorder()).await
}

/// The same, taken down by that recorder.
///
/// # Errors
/// As [`perform`].
pub async fn perform_recorded(
    door: &Door,
    steps: &[Step],
    key: u64,
    recorder: Arc<Recorder>,
) -> Result<Performance, String> {
    Stage::new(door, key, recorder, None).perform(steps).await
}

/// The same, with what the answers show.
///
/// # Errors
/// As [`perform`].
pub async fn perform_observed(door: &Door, steps: &[Step], key: u64) -> Result<Performance, String> {
    Stage::new(door, key, door.recorder(), Some(Notes::default())).perform(steps).await
}

/// Why a step ends before its end.
enum Halt {
    /// The answer is not allowed.
    Breach(Breach, Option<Arc<Exchange>>),
    /// The step is about something that is not there: another step that made it was left out.
    Meaningless,
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
    door: &'a Door,
    recorder: Arc<Recorder>,
    anonymous: Client,
    oracle: Oracle,
    people: BTreeMap<Person, Arc<Actor>>,
    made: BTreeMap<u32, Id>,
    key: u64,
    notes: Option<Notes>,
}

impl<'a> Stage<'a> {
    fn new(door: &'a Door, key: u64, recorder: Arc<Recorder>, notes: Option<Notes>) -> Self {
        let anonymous = door.anonymous(&recorder);
        let oracle = Oracle::new(door.capabilities().clone());
        let (people, made) = (BTreeMap::new(), BTreeMap::new());
        Stage { door, recorder, anonymous, oracle, people, made, key, notes }
    }
}

impl Stage<'_> {
    async fn perform(mut self, steps: &[Step]) -> Result<Performance, String> {
        let mut finding = None;
        for (number, step) in steps.iter().enumerate() {
            self.notes.iter_mut().for_each(|notes| notes.step = number);
            match self.act(step).await {
                Ok(()) | Err(Halt::Meaningless) => {}
                Err(Halt::Breach(breach, exchange)) => {
                    finding = Some(Finding { step: number, breach, exchange });
                    break;
                }
                Err(Halt::Broken(reason)) => return Err(reason),
            }
        }
        let (sights, requests) = (self.oracle.sights().clone(), self.recorder.requests());
        let observations = self.notes.map(|notes| notes.observations).unwrap_or_default();
        Ok(Performance { finding, sights, requests, observations })
    }

    async fn act(&mut self, step: &Step) -> Result<(), Halt> {
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
                let naming = Naming { name, description: description.as_deref() };
                let id = match id {
                    Some(place) => Some(self.place(*place).await?),
                    None => None,
                };
                if let Some(created) = self.create(&actor, naming, id.as_ref()).await?.body {
                    self.made.insert(*label, created.id);
                }
            }
            Step::Rename { at, name, description, .. } => {
                let (at, naming) = (self.place(*at).await?, Naming { name, description: description.as_deref() });
                let request = Request::patch(workspace_path(&at), &naming_body(naming));
                let reply = self.ask(&actor, request, |o, r| o.rename(actor.known, &at, naming, r)).await?;
                self.observe_naming(naming, Some(&at));
                self.observe_done(Asked::Rename, &reply);
            }
            Step::Delete { at, .. } => {
                let at = self.place(*at).await?;
                let request = Request::delete(workspace_path(&at));
                let reply = self.ask(&actor, request, |o, r| o.delete(actor.known, &at, r)).await?;
                self.observe_done(Asked::Delete, &reply);
            }
            Step::Activate { at, .. } => {
                let at = self.place(*at).await?;
                let reply = self.activate(&actor, &at).await?;
                self.observe_done(Asked::Activate, &reply);
            }
            Step::Members { .. } | Step::AddMember { .. } | Step::ChangeRole { .. } | Step::RemoveMember { .. } => {
                self.manage(&actor, step).await?;
            }
            Step::Push { at, ops, .. } => {
                let at = self.enter(&actor, *at).await?;
                self.push(&actor, &at, ops).await?;
            }
            Step::Pull { at, cursor, limit, tables, .. } => {
                let at = self.enter(&actor, *at).await?;
                let cursor = cursor.version(self.oracle.head(&at));
                let query = PullQuery { cursor, limit: *limit, tables: tables.as_deref() };
                let page = self.pull(&actor, &at, query).await?;
                self.observe_pull(Asked::Pull, &[page]);
            }
            Step::Follow { at, cursor, limit, tables, .. } => {
                let at = self.enter(&actor, *at).await?;
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
                self.observe_pull(Asked::Pull, &pages);
            }
            Step::Cursor { at, device, version, .. } => {
                let at = self.enter(&actor, *at).await?;
                let version = version.version(self.oracle.head(&at));
                let device = sequence::device_id(device, self.key);
                let body = json!({"scope": {"workspaceId": at}, "deviceId": device, "version": version});
                let request = Request::post("/api/sync/update-cursor", &body);
                let judge = |o: &mut Oracle, r: &_| o.cursor(actor.known, &at, (&device, version), r);
                let reply = self.ask(&actor, request, judge).await?;
                self.observe_done(Asked::Cursor, &reply);
            }
            Step::Snapshot { at, page_size, tables, between, .. } => {
                if !self.has(Capability::Snapshot) {
                    return Err(Halt::Meaningless);
                }
                let at = self.enter(&actor, *at).await?;
                let page_size = self.page_size(&at, *page_size);
                self.snapshot(&actor, &at, (page_size, tables.as_deref()), between).await?;
            }
            Step::Reread { at, limit, page_size, .. } => {
                let at = self.enter(&actor, *at).await?;
                let (limit, page_size) = (self.page_size(&at, *limit), self.page_size(&at, *page_size));
                self.reread(&actor, &at, limit, page_size).await?;
            }
            Step::Rewrite { at, order, batch, .. } => {
                let at = self.enter(&actor, *at).await?;
                self.rewrite(&actor, &at, *order, *batch).await?;
            }
            Step::Token { at, misuse, .. } => self.misuse_token(&actor, *at, *misuse).await?,
            Step::Collect { at, retention, only, .. } => {
                if !self.has(Capability::Gc) {
                    return Err(Halt::Meaningless);
                }
                let at = self.enter(&actor, *at).await?;
                self.collect(&actor, &at, *retention, *only).await?;
            }
            Step::Spoilt { at, spoil, .. } => self.send_spoilt(&actor, *at, spoil).await?,
            Step::Malformed { at, call, garble, .. } => self.send_malformed(&actor, *at, *call, *garble).await?,
            Step::Route { method, path, .. } => self.ask_wrongly(&actor, method, path).await?,
            Step::Forged { forgery, .. } => self.ask_forged(by, *forgery).await?,
            Step::Expire { .. } => self.ask_until_expired(by).await?,
            Step::Compare { at, .. } => self.compare(&actor, *at).await?,
            Step::Anonymous { .. } | Step::Wait { .. } => {}
        }
        self.settle_doubt().await
    }

    /// Lets time pass. Where that takes as long as it says, only a target that collects is worth it.
    async fn wait(&self, seconds: u8) -> Result<(), Halt> {
        let clock = self.door.clock();
        if !clock.is_free() && !self.has(Capability::Gc) {
            return Err(Halt::Meaningless);
        }
        clock.wait(Duration::from_secs(seconds.into())).await;
        Ok(())
    }

    /// That size of a page, or a larger one where there are hundreds of entries: they are not read one by one.
    fn page_size(&self, at: &Id, size: u64) -> u64 {
        let least = self.oracle.head(at) / MANY_PAGES;
        if (1..=1000).contains(&size) { size.max(least.min(1000)) } else { size }
    }

    fn has(&self, capability: Capability) -> bool {
        capability.is_met_by(self.door.capabilities())
    }

    /// The person, who logs in when they come up for the first time.
    async fn actor(&mut self, person: Person) -> Result<Arc<Actor>, Halt> {
        self.log_in(person, None).await
    }

    /// The same; whoever begins with the list, or with a pull from another's home, asks for nothing else before
    /// (`session.provisions-user`).
    async fn actor_for(&mut self, person: Person, step: &Step) -> Result<Arc<Actor>, Halt> {
        self.log_in(person, Some(step)).await
    }

    async fn log_in(&mut self, person: Person, beginning: Option<&Step>) -> Result<Arc<Actor>, Halt> {
        if let Some(actor) = self.people.get(&person) {
            return Ok(Arc::clone(actor));
        }
        let identity = sequence::identity(person, self.key).ok_or(Halt::Meaningless)?;
        // Only minted credentials carry every name for sure.
        if person >= sequence::PLAIN_PEOPLE && self.door.credentials().minter().is_none() {
            return Err(Halt::Meaningless);
        }
        let login = self.door.credentials().issue(&identity, &UserLease::default()).await;
        let login = login.map_err(|reason| match reason {
            CredentialError::NotHere(_) if person >= sequence::PLAIN_PEOPLE => Halt::Meaningless,
            reason => Halt::Broken(reason.to_string()),
        })?;
        self.recorder.register_credential(&login.headers, Proof::Good(login.identity.clone()));
        let client = self.anonymous.with_credential(&format!("person {person}"), &login.headers);
        let known = self.oracle.introduce(&identity.provider, &identity.subject);
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
                let breach = Breach::new("session.provisions-user", message, "a default workspace", &answer);
                return Err(Halt::Breach(breach, self.recorder.last()));
            }
        }
        let actor = Arc::new(actor);
        self.people.insert(person, Arc::clone(&actor));
        Ok(actor)
    }

    /// The id of that workspace, if it has come up.
    fn known_place(&self, place: Place) -> Option<Id> {
        match place {
            Place::Home(person) => self.people.get(&person).map(|actor| actor.home.clone()),
            Place::Made(label) => self.made.get(&label).cloned(),
            Place::Nowhere => self.people.values().next().map(|actor| actor.home.unknown_alike()),
            Place::Nearby => self.people.values().next().map(|actor| actor.home.nearly()),
        }
    }

    /// The id of that workspace.
    async fn place(&mut self, place: Place) -> Result<Id, Halt> {
        if let Place::Home(person) = place {
            Box::pin(self.actor(person)).await?;
        }
        self.known_place(place).ok_or(Halt::Meaningless)
    }

    /// The id of that workspace, which is active afterwards where it can be: a target may let a session sync there only.
    async fn enter(&mut self, actor: &Actor, place: Place) -> Result<Id, Halt> {
        let at = self.place(place).await?;
        self.enter_known(actor, &at).await?;
        Ok(at)
    }

    async fn enter_known(&mut self, actor: &Actor, at: &Id) -> Result<(), Halt> {
        if self.oracle.has_to_enter(actor.known, at) {
            self.activate(actor, at).await?;
        }
        Ok(())
    }

    async fn activate(&mut self, actor: &Actor, at: &Id) -> Result<Reply<OkAnswer>, Halt> {
        let request = Request::post("/api/workspaces/active", &json!({"id": at}));
        self.ask(actor, request, |o, r| o.activate(actor.known, at, r)).await
    }

    /// Looks at what an answer left open, so that the next one can be judged.
    async fn settle_doubt(&mut self) -> Result<(), Halt> {
        let Some((doubt, person)) = self.oracle.doubt().cloned() else { return Ok(()) };
        let Some(actor) = self.people.values().find(|actor| actor.known == person).cloned() else { return Ok(()) };
        match doubt {
            Doubt::Entry { workspace, version } => {
                let query = PullQuery { cursor: version.saturating_sub(1), limit: 1000, tables: None };
                let page = Box::pin(self.pull(&actor, &workspace, query)).await?;
                self.observe_pull(Asked::Settling, &[page]);
            }
            Doubt::Role { workspace } => {
                let reply = self.members(&actor, &workspace).await?;
                self.observe_members(Asked::Settling, &reply);
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
    ) -> Result<Reply<T>, Halt> {
        let sent = self.door.clock().now();
        let answer = actor.client.send(request).await;
        self.oracle.at(When { sent, answered: self.door.clock().now() });
        let exchange = Arc::clone(answer.exchange());
        let reply = reply(&answer);
        let judged = self.always(&answer).and_then(|()| judge(&mut self.oracle, &reply));
        judged.map_err(|breach| Halt::Breach(breach, Some(exchange)))?;
        Ok(reply)
    }

    /// The breach that a judgement found which no single answer is the cause of.
    fn breach_of(&self, judged: Judged) -> Result<(), Halt> {
        judged.map_err(|breach| Halt::Breach(breach, self.recorder.last()))
    }

    fn always(&self, answer: &Answer) -> Judged {
        if answer.status().is_none() {
            let message = "no answer came";
            return Err(Breach::new("http.no-5xx", message, "an answer", answer.outcome()));
        }
        match broken_rules(answer.exchange()).into_iter().find(|(rule, _)| ALWAYS.contains(rule)) {
            Some((rule, what)) => Err(Breach::new(rule, what, "an answer in order", answer.outcome())),
            None => Ok(()),
        }
    }
}

fn reply<T: DeserializeOwned>(answer: &Answer) -> Reply<T> {
    let body = answer.is_success().then(|| deep_json::read(&answer.exchange().response).ok()).flatten();
    Reply { status: answer.status(), body, exchange: Arc::clone(answer.exchange()) }
}
