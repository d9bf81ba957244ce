//! A performance: a sequence against a target, step by step, until it is over or the oracle objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Door;
use crate::capability::Capability;
use crate::client::{Answer, Client, Recorder, Request};
use crate::credential::{Crew, Forgery, NoCredential};
use crate::exchange::Exchange;
use crate::oracle::{
    self, Breach, Doubt, Judged, MisplacedToken, Naming, Offer, Oracle, PullQuery, Reply, Sights, SnapshotPages,
};
use crate::sequence::{self, Call, Draft, Garble, Member, Misuse, Names, Person, Place, Spoil, Step};
use crate::wire::{Id, PullAnswer, SessionAnswer, SnapshotAnswer};
use crate::world::{member_path, members_path, workspace_path};

/// The most pages that one step reads.
const MOST_PAGES: usize = 2000;
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
    let (anonymous, recorder) = door.anonymous();
    let oracle = Oracle::new(door.capabilities().clone());
    let (people, made) = (BTreeMap::new(), BTreeMap::new());
    let mut stage = Stage { door, recorder, anonymous, oracle, people, made, key };
    let mut finding = None;
    for (number, step) in steps.iter().enumerate() {
        match stage.act(step).await {
            Ok(()) | Err(Halt::Meaningless) => {}
            Err(Halt::Breach(breach, exchange)) => {
                finding = Some(Finding { step: number, breach, exchange });
                break;
            }
            Err(Halt::Broken(reason)) => return Err(reason),
        }
    }
    let requests = stage.recorder.requests();
    Ok(Performance { finding, sights: stage.oracle.sights().clone(), requests })
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
    people: BTreeMap<Person, Actor>,
    made: BTreeMap<u32, Id>,
    key: u64,
}

impl Stage<'_> {
    async fn act(&mut self, step: &Step) -> Result<(), Halt> {
        let Some(by) = step.by() else {
            return match step {
                Step::Anonymous { at } => self.ask_as_nobody(*at).await,
                _ => Ok(()),
            };
        };
        let actor = self.actor_for(by, step).await?;
        match step {
            Step::Session { .. } => {
                self.ask(&actor, Request::get("/api/auth/session"), |o, r| o.session(actor.known, r)).await?;
            }
            Step::List { .. } => {
                self.ask(&actor, Request::get("/api/workspaces"), |o, r| o.list(actor.known, r)).await?;
            }
            Step::Create { label, name, description, .. } => {
                let naming = Naming { name, description: description.as_deref() };
                let request = Request::post("/api/workspaces", &naming_body(naming));
                let answer = self.ask(&actor, request, |o, r| o.create(actor.known, naming, r)).await?;
                if let Some(created) = answer.body {
                    self.made.insert(*label, created.id);
                }
            }
            Step::Rename { at, name, description, .. } => {
                let (at, naming) = (self.place(*at).await?, Naming { name, description: description.as_deref() });
                let request = Request::patch(workspace_path(&at), &naming_body(naming));
                self.ask(&actor, request, |o, r| o.rename(actor.known, &at, naming, r)).await?;
            }
            Step::Delete { at, .. } => {
                let at = self.place(*at).await?;
                let request = Request::delete(workspace_path(&at));
                self.ask(&actor, request, |o, r| o.delete(actor.known, &at, r)).await?;
            }
            Step::Activate { at, .. } => {
                let at = self.place(*at).await?;
                self.activate(&actor, &at).await?;
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
                self.pull(&actor, &at, PullQuery { cursor, limit: *limit, tables: tables.as_deref() }).await?;
            }
            Step::Follow { at, cursor, limit, tables, .. } => {
                let at = self.enter(&actor, *at).await?;
                let mut cursor = cursor.version(self.oracle.head(&at));
                for _ in 0..MOST_PAGES {
                    let query = PullQuery { cursor, limit: *limit, tables: tables.as_deref() };
                    match self.pull(&actor, &at, query).await? {
                        Some(page) if page.has_more && page.next_cursor > cursor => cursor = page.next_cursor,
                        _ => break,
                    }
                }
            }
            Step::Cursor { at, device, version, .. } => {
                let at = self.enter(&actor, *at).await?;
                let version = version.version(self.oracle.head(&at));
                let device = self.device(device);
                let body = json!({"scope": {"workspaceId": at}, "deviceId": device, "version": version});
                let request = Request::post("/api/sync/update-cursor", &body);
                self.ask(&actor, request, |o, r| o.cursor(actor.known, &at, (&device, version), r)).await?;
            }
            Step::Snapshot { at, page_size, tables, between, .. } => {
                if !self.has(Capability::Snapshot) {
                    return Err(Halt::Meaningless);
                }
                let at = self.enter(&actor, *at).await?;
                self.snapshot(&actor, &at, (*page_size, tables.as_deref()), between).await?;
            }
            Step::Token { at, misuse, .. } => self.misuse_token(&actor, *at, *misuse).await?,
            Step::Collect { at, retention, .. } => {
                if !self.has(Capability::Gc) {
                    return Err(Halt::Meaningless);
                }
                let at = self.enter(&actor, *at).await?;
                for path in ["/api/sync/gc-change-log", "/api/sync/gc-tombstones"] {
                    let body = json!({"scope": {"workspaceId": at}, "retentionSeconds": retention});
                    let request = Request::post(path, &body);
                    self.ask(&actor, request, |o, r| o.collect(actor.known, &at, *retention, r)).await?;
                }
            }
            Step::Spoilt { at, spoil, .. } => self.send_spoilt(&actor, *at, spoil).await?,
            Step::Malformed { at, call, garble, .. } => self.send_malformed(&actor, *at, *call, *garble).await?,
            Step::Route { method, path, .. } => self.ask_wrongly(&actor, method, path).await?,
            Step::Forged { forgery, .. } => self.ask_forged(by, *forgery).await?,
            Step::Compare { at, .. } => self.compare(&actor, *at).await?,
            Step::Anonymous { .. } => {}
        }
        self.settle_doubt().await
    }

    fn has(&self, capability: Capability) -> bool {
        capability.is_met_by(self.door.capabilities())
    }

    fn device(&self, device: &str) -> String {
        // Odd ones are cases of their own.
        if device.trim().is_empty() { device.to_owned() } else { format!("{:x}-{device}", self.key) }
    }

    /// The person, who logs in when they come up for the first time.
    async fn actor(&mut self, person: Person) -> Result<Actor, Halt> {
        self.log_in(person, false).await
    }

    /// The same; whoever asks for the list first asks for nothing else before (`session.provisions-user`).
    async fn actor_for(&mut self, person: Person, step: &Step) -> Result<Actor, Halt> {
        self.log_in(person, matches!(step, Step::List { .. })).await
    }

    async fn log_in(&mut self, person: Person, begins_with_list: bool) -> Result<Actor, Halt> {
        if let Some(actor) = self.people.get(&person) {
            return Ok(actor.clone());
        }
        let identity = sequence::identity(person, self.key).ok_or(Halt::Meaningless)?;
        // Only minted credentials carry every name for sure.
        if person >= sequence::PLAIN_PEOPLE && self.door.credentials().minter().is_none() {
            return Err(Halt::Meaningless);
        }
        let login = self.door.credentials().issue(&identity, &Crew::default()).await;
        let login = login.map_err(|reason| match reason {
            NoCredential::NotHere(_) if person >= sequence::PLAIN_PEOPLE => Halt::Meaningless,
            reason => Halt::Broken(reason.to_string()),
        })?;
        let client = self.anonymous.with_credential(&format!("person {person}"), &login.headers);
        let known = self.oracle.introduce(&identity.provider, &identity.subject);
        let mut actor = Actor { known, client, home: Id::text("") };
        if begins_with_list {
            self.ask(&actor, Request::get("/api/workspaces"), |o, r| o.list(known, r)).await?;
        }
        let answer: Reply<SessionAnswer> =
            self.ask(&actor, Request::get("/api/auth/session"), |o, r| o.session(known, r)).await?;
        let workspace = answer.body.and_then(|answer| answer.session).and_then(|session| session.workspace);
        match workspace {
            Some(workspace) => actor.home = workspace.id,
            None => {
                let message = "a first login gives no workspace";
                let breach = Breach::new("session.provisions-user", message, "a default workspace", answer.shown);
                return Err(Halt::Breach(breach, self.recorder.last()));
            }
        }
        self.people.insert(person, actor.clone());
        Ok(actor)
    }

    /// The id of that workspace, if it has come up.
    fn known_place(&self, place: Place) -> Option<Id> {
        match place {
            Place::Home(person) => self.people.get(&person).map(|actor| actor.home.clone()),
            Place::Made(label) => self.made.get(&label).cloned(),
            Place::Nowhere => self.people.values().next().map(|actor| actor.home.unknown_alike()),
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
        if self.oracle.has_to_enter(actor.known, &at) {
            self.activate(actor, &at).await?;
        }
        Ok(at)
    }

    async fn activate(&mut self, actor: &Actor, at: &Id) -> Result<(), Halt> {
        let request = Request::post("/api/workspaces/active", &json!({"id": at}));
        self.ask(actor, request, |o, r| o.activate(actor.known, at, r)).await?;
        Ok(())
    }

    async fn manage(&mut self, actor: &Actor, step: &Step) -> Result<(), Halt> {
        if !self.has(Capability::Members) {
            return Err(Halt::Meaningless);
        }
        match step {
            Step::Members { at, .. } => {
                let at = self.place(*at).await?;
                self.members(actor, &at).await?;
            }
            Step::AddMember { at, member, role, .. } => {
                let at = self.place(*at).await?;
                let member = match member {
                    Member::Person(person) => Some(self.actor(*person).await?.known),
                    Member::Nobody => None,
                };
                let id = member.and_then(|member| self.oracle.id_of(member).cloned());
                let id = id.unwrap_or_else(|| actor.home.unknown_alike());
                let request = Request::post(members_path(&at), &json!({"userId": id, "role": role}));
                self.ask(actor, request, |o, r| o.add_member(actor.known, &at, member, role, r)).await?;
            }
            Step::ChangeRole { at, member, role, .. } => {
                let (at, member) = (self.place(*at).await?, self.actor(*member).await?.known);
                let id = self.id_of_member(actor, &at, member)?;
                let request = Request::patch(member_path(&at, &id), &json!({"role": role}));
                self.ask(actor, request, |o, r| o.change_role(actor.known, &at, member, *role, r)).await?;
            }
            Step::RemoveMember { at, member, .. } => {
                let (at, member) = (self.place(*at).await?, self.actor(*member).await?.known);
                let id = self.id_of_member(actor, &at, member)?;
                let request = Request::delete(member_path(&at, &id));
                self.ask(actor, request, |o, r| o.remove_member(actor.known, &at, member, r)).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The target's id of the member, if the protocol says what comes of a change by that person.
    fn id_of_member(&self, actor: &Actor, at: &Id, member: oracle::Person) -> Result<Id, Halt> {
        let id = self.oracle.id_of(member).cloned().ok_or(Halt::Meaningless)?;
        if self.oracle.speaks_of_member(actor.known, at, member) { Ok(id) } else { Err(Halt::Meaningless) }
    }

    async fn members(&mut self, actor: &Actor, at: &Id) -> Result<(), Halt> {
        self.ask(actor, Request::get(members_path(at)), |o, r| o.members(actor.known, at, r)).await?;
        Ok(())
    }

    /// The ops as they are sent, without those of which the protocol does not say what becomes of them.
    fn offers(&self, actor: &Actor, at: &Id, drafts: &[Draft]) -> Vec<Offer> {
        let text = |person: oracle::Person| json!(self.oracle.id_of(person).map(Id::to_string));
        let writer = text(actor.known);
        let ties = self.has(Capability::OpIdTieBreak);
        let offer = |draft: &Draft| {
            let named = draft.named.and_then(|person| self.people.get(&person)).map(|named| text(named.known));
            let workspace = draft.workspace.and_then(|place| self.known_place(place)).map(|id| json!(id.to_string()));
            let (named, workspace) = (named.as_ref(), workspace.as_ref());
            let names = Names { key: self.key, writer: &writer, named, workspace, ties };
            Offer { wire: draft.op(names).json() }
        };
        drafts.iter().map(offer).filter(|offer| self.oracle.speaks_of(actor.known, at, offer)).collect()
    }

    async fn push(&mut self, actor: &Actor, at: &Id, drafts: &[Draft]) -> Result<(), Halt> {
        for person in drafts.iter().filter_map(|draft| draft.named) {
            Box::pin(self.actor(person)).await?;
        }
        let offers = self.offers(actor, at, drafts);
        if offers.is_empty() && !drafts.is_empty() {
            return Ok(());
        }
        let ops: Vec<&Value> = offers.iter().map(|offer| &offer.wire).collect();
        let request = Request::post("/api/sync/push", &json!({"scope": {"workspaceId": at}, "ops": ops}));
        self.ask(actor, request, |o, r| o.push(actor.known, at, &offers, r)).await?;
        self.settle_doubt().await
    }

    async fn pull(&mut self, actor: &Actor, at: &Id, query: PullQuery<'_>) -> Result<Option<PullAnswer>, Halt> {
        let mut body = json!({"scope": {"workspaceId": at}, "cursor": query.cursor, "limit": query.limit});
        if let Some(tables) = query.tables {
            body["tables"] = json!(tables);
        }
        let request = Request::post("/api/sync/pull", &body);
        let answer = self.ask(actor, request, |o, r| o.pull(actor.known, at, query, r)).await?;
        Ok(answer.body)
    }

    async fn snapshot(
        &mut self,
        actor: &Actor,
        at: &Id,
        (page_size, tables): (u64, Option<&[String]>),
        between: &[Draft],
    ) -> Result<(), Halt> {
        let mut body = json!({"scope": {"workspaceId": at}, "pageSize": page_size});
        if let Some(tables) = tables {
            body["tables"] = json!(tables);
        }
        // What is pushed between the pages is not to show in them.
        let mut before = None;
        let mut pages: Vec<Reply<SnapshotAnswer>> = Vec::new();
        for _ in 0..MOST_PAGES {
            let page: Reply<SnapshotAnswer> =
                self.ask(actor, Request::post("/api/sync/snapshot", &body), |_, _| Ok(())).await?;
            let token = page.body.as_ref().and_then(|page| page.next_page_token.clone());
            pages.push(page);
            let Some(token) = token.filter(|token| !token.is_null()) else { break };
            body["pageToken"] = token;
            if before.is_none() && !between.is_empty() {
                before = Some(self.oracle.clone());
                self.push(actor, at, between).await?;
            }
        }
        let pages = SnapshotPages { page_size, later_size: page_size, tables, pages: &pages };
        let judged = before.as_mut().unwrap_or(&mut self.oracle).snapshot(actor.known, at, &pages);
        judged.map_err(|breach| Halt::Breach(breach, self.recorder.last()))
    }

    /// Takes the first page of a snapshot, and goes on from there in an odd way.
    async fn misuse_token(&mut self, actor: &Actor, at: Place, misuse: Misuse) -> Result<(), Halt> {
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
                if self.oracle.has_to_enter(other.known, &at) {
                    self.activate(&other, &at).await?;
                }
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
                    judged.map_err(|breach| Halt::Breach(breach, self.recorder.last()))?;
                }
            }
        }
        Ok(())
    }

    async fn send_spoilt(&mut self, actor: &Actor, at: Place, spoil: &Spoil) -> Result<(), Halt> {
        if !spoil.is_wrong() {
            return Err(Halt::Meaningless);
        }
        let (at, path, body) = self.body(actor, at, spoil.call).await?;
        let is_blank = spoil.is_blank_scope();
        let bytes = spoil.into_body(body).to_string().into_bytes();
        let request = Request::raw(method(spoil.call), path, Some(bytes));
        self.ask(actor, request, |o, r| o.wrong_shape(actor.known, &at, is_blank, r)).await?;
        Ok(())
    }

    async fn send_malformed(&mut self, actor: &Actor, at: Place, call: Call, garble: Garble) -> Result<(), Halt> {
        let (at, path, body) = self.body(actor, at, call).await?;
        let request = Request::raw(method(call), path, Some(garble.bytes(&body)));
        self.ask(actor, request, |o, r| o.malformed(actor.known, &at, r)).await?;
        Ok(())
    }

    /// The workspace, the path and a body in order of that call.
    async fn body(&mut self, actor: &Actor, at: Place, call: Call) -> Result<(Id, String, Value), Halt> {
        let needed = match call {
            Call::Snapshot => Some(Capability::Snapshot),
            Call::CollectLog | Call::CollectTombstones => Some(Capability::Gc),
            Call::AddMember => Some(Capability::Members),
            _ => None,
        };
        if needed.is_some_and(|needed| !self.has(needed)) {
            return Err(Halt::Meaningless);
        }
        let is_sync = !matches!(call, Call::Create | Call::Rename | Call::Activate | Call::AddMember);
        let at = if is_sync { self.enter(actor, at).await? } else { self.place(at).await? };
        let scope = json!({"workspaceId": at});
        let (path, body) = match call {
            Call::Push => ("/api/sync/push".to_owned(), json!({"scope": scope, "ops": []})),
            Call::Pull => {
                ("/api/sync/pull".to_owned(), json!({"scope": scope, "cursor": 0, "limit": 10, "tables": []}))
            }
            Call::Cursor => {
                let body = json!({"scope": scope, "deviceId": self.device("spoilt"), "version": 0});
                ("/api/sync/update-cursor".to_owned(), body)
            }
            Call::Snapshot => ("/api/sync/snapshot".to_owned(), json!({"scope": scope, "pageSize": 10, "tables": []})),
            Call::CollectLog => {
                ("/api/sync/gc-change-log".to_owned(), json!({"scope": scope, "retentionSeconds": 86_400}))
            }
            Call::CollectTombstones => {
                ("/api/sync/gc-tombstones".to_owned(), json!({"scope": scope, "retentionSeconds": 86_400}))
            }
            Call::Create => ("/api/workspaces".to_owned(), json!({"name": "spoilt"})),
            Call::Rename => (workspace_path(&at), json!({"name": "spoilt"})),
            Call::Activate => ("/api/workspaces/active".to_owned(), json!({"id": at})),
            Call::AddMember => (members_path(&at), json!({"userId": at, "role": "viewer"})),
        };
        Ok((at, path, body))
    }

    async fn ask_wrongly(&mut self, actor: &Actor, method: &str, path: &str) -> Result<(), Halt> {
        let needed = match path {
            "/api/sync/snapshot" => Some(Capability::Snapshot),
            "/api/sync/gc-change-log" | "/api/sync/gc-tombstones" => Some(Capability::Gc),
            _ => None,
        };
        if needed.is_some_and(|needed| !self.has(needed)) {
            return Err(Halt::Meaningless);
        }
        let expected = match methods_of(path) {
            None => 404,
            Some(methods) if !methods.contains(&method) => 405,
            Some(_) => return Err(Halt::Meaningless),
        };
        // What becomes of other methods is not said.
        let method = match method {
            "GET" => reqwest::Method::GET,
            "POST" => reqwest::Method::POST,
            "PUT" => reqwest::Method::PUT,
            "PATCH" => reqwest::Method::PATCH,
            "DELETE" => reqwest::Method::DELETE,
            _ => return Err(Halt::Meaningless),
        };
        let body = (method != reqwest::Method::GET).then(|| b"{}".to_vec());
        self.ask(actor, Request::raw(method, path, body), |o, r| o.route(expected, r)).await?;
        Ok(())
    }

    async fn ask_forged(&mut self, by: Person, forgery: Forgery) -> Result<(), Halt> {
        let actor = self.actor(by).await?;
        let identity = sequence::identity(by, self.key).ok_or(Halt::Meaningless)?;
        let minter = self.door.credentials().minter().filter(|_| self.has(Capability::BadCredentials));
        let header = minter.ok_or(Halt::Meaningless)?.forged(&identity, forgery);
        let header = header.map_err(|reason| Halt::Broken(reason.to_string()))?;
        let client = self.anonymous.with_credential(&format!("a forger of person {by}"), &[header]);
        let forger = Actor { client, ..actor };
        self.ask(&forger, Request::get("/api/auth/session"), |o, r| o.forged_session(r)).await?;
        let scope = json!({"workspaceId": forger.home});
        for request in [
            Request::get("/api/workspaces"),
            Request::post("/api/sync/pull", &json!({"scope": scope, "cursor": 0, "limit": 1})),
            Request::post("/api/sync/push", &json!({"scope": scope, "ops": []})),
        ] {
            self.ask(&forger, request, |o, r| o.forged(r)).await?;
        }
        Ok(())
    }

    /// Asks for the workspace of others, and for one that there is not.
    async fn compare(&mut self, actor: &Actor, at: Place) -> Result<(), Halt> {
        let at = self.place(at).await?;
        if !self.oracle.is_hidden(actor.known, &at) {
            return Err(Halt::Meaningless);
        }
        let nowhere = at.unknown_alike();
        let requests = |id: &Id| {
            let scope = json!({"workspaceId": id});
            [
                ("renaming", Request::patch(workspace_path(id), &json!({"name": "name"}))),
                ("deleting", Request::delete(workspace_path(id))),
                ("activating", Request::post("/api/workspaces/active", &json!({"id": id}))),
                ("pushing", Request::post("/api/sync/push", &json!({"scope": scope, "ops": []}))),
                ("pulling", Request::post("/api/sync/pull", &json!({"scope": scope, "cursor": 0, "limit": 1}))),
                ("looking at the members of", Request::get(members_path(id))),
            ]
        };
        for ((call, others), (_, nobodys)) in requests(&at).into_iter().zip(requests(&nowhere)) {
            let others: Reply<()> = self.ask(actor, others, |_, _| Ok(())).await?;
            self.ask(actor, nobodys, |o, r: &Reply<()>| o.alike(call, others.status, r)).await?;
        }
        Ok(())
    }

    /// One well-formed request to every endpoint, of nobody.
    async fn ask_as_nobody(&mut self, at: Place) -> Result<(), Halt> {
        let at = self.place(at).await?;
        let scope = json!({"workspaceId": at});
        let mut requests = vec![
            Request::get("/api/workspaces"),
            Request::post("/api/workspaces", &json!({"name": "nobody's"})),
            Request::patch(workspace_path(&at), &json!({"name": "nobody's"})),
            Request::delete(workspace_path(&at)),
            Request::post("/api/workspaces/active", &json!({"id": at})),
            Request::post("/api/sync/push", &json!({"scope": scope, "ops": []})),
            Request::post("/api/sync/pull", &json!({"scope": scope, "cursor": 0, "limit": 1})),
            Request::post("/api/sync/update-cursor", &json!({"scope": scope, "deviceId": "d", "version": 0})),
        ];
        if self.has(Capability::Members) {
            requests.push(Request::get(members_path(&at)));
            requests.push(Request::post(members_path(&at), &json!({"userId": at, "role": "viewer"})));
        }
        if self.has(Capability::Snapshot) {
            requests.push(Request::post("/api/sync/snapshot", &json!({"scope": scope, "pageSize": 1})));
        }
        if self.has(Capability::Gc) {
            let body = json!({"scope": scope, "retentionSeconds": 86_400});
            requests.push(Request::post("/api/sync/gc-change-log", &body));
            requests.push(Request::post("/api/sync/gc-tombstones", &body));
        }
        let nobody = Actor { known: usize::MAX, client: self.anonymous.clone(), home: at };
        for request in requests {
            self.ask(&nobody, request, |o, r| o.anonymous(r)).await?;
        }
        Ok(())
    }

    /// Looks at what an answer left open, so that the next one can be judged.
    async fn settle_doubt(&mut self) -> Result<(), Halt> {
        let Some((doubt, person)) = self.oracle.doubt().cloned() else { return Ok(()) };
        let Some(actor) = self.people.values().find(|actor| actor.known == person).cloned() else { return Ok(()) };
        match doubt {
            Doubt::Entry { workspace, version } => {
                let query = PullQuery { cursor: version.saturating_sub(1), limit: 1000, tables: None };
                Box::pin(self.pull(&actor, &workspace, query)).await?;
            }
            Doubt::Role { workspace } => self.members(&actor, &workspace).await?,
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
        let answer = actor.client.send(request).await;
        let exchange = Arc::clone(answer.exchange());
        let reply = reply(&answer);
        let judged = self.always(&answer).and_then(|()| judge(&mut self.oracle, &reply));
        judged.map_err(|breach| Halt::Breach(breach, Some(exchange)))?;
        Ok(reply)
    }

    fn always(&self, answer: &Answer) -> Judged {
        if answer.status().is_none() {
            let message = "no answer came";
            return Err(Breach::new("http.no-5xx", message, "an answer", answer.outcome()));
        }
        match ALWAYS.iter().find_map(|rule| Some((*rule, self.recorder.watch().offence(rule)?))) {
            Some((rule, offence)) => Err(Breach::new(rule, offence.what, "an answer in order", answer.outcome())),
            None => Ok(()),
        }
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

fn method(call: Call) -> reqwest::Method {
    if call == Call::Rename { reqwest::Method::PATCH } else { reqwest::Method::POST }
}

/// The methods of a path; none for one that there is none of.
fn methods_of(path: &str) -> Option<&'static [&'static str]> {
    match path {
        "/api/auth/session" => Some(&["GET"]),
        "/api/workspaces" => Some(&["GET", "POST"]),
        // The path of a workspace of that id, too.
        "/api/workspaces/active" => Some(&["POST", "PATCH", "DELETE"]),
        "/api/sync/push"
        | "/api/sync/pull"
        | "/api/sync/update-cursor"
        | "/api/sync/snapshot"
        | "/api/sync/gc-change-log"
        | "/api/sync/gc-tombstones" => Some(&["POST"]),
        _ => None,
    }
}

fn naming_body(naming: Naming<'_>) -> Value {
    match naming.description {
        Some(description) => json!({"name": naming.name, "description": description}),
        None => json!({"name": naming.name}),
    }
}

fn reply<T: DeserializeOwned>(answer: &Answer) -> Reply<T> {
    let body = answer.is_success().then(|| serde_json::from_slice(&answer.exchange().response).ok()).flatten();
    Reply { status: answer.status(), body, shown: answer.outcome() }
}
