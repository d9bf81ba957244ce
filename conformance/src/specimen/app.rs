//! The app: settings and world, and how a request becomes a caller with a body.

use super::body;
use super::credential::{self, Credential};
use super::failure::Failure;
use super::race;
use super::shape::Object;
use super::switch::Switch;
use super::time::now_s;
use super::world::World;
use super::{Mutant, Settings};
use crate::model::FreshIds;
use axum::extract::Request;
use axum::http::HeaderMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// What every handler gets.
pub(super) type Shared = axum::extract::State<Arc<App>>;

/// A specimen at work.
#[derive(Debug)]
pub(super) struct App {
    secret: Vec<u8>,
    mutant: Option<Mutant>,
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
        Self { secret: settings.secret, mutant: settings.mutant, world: Mutex::new(World::new(switch)) }
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
        FreshIds { user: Uuid::new_v4().to_string(), workspace: self.fresh_workspace_id() }
    }

    pub(super) fn fresh_workspace_id(&self) -> String {
        if self.is(Switch::SequentialIds) {
            let mut world = self.world();
            world.mischief.ids += 1;
            return format!("ws-{}", world.mischief.ids);
        }
        Uuid::new_v4().to_string()
    }

    /// The caller, if there is a valid credential; the first request provisions (`session.provisions-user`).
    pub(super) async fn visitor(&self, headers: &HeaderMap) -> Result<Option<Caller>, Failure> {
        let Some(credential) = credential::of(self, headers) else {
            return Ok(None);
        };
        let fresh = self.fresh_ids();
        let user = match self.switch() {
            Some(switch) if race::is_login(switch) => race::login(self, switch, &credential, fresh).await?,
            _ => self.world().directory.provision(&credential.identity, &credential.profile, fresh, now_s()),
        };
        Ok(Some(Caller { user, credential }))
    }

    /// The caller (`session.anonymous`: 401 without a credential).
    pub(super) async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Failure> {
        self.visitor(headers).await?.ok_or_else(Failure::unauthorized)
    }

    /// The caller and the body, which is read in any case, so that the client sees the answer.
    pub(super) async fn admit(&self, request: Request) -> Result<(Caller, Object), Failure> {
        let (parts, stream) = request.into_parts();
        let bytes = body::read(self, stream).await;
        let caller = self.caller(&parts.headers).await?;
        let object = body::parse(self, &bytes?)?;
        Ok((caller, object))
    }
}
