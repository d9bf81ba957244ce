//! Who is asking: from the `Authorization` header to a user of this server.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use serde_json::Value;

use crate::config::Secret;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::{Account, Identity};
use crate::time::Clock;

/// Checks credentials: JWTs (RFC 7519) signed with HS256 and the server's secret.
pub(crate) struct Verifier {
    key: DecodingKey,
    validation: Validation,
    clock: Clock,
}

#[derive(Deserialize)]
struct Claims {
    provider: String,
    sub: String,
    /// Seconds since 1970, which may have a fraction (RFC 7519 §2, NumericDate).
    exp: f64,
    email: Option<Value>,
    name: Option<Value>,
}

/// What a valid credential says.
#[derive(Debug, Clone)]
pub(crate) struct Credential {
    pub(crate) identity: Identity,
    /// Milliseconds since 1970.
    pub(crate) expires_at: i64,
}

impl Verifier {
    pub(crate) fn new(secret: &Secret, clock: Clock) -> Self {
        // The one algorithm named here is the only one accepted, whatever a token's header says.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.validate_nbf = true;
        // Tokens are told apart by the secret; the protocol knows no audience.
        validation.validate_aud = false;
        Self { key: DecodingKey::from_secret(secret.bytes()), validation, clock }
    }

    /// The credential in these headers. Anything short of a valid one counts as none
    /// (requirement `session.bad-credential`).
    pub(crate) fn credential(&self, headers: &HeaderMap) -> Option<Credential> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let (value, None) = (values.next()?, values.next()) else { return None };
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let claims = decode::<Claims>(token.trim(), &self.key, &self.validation).ok()?.claims;
        read(claims, self.clock.unix_milliseconds() / 1000)
    }
}

fn read(claims: Claims, now: i64) -> Option<Credential> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    let (expires_at, now) = ((claims.exp * 1000.0) as i64, now as f64);
    // "On or after" the moment the token is dead (RFC 7519 §4.1.4).
    if claims.exp <= now || claims.provider.trim().is_empty() || claims.sub.trim().is_empty() {
        return None;
    }
    let text = |claim: Option<Value>| claim.as_ref().and_then(Value::as_str).map(str::to_owned);
    let identity = Identity {
        provider: claims.provider,
        provider_user_id: claims.sub,
        email: text(claims.email),
        display_name: text(claims.name),
    };
    Some(Credential { identity, expires_at })
}

/// The authenticated user behind a request, made on their first one. Endpoints that take it answer 401 to all others.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) credential: Credential,
    pub(crate) account: Account,
}

impl Caller {
    pub(crate) fn user_id(&self) -> &str {
        &self.account.user_id
    }

    async fn find(parts: &Parts, state: &AppState) -> Result<Option<Self>, ApiError> {
        let Some(credential) = state.verifier().credential(&parts.headers) else { return Ok(None) };
        let account = state.store().account(&credential.identity).await?;
        Ok(Some(Self { credential, account }))
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
