//! Credentials: what the `Authorization` header says about the user.

use axum::http::{HeaderMap, header};
use serde::Deserialize;
use serde_json::Value;

use crate::config::Secret;
use crate::jwt::{Key, has_expired, numeric_date};
use crate::store::Identity;
use crate::time::Clock;

/// Checks credentials: JWTs signed with HS256 and the server's secret.
pub(crate) struct Verifier {
    key: Key,
    clock: Clock,
}

/// What a valid credential says.
#[derive(Debug, Clone)]
pub(crate) struct Credential {
    pub(crate) identity: Identity,
    /// In milliseconds since 1970.
    pub(crate) expires_at: i64,
}

/// The claims that are used. `aud` is not: the protocol has no audience; each server has its own secret.
#[derive(Deserialize)]
struct Claims {
    provider: String,
    sub: String,
    /// In seconds since 1970, which may have a fraction (RFC 7519 §2, NumericDate).
    exp: f64,
    /// Likewise. A token without it is valid at once.
    #[serde(default)]
    nbf: f64,
    email: Option<Value>,
    name: Option<Value>,
}

impl Verifier {
    pub(crate) fn new(secret: &Secret, clock: Clock) -> Self {
        Self { key: Key::new(secret.bytes()), clock }
    }

    /// The credential in these headers. Anything but one valid credential counts as none
    /// (requirement `session.bad-credential`).
    pub(crate) fn credential(&self, headers: &HeaderMap) -> Option<Credential> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let (value, None) = (values.next()?, values.next()) else { return None };
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        check(self.key.verify(token.trim())?, self.clock.unix_milliseconds() / 1000)
    }
}

/// Checks the claims of a token at `now`, in seconds since 1970.
fn check(claims: Claims, now: i64) -> Option<Credential> {
    #[allow(clippy::cast_possible_truncation)]
    let expires_at = (claims.exp * 1000.0) as i64;
    let has_begun = (0.0..=numeric_date(now)).contains(&claims.nbf);
    if has_expired(claims.exp, now) || !has_begun || claims.provider.trim().is_empty() || claims.sub.trim().is_empty() {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Whether a valid token with these claims added or replaced is valid at second 1000.
    fn is_valid(members: Value) -> bool {
        let mut claims = json!({ "provider": "test", "sub": "ann", "exp": 2000 });
        claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        serde_json::from_value(claims).is_ok_and(|claims| check(claims, 1000).is_some())
    }

    #[test]
    fn a_token_is_valid_before_exp_and_from_nbf_on() {
        assert!(is_valid(json!({})) && is_valid(json!({ "exp": 1001 })) && is_valid(json!({ "exp": 1000.5 })));
        assert!(
            !is_valid(json!({ "exp": 1000 })) && !is_valid(json!({ "exp": -1 })) && !is_valid(json!({ "exp": "2000" }))
        );
        assert!(is_valid(json!({ "nbf": 1000 })) && is_valid(json!({ "nbf": 0 })) && is_valid(json!({ "nbf": 999.5 })));
        for nbf in [json!(1001), json!(-1), json!(null), json!("0")] {
            assert!(!is_valid(json!({ "nbf": nbf })), "{nbf}");
        }
    }

    #[test]
    fn a_token_must_name_a_user_and_other_claims_do_not_matter() {
        assert!(
            !is_valid(json!({ "provider": " " })) && !is_valid(json!({ "sub": "" })) && !is_valid(json!({ "sub": 7 }))
        );
        assert!(is_valid(json!({ "email": 7, "name": null, "aud": "another", "iss": [] })));
    }
}
