//! The app: settings and world, and how a request becomes a caller with a body.

use super::credential::{self, Credential};
use super::failure::Failure;
use super::shape::Object;
use super::switch::Switch;
use super::time::{self, Ahead};
use super::variant::{self, Freedom, Freedoms, Limiter, Variant};
use super::world::World;
use super::{Mutant, Settings, body, race};
use axum::extract::Request;
use axum::http::HeaderMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use syncproof_model::FreshIds;

/// What every handler gets.
pub(super) type Shared = axum::extract::State<Arc<App>>;

/// A specimen at work.
#[derive(Debug)]
pub(super) struct App {
    secret: Vec<u8>,
    ahead: Ahead,
    mutant: Option<Mutant>,
    freedoms: Freedoms,
    limiter: Limiter,
    world: Mutex<World>,
}

/// Who is asking.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) user: String,
    pub(super) credential: Credential,
}

impl App {
    pub(super) fn new(settings: Settings) -> Self {
        let switch = settings.mutant.as_ref().map(Mutant::switch);
        Self {
            secret: settings.secret,
            ahead: settings.ahead,
            mutant: settings.mutant,
            freedoms: settings.variants.iter().map(Variant::freedom).collect(),
            limiter: Limiter::default(),
            world: Mutex::new(World::new(switch)),
        }
    }

    /// Now, since 1970.
    pub(super) fn now(&self) -> Duration {
        time::now(&self.ahead)
    }

    /// Now, in whole seconds since 1970.
    pub(super) fn now_s(&self) -> u64 {
        self.now().as_secs()
    }

    /// Now, in milliseconds since 1970.
    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.now().as_millis()).unwrap_or(u64::MAX)
    }

    /// The freedoms of the protocol that it takes.
    pub(super) fn freedoms(&self) -> Freedoms {
        self.freedoms
    }

    /// Whether it takes this freedom of the protocol.
    pub(super) fn takes(&self, freedom: Freedom) -> bool {
        self.freedoms.take(freedom)
    }

    /// Who has asked how often.
    pub(super) fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    pub(super) fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// The one way in which this specimen is wrong.
    pub(super) fn switch(&self) -> Option<Switch> {
        self.mutant.as_ref().map(Mutant::switch)
    }

    /// Whether it is wrong in this way.
    pub(super) fn is(&self, switch: Switch) -> bool {
        self.switch() == Some(switch)
    }

    /// The state, for as long as the guard is held: never across an await. Each call on the model is whole when it
    /// returns, so a poisoned lock guards a sound state.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ids that cannot be guessed (`workspace.ids-unguessable`).
    pub(super) fn fresh_ids(&self) -> FreshIds {
        FreshIds { user: variant::fresh_id(self.freedoms, "user"), workspace: self.fresh_workspace_id() }
    }

    pub(super) fn fresh_workspace_id(&self) -> String {
        if self.is(Switch::SequentialIds) {
            let mut world = self.world();
            world.mischief.ids += 1;
            return format!("ws-{}", world.mischief.ids);
        }
        variant::fresh_id(self.freedoms, "ws")
    }

    /// The caller, if there is a valid credential; the first request provisions (`session.provisions-user`).
    pub(super) async fn visitor(&self, headers: &HeaderMap) -> Result<Option<Caller>, Failure> {
        let Some(credential) = credential::of(self, headers) else {
            return Ok(None);
        };
        let fresh = self.fresh_ids();
        let user = match self.switch() {
            Some(switch) if race::is_login(switch) => race::login(self, switch, &credential, fresh).await?,
            Some(Switch::IdentityByEmail) => {
                let mut identity = credential.identity.clone();
                identity.provider_user_id = credential.profile.email.clone().unwrap_or(identity.provider_user_id);
                self.world().directory.provision(&identity, &credential.profile, fresh, self.now_s())
            }
            _ => self.world().directory.provision(&credential.identity, &credential.profile, fresh, self.now_s()),
        };
        Ok(Some(Caller { user, credential }))
    }

    /// The caller (`session.anonymous`: 401 without a credential).
    pub(super) async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Failure> {
        let stranger = |credential: Credential| self.world().directory.known(&credential.identity).is_none();
        if self.is(Switch::ProvisionsAtSessionOnly) && credential::of(self, headers).is_some_and(stranger) {
            return Err(Failure::unauthorized());
        }
        self.visitor(headers).await?.ok_or_else(Failure::unauthorized)
    }

    /// The caller and the body, which is read in any case, so that the client sees the answer.
    pub(super) async fn admit(&self, request: Request) -> Result<(Caller, Object), Failure> {
        let (parts, stream) = request.into_parts();
        let bytes = body::read(self, stream).await;
        if self.takes(Freedom::ShapeBeforeCredential) {
            body::parse(self, bytes.as_deref().map_err(Clone::clone)?)?;
        }
        let caller = self.caller(&parts.headers).await?;
        let mut object = body::parse(self, &bytes?)?;
        variant::are_plain(self.freedoms, &object)?;
        variant::without_numbers(self.freedoms, &mut object);
        if self.is(Switch::BlankScopeIsActive) {
            let world = self.world();
            let active = world.directory.user(&caller.user).and_then(|user| user.active.clone());
            let scope = object.get_mut("scope").and_then(|scope| scope.get_mut("workspaceId"));
            if let Some(id) = scope.filter(|id| id.as_str().is_some_and(|id| id.trim().is_empty())) {
                *id = active.into();
            }
        }
        Ok((caller, object))
    }
}
