//! The users of a sequence, who log in when they are first needed, and the workspaces that they act in.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use serde_json::{Value, json};

use super::stage::{Actor, Stage, StepEnd, StepResult};
use crate::oracle::{Judged, Oracle, PullQuery, Reply, Violation};
use crate::sequence::{self, Step, User, WorkspaceRef};
use syncproof_harness::client::{Client, Proof, Request};
use syncproof_harness::credential::{Login, UserLease};
use syncproof_protocol::endpoint;
use syncproof_protocol::wire::{Id, OkAnswer, SessionAnswer};

/// How much the clocks of suite and target may differ, in seconds.
const CLOCKS_DIFFER: u64 = 300;
/// How far ahead a credential may end, in seconds: it does not fit in 32 bits, signed or not.
const FAR: u64 = 1 << 31;
/// How long ago a credential may have begun, in seconds: the clocks of suite and target may differ by less.
const BEGUN: u64 = 20;
/// How long a renewed credential lasts.
const RENEWED: Duration = Duration::from_secs(12 * 60 * 60);

/// Seconds since 1970, by the clock of the suite.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// A session says when it ends, which has not passed (`session.expires-at`).
fn ends_later(reply: &Reply<SessionAnswer>, now: u64) -> Judged {
    let Some(session) = reply.body.as_ref().and_then(|body| body.session.as_ref()) else { return Ok(()) };
    let said = session.expires_at.as_ref().and_then(Value::as_str);
    let end = said.and_then(|text| DateTime::parse_from_rfc3339(text).ok()).map(|end| end.timestamp());
    let earliest = i64::try_from(now.saturating_sub(CLOCKS_DIFFER)).unwrap_or(i64::MAX);
    match end {
        Some(end) if end > earliest => Ok(()),
        _ => {
            let message = "the session of a valid credential does not say in RFC 3339 that it ends later";
            Err(Violation::new("session.expires-at", message, "a time that has not passed", reply))
        }
    }
}

impl Stage<'_> {
    /// The user, who logs in when they first act.
    pub(super) async fn actor(&mut self, user: User) -> StepResult<Arc<Actor>> {
        self.log_in(user, None).await
    }

    /// The same for that step: if the user's first step is a list or a pull, it is also their first request
    /// (`session.provisions-user`).
    pub(super) async fn actor_for(&mut self, user: User, step: &Step) -> StepResult<Arc<Actor>> {
        self.log_in(user, Some(step)).await
    }

    async fn log_in(&mut self, user: User, beginning: Option<&Step>) -> StepResult<Arc<Actor>> {
        if let Some(actor) = self.users.get(&user) {
            return Ok(Arc::clone(actor));
        }
        let provider = self.handle.credentials().provider();
        let identity = sequence::identity(user, provider, self.key, self.lookalikes).ok_or(StepEnd::Meaningless)?;
        let is_nameable =
            self.handle.carries_any_name() && (self.handle.carries_any_provider() || identity.provider == provider);
        if sequence::is_lookalike(user) && !is_nameable {
            return Err(StepEnd::Unnameable);
        }
        let login = self.handle.credentials().issue(&identity, &UserLease::default()).await;
        let login = login.map_err(|reason| StepEnd::Broken(reason.to_string()))?;
        let client = self.client(user, &login);
        let is_minted = self.handle.credentials().minter().is_some();
        let shown = is_minted.then_some((identity.provider.as_str(), identity.subject.as_str()));
        let known = self.oracle.add_user(shown);
        let mut actor = Actor { known, client, home: Id::text("") };
        match beginning {
            Some(Step::List { .. }) => {
                self.ask(&actor, Request::get(endpoint::LIST_WORKSPACES.path), |o, r| o.list(known, r)).await?;
            }
            Some(Step::Pull { at, .. }) => {
                if let Some(at) = self.known_place(*at) {
                    self.pull(&actor, &at, PullQuery { cursor: 0, limit: 1, tables: None }).await?;
                }
            }
            Some(Step::SessionAtOnce { .. }) => self.session_at_once(&actor).await?,
            _ => {}
        }
        let answer = self.first_session(&actor).await?;
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
        self.users.insert(user, Arc::clone(&actor));
        Ok(actor)
    }

    /// Lets a user go on with another credential: nothing else changes (`session.stable`).
    pub(super) async fn renew(&mut self, user: User) -> StepResult {
        let actor = self.actor(user).await?;
        let credentials = self.handle.credentials();
        let identity = sequence::identity(user, credentials.provider(), self.key, self.lookalikes);
        let identity = identity.ok_or(StepEnd::Meaningless)?;
        let is_minted = credentials.minter().is_some();
        let login = match credentials.minter() {
            // Each has an end of its own: tokens of one second would be the same. Times may have fractions, and there may be
            // claims that a server does not know (RFC 7519, sections 2 and 4).
            Some(minter) => {
                let lasts = self.handle.clock().ahead().saturating_add(RENEWED).as_secs();
                let now = now();
                let end = now.saturating_add(lasts).saturating_add(self.recorder.requests());
                let fraction = f64::from(u32::try_from(end).unwrap_or(u32::MAX)) + 0.5;
                let (end, begins) = match self.recorder.requests() % 3 {
                    0 => (json!(fraction), json!(0.5)),
                    late => (json!(end.saturating_add(FAR * late)), json!(now.saturating_sub(BEGUN))),
                };
                let claims = json!({"exp": end, "nbf": begins, "jti": "another", "claim": {"of": ["nobody"]}});
                minter.with_claims(&identity, &claims).map(|header| Login { identity, headers: vec![header] })
            }
            None => credentials.issue(&identity, &UserLease::default()).await,
        };
        let login = login.map_err(|reason| StepEnd::Broken(reason.to_string()))?;
        let actor = Arc::new(Actor { client: self.client(user, &login), ..Actor::clone(&actor) });
        self.users.insert(user, Arc::clone(&actor));
        let judge = |o: &mut Oracle, reply: &Reply<SessionAnswer>| match &reply.body {
            Some(SessionAnswer { session: None }) if is_minted => {
                let message = "a credential within its time counts as none: only its times differ from the one before";
                Err(Violation::new("session.not-before", message, "a session", reply))
            }
            _ => o.session(actor.known, reply),
        };
        let reply = self.ask(&actor, Request::get(endpoint::SESSION.path), judge).await?;
        self.observe_session(&reply);
        let now = now().saturating_add(self.handle.clock().ahead().as_secs());
        self.fail_on(ends_later(&reply, now))
    }

    /// A client with the credential of that login.
    fn client(&self, user: User, login: &Login) -> Client {
        self.recorder.register_credential(&login.headers, Proof::Good(login.identity.clone()));
        self.anonymous.with_credential(&format!("user {user}"), &login.headers)
    }

    /// The first session of a user. If what is wrong with it is passed over, the next one may be in order.
    async fn first_session(&mut self, actor: &Actor) -> StepResult<Reply<SessionAnswer>> {
        let request = || Request::get(endpoint::SESSION.path);
        match self.ask(actor, request(), |o, r| o.session(actor.known, r)).await {
            Err(StepEnd::Violation(violation, exchange))
                if self.handle.passes_over(&violation.symptom(exchange.as_deref())) =>
            {
                self.ask(actor, request(), |o, r| o.session(actor.known, r)).await
            }
            judged => judged,
        }
    }

    /// The id of that workspace, if it exists already.
    pub(super) fn known_place(&self, place: WorkspaceRef) -> Option<Id> {
        match place {
            WorkspaceRef::Home(user) => self.users.get(&user).map(|actor| actor.home.clone()),
            WorkspaceRef::Made(label) => self.made.get(&label).cloned(),
            WorkspaceRef::Nowhere => self.users.values().next().map(|actor| actor.home.unknown_alike()),
            WorkspaceRef::Nearby => self.users.values().next().map(|actor| actor.home.nearly()),
        }
    }

    /// The id of that workspace.
    pub(super) async fn place(&mut self, place: WorkspaceRef) -> StepResult<Id> {
        if let WorkspaceRef::Home(user) = place {
            Box::pin(self.actor(user)).await?;
        }
        self.known_place(place).ok_or(StepEnd::Meaningless)
    }

    /// The id of that workspace, which is activated if possible: a target may allow a session to sync only in its active
    /// workspace.
    pub(super) async fn activate_place(&mut self, actor: &Actor, place: WorkspaceRef) -> StepResult<Id> {
        let at = self.place(place).await?;
        self.activate_unless_active(actor, &at).await?;
        Ok(at)
    }

    pub(super) async fn activate_unless_active(&mut self, actor: &Actor, at: &Id) -> StepResult {
        if self.oracle.needs_activation(actor.known, at) {
            self.activate(actor, at).await?;
        }
        Ok(())
    }

    pub(super) async fn activate(&mut self, actor: &Actor, at: &Id) -> StepResult<Reply<OkAnswer>> {
        let request = Request::post(endpoint::ACTIVATE.path, &json!({"id": at}));
        self.ask(actor, request, |o, r| o.activate(actor.known, at, r)).await
    }
}
