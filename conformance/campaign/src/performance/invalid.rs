//! Invalid requests: in their bodies, paths, methods and credentials.

use std::time::Duration;

use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::stage::{Actor, Stage, StepEnd, StepResult};
use crate::endpoint::endpoint;
use crate::oracle::{NameAndDescription, Oracle, Reply, Violation, WrongField};
use crate::sequence::{self, Call, Draft, InvalidField, MalformedBody, User, WorkspaceRef};
use syncproof_harness::client::Request;
use syncproof_harness::credential::{CredentialError, Forgery, Identity, Minter};
use syncproof_harness::world::EndpointCall;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint::{self, Access, ENDPOINTS, Endpoint, Filling, Method, methods_of, offered};
use syncproof_protocol::wire::{Id, Operation};

/// The op id for unusual values: no other draft has it.
const ODD_ID: u32 = 300;
/// How long a short-lived credential lasts: longer than a busy machine needs for two requests.
const LIFETIME: Duration = Duration::from_secs(120);
/// How long after its end a credential may count, and a little longer.
const LEEWAY: Duration = Duration::from_secs(330);

/// A request of that method, with an empty object where it has a body.
fn to_route(method: &str, path: &str) -> StepResult<Request> {
    let method = match method {
        "GET" => reqwest::Method::GET,
        "POST" => reqwest::Method::POST,
        "PUT" => reqwest::Method::PUT,
        "PATCH" => reqwest::Method::PATCH,
        "DELETE" => reqwest::Method::DELETE,
        // The protocol does not say how other methods are answered.
        _ => return Err(StepEnd::Meaningless),
    };
    let body = (method != reqwest::Method::GET).then(|| b"{}".to_vec());
    Ok(Request::raw(method, path, body))
}

impl Stage<'_> {
    pub(super) async fn send_invalid_field(
        &mut self,
        actor: &Actor,
        at: WorkspaceRef,
        spoil: &InvalidField,
    ) -> StepResult {
        if !spoil.is_wrong() {
            return Err(StepEnd::Meaningless);
        }
        let (at, path, body) = self.body(actor, at, spoil.call).await?;
        let wrong = match spoil {
            spoil if spoil.is_blank_scope() => WrongField::BlankScope,
            spoil if spoil.is_retention() => WrongField::Retention,
            _ => WrongField::Other,
        };
        let bytes = spoil.into_body(body).to_string().into_bytes();
        let request = Request::raw(endpoint(spoil.call, &at).0, path, Some(bytes));
        self.ask(actor, request, |o, r| o.wrong_shape(actor.known, &at, wrong, r)).await?;
        Ok(())
    }

    pub(super) async fn send_malformed(
        &mut self,
        actor: &Actor,
        at: WorkspaceRef,
        call: Call,
        malformed: MalformedBody,
    ) -> StepResult {
        let value = malformed.value();
        if let Some(value) = value.filter(|_| call == Call::Push) {
            return self.push_odd(actor, value).await;
        }
        // A body that a server may accept must not change anything, so that the oracle need not know what it did.
        let call = if value.is_some() { Call::Pull } else { call };
        let (at, path, body) = self.body(actor, at, call).await?;
        let request = Request::raw(endpoint(call, &at).0, path, Some(malformed.bytes(&body)));
        let judge = |o: &mut Oracle, r: &Reply<()>| match value.is_some() {
            true => Ok(()),
            false => o.malformed(actor.known, &at, r),
        };
        self.ask(actor, request, judge).await?;
        Ok(())
    }

    /// Pushes a payload with a value that a server may refuse, or store in several ways, into a workspace that no other step
    /// reads: whatever the server does, a pull has to be JSON.
    async fn push_odd(&mut self, actor: &Actor, value: &str) -> StepResult {
        const STAND_IN: &str = "odd value";
        let naming = NameAndDescription { name: "odd", description: None };
        let at = self.create(actor, naming, None).await?.body.ok_or(StepEnd::Meaningless)?.id;
        self.activate_unless_active(actor, &at).await?;
        let mut draft = Draft::new(ODD_ID, Operation::Put, "threads", "odd", 1);
        draft.set_field("odd", json!(STAND_IN));
        let ops: Vec<Value> = self.offers(actor, &at, &[draft]).into_iter().map(|offer| offer.wire).collect();
        let body = json!({"scope": {"workspaceId": at}, "ops": ops}).to_string();
        let body = body.replace(&json!(STAND_IN).to_string(), value).into_bytes();
        let (method, path) = endpoint(Call::Push, &at);
        self.ask(actor, Request::raw(method, path, Some(body)), |_, _: &Reply<()>| Ok(())).await?;
        let pull = json!({"scope": {"workspaceId": at}, "cursor": 0, "limit": 10});
        self.ask(actor, Request::post(endpoint::PULL.path, &pull), |_, reply: &Reply<IgnoredAny>| {
            let message = "after an unusual value was accepted, a pull is not JSON";
            match reply.body.is_some() || !reply.is(&[200]) {
                true => Ok(()),
                false => Err(Violation::new("push.payload-round-trips", message, "JSON", reply)),
            }
        })
        .await?;
        Ok(())
    }

    /// The workspace, the path and a valid body of that call.
    pub(super) async fn body(
        &mut self,
        actor: &Actor,
        at: WorkspaceRef,
        call: Call,
    ) -> StepResult<(Id, String, Value)> {
        let row = call.endpoint();
        if row.capability.is_some_and(|needed| !self.has(needed)) {
            return Err(StepEnd::Meaningless);
        }
        let at = if row.is_sync() { self.activate_place(actor, at).await? } else { self.place(at).await? };
        let body = EndpointCall::new(row, &Filling::of(&at, &at)).body;
        let path = endpoint(call, &at).1;
        Ok((at, path, body))
    }

    pub(super) async fn send_wrong_route(&mut self, actor: &Actor, method: &str, path: &str) -> StepResult {
        if path.contains('%') {
            return self.send_undecodable(actor, method, path).await;
        }
        let is_missing = |row: &Endpoint| row.capability.is_some_and(|needed| !self.has(needed));
        let mut here = ENDPOINTS.iter().filter(|row| row.path == path);
        if here.any(|row| is_missing(row) || self.handle.offer().is_absent(row)) {
            return Err(StepEnd::Meaningless);
        }
        let methods: Vec<&str> = methods_of(path).into_iter().map(Method::name).collect();
        if methods.contains(&method) {
            return Err(StepEnd::Meaningless);
        }
        let expected = if methods.is_empty() { 404 } else { 405 };
        self.ask(actor, to_route(method, path)?, |o, r| o.route(expected, r)).await?;
        Ok(())
    }

    /// Calls a path with an id in it that is no text.
    async fn send_undecodable(&mut self, actor: &Actor, method: &str, path: &str) -> StepResult {
        self.ask(actor, to_route(method, path)?, |o, r| o.undecodable(r)).await?;
        Ok(())
    }

    pub(super) async fn ask_forged(&mut self, by: User, forgery: Forgery) -> StepResult {
        let forge = |minter: &Minter, identity: &Identity| minter.forged(identity, forgery);
        let forger = self.with_another_credential(by, "a forger of", forge).await?;
        self.send_forged(&forger).await
    }

    /// Sends requests with a valid credential, and again after it has expired.
    pub(super) async fn ask_until_expired(&mut self, by: User) -> StepResult {
        if !self.handle.clock().is_free() {
            return Err(StepEnd::Meaningless);
        }
        // Credentials are dated by the machine's clock.
        let lasts = self.handle.clock().ahead().saturating_add(LIFETIME);
        let seconds = i64::try_from(lasts.as_secs()).unwrap_or(i64::MAX);
        let lend = |minter: &Minter, identity: &Identity| minter.ending_in(identity, seconds);
        let guest = self.with_another_credential(by, "the short-lived credential of", lend).await?;
        self.ask(&guest, Request::get(endpoint::SESSION.path), |o, r| o.session(guest.known, r)).await?;
        self.ask(&guest, Request::get(endpoint::LIST_WORKSPACES.path), |o, r| o.list(guest.known, r)).await?;
        // Clocks may differ by minutes (`session.not-before`).
        self.handle.clock().wait(LIFETIME + LEEWAY).await;
        self.send_forged(&guest).await
    }

    /// That user with another credential, where credentials can be made.
    async fn with_another_credential(
        &mut self,
        by: User,
        whom: &str,
        mint: impl FnOnce(&Minter, &Identity) -> Result<(String, String), CredentialError>,
    ) -> StepResult<Actor> {
        let actor = self.actor(by).await?;
        let identity = sequence::identity(by, self.handle.credentials().provider(), self.key, self.lookalikes)
            .ok_or(StepEnd::Meaningless)?;
        let minter = self.handle.credentials().minter().filter(|_| self.has(Capability::BadCredentials));
        let header = mint(minter.ok_or(StepEnd::Meaningless)?, &identity);
        let header = header.map_err(|reason| StepEnd::Broken(reason.to_string()))?;
        let client = self.anonymous.with_credential(&format!("{whom} user {by}"), &[header]);
        Ok(Actor { client, known: actor.known, home: actor.home.clone() })
    }

    /// Sends requests with an invalid credential.
    async fn send_forged(&mut self, forger: &Actor) -> StepResult {
        self.ask(forger, Request::get(endpoint::SESSION.path), |o, r| o.forged_session(r)).await?;
        let scope = json!({"workspaceId": forger.home});
        for request in [
            Request::get(endpoint::LIST_WORKSPACES.path),
            Request::post(endpoint::PULL.path, &json!({"scope": scope, "cursor": 0, "limit": 1})),
            Request::post(endpoint::PUSH.path, &json!({"scope": scope, "ops": []})),
        ] {
            if let Err(end) = self.ask(forger, request.clone(), |o, r| o.forged(r)).await {
                self.ask_without_credential(&forger.home, request, end).await?;
            }
        }
        Ok(())
    }

    /// Sends one well-formed request without a credential to every endpoint.
    pub(super) async fn ask_as_nobody(&mut self, at: WorkspaceRef) -> StepResult {
        let at = self.place(at).await?;
        let of_users = offered(|capability| self.has(capability)).filter(|row| row.access != Access::Anybody);
        let of_users = of_users.filter(|row| !self.handle.offer().is_absent(row));
        let filling = Filling::of(&at, &at);
        let requests: Vec<_> = of_users.map(|row| EndpointCall::new(row, &filling).request()).collect();
        let nobody = Actor { known: usize::MAX, client: self.anonymous.clone(), home: at };
        for request in requests {
            self.ask(&nobody, request, |o, r| o.anonymous(r)).await?;
        }
        Ok(())
    }
}
