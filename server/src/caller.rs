//! The caller: from a request to a user of this server.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;

use crate::credential::Credential;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::Store;
use crate::wire::SessionUser;

/// The authenticated user who makes a request; created with their first one. Endpoints that take a `Caller` respond 401 to
/// everybody else.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) credential: Credential,
    pub(crate) user: SessionUser,
    pub(crate) state: AppState,
}

impl Caller {
    pub(crate) fn user_id(&self) -> String {
        self.user.id.clone()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.state.shared.store
    }

    async fn find(parts: &Parts, state: &AppState) -> Result<Option<Self>, ApiError> {
        let Some(credential) = state.shared.verifier.credential(&parts.headers) else { return Ok(None) };
        let user = state.shared.store.account(&credential.identity).await?;
        Ok(Some(Self { credential, user, state: state.clone() }))
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        Self::find(parts, state).await?.ok_or_else(ApiError::unauthorized)
    }
}

impl OptionalFromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Option<Self>, ApiError> {
        Self::find(parts, state).await
    }
}
