//! The caller of a request, and how a request becomes a caller with a body.

use super::app::App;
use super::credential::{self, Credential};
use super::failure::Failure;
use super::shape::Object;
use super::switch::Switch;
use super::variant::{self, Freedom};
use super::{body, race};
use axum::extract::Request;
use axum::http::HeaderMap;

/// The authenticated user of a request.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) user: String,
    pub(super) credential: Credential,
}

impl App {
    /// The caller, if there is a valid credential; the first request creates the user (`session.provisions-user`).
    pub(super) async fn optional_caller(&self, headers: &HeaderMap) -> Result<Option<Caller>, Failure> {
        let Some(credential) = credential::of(self, headers) else {
            return Ok(None);
        };
        let fresh = self.fresh_ids();
        let user = if let Some(switch) = self.switches().first_of(race::LOGINS) {
            race::login(self, switch, &credential, fresh).await?
        } else {
            let mut identity = credential.identity.clone();
            if self.is(Switch::IdentityByEmail) {
                identity.provider_user_id = credential.profile.email.clone().unwrap_or(identity.provider_user_id);
            }
            let mut state = self.state();
            let email = credential.profile.email.clone().filter(|_| self.is(Switch::EmailsAreUnique));
            let is_first = state.directory.known(&identity).is_none();
            if is_first && email.as_ref().is_some_and(|email| state.mutant_state.emails.contains(email)) {
                return Err(Failure::internal_error("duplicate key value violates unique constraint"));
            }
            state.mutant_state.emails.extend(email);
            state.directory.provision(&identity, &credential.profile, fresh, self.now_s())
        };
        if self.is(Switch::NewCredentialGoesHome) {
            self.state().go_home_with_another(&user, credential.expires_at_s);
        }
        if self.is(Switch::AddressOfTheId) {
            let id = credential.identity.provider_user_id.clone();
            self.state().mutant_state.profiles.insert(id, credential.profile.clone());
        }
        Ok(Some(Caller { user, credential }))
    }

    /// The caller, or 401 without a valid credential (`session.anonymous`).
    pub(super) async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Failure> {
        let stranger = |credential: Credential| self.state().directory.known(&credential.identity).is_none();
        if self.is(Switch::ProvisionsAtSessionOnly) && credential::of(self, headers).is_some_and(stranger) {
            return Err(Failure::unauthorized());
        }
        self.optional_caller(headers).await?.ok_or_else(Failure::unauthorized)
    }

    /// The caller and the body. The body is read even if the caller is refused, so that the client sees the answer.
    pub(super) async fn caller_and_body(&self, request: Request) -> Result<(Caller, Object), Failure> {
        let (parts, stream) = request.into_parts();
        let bytes = body::read(self, stream).await;
        if self.takes(Freedom::ShapeBeforeCredential) {
            body::parse(self, bytes.as_deref().map_err(Clone::clone)?)?;
        }
        let caller = self.caller(&parts.headers).await?;
        let mut object = body::parse(self, &bytes?)?;
        variant::require_plain_integers(self.freedoms(), &object)?;
        variant::numeric_ids_to_text(self.freedoms(), &mut object);
        if self.is(Switch::BlankScopeIsActive) {
            let state = self.state();
            let active = state.directory.user(&caller.user).and_then(|user| user.active.clone());
            let scope = object.get_mut("scope").and_then(|scope| scope.get_mut("workspaceId"));
            if let Some(id) = scope.filter(|id| id.as_str().is_some_and(|id| id.trim().is_empty())) {
                *id = active.into();
            }
        }
        Ok((caller, object))
    }
}
