//! Credentials: which identity a request proves.

use super::app::App;
use super::switch::{Switch, deviation};
use super::variant::Freedom;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::digest::MacError;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use syncproof_model::{Identity, Profile};

/// How long a session lasts for a name in a header, in seconds: every session has to have an expiry.
const NAMED_FOR_S: u64 = 3600;

/// The claims of a token.
#[derive(Deserialize)]
struct Claims {
    provider: String,
    sub: String,
    email: Option<String>,
    name: Option<String>,
    exp: Expiry,
    #[serde(default)]
    nbf: f64,
}

/// The end of a token: a number of seconds since 1970, which may have a fraction (RFC 7519, section 2), or a text, which is none.
#[derive(Deserialize)]
#[serde(untagged)]
enum Expiry {
    Number(f64),
    Text(String),
}

/// An identity that a provider vouches for, until a certain moment.
#[derive(Clone, Debug)]
pub(super) struct Credential {
    pub(super) identity: Identity,
    pub(super) profile: Profile,
    pub(super) expires_at_s: u64,
}

/// The credential of a request; anything but one valid token counts as none (`session.bad-credential`).
pub(super) fn of(app: &App, headers: &HeaderMap) -> Option<Credential> {
    if app.takes(Freedom::NamesInAHeader)
        && let Some(name) = headers.get("x-user")
    {
        return named(app, name.to_str().ok()?);
    }
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, more) = (values.next()?, values.next());
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    if more.is_some() || !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    if app.trusts_header() {
        return named(app, token.trim());
    }
    let (claims, expires_at_s) = claims(app, token.trim())?;
    if claims.provider.is_empty() || claims.sub.is_empty() {
        return None;
    }
    Some(Credential {
        identity: Identity { provider: claims.provider, provider_user_id: claims.sub },
        profile: Profile { email: claims.email, display_name: claims.name },
        expires_at_s,
    })
}

/// The identity that a header names, where every sender of headers is trusted.
fn named(app: &App, name: &str) -> Option<Credential> {
    let identity = Identity { provider: "header".to_owned(), provider_user_id: name.to_owned() };
    let expires_at_s = app.now_s() + NAMED_FOR_S;
    (!name.is_empty()).then_some(Credential { identity, profile: Profile::default(), expires_at_s })
}

/// The claims of a token that counts, and when it ends.
fn claims(app: &App, token: &str) -> Option<(Claims, u64)> {
    let seen = app.is(Switch::ExpiryCached) && app.state().mutant_state.tokens.contains(token);
    let forgives = seen || app.is(Switch::ExpiryIgnored);
    let trusted = deviation!(match app.switches() {
        Switch::SignatureIgnored => true,
        Switch::UnsignedAccepted if is_unsigned(token, |name| name == "none") => true,
        Switch::UnsignedAcceptedInCapitals if is_unsigned(token, |name| name != "none") => true,
        _ => false,
    });
    let verify = deviation!(match app.switches() {
        Switch::SignatureCutAccepted => |mac: Hmac<Sha256>, signature: &[u8]| mac.verify_truncated_left(signature),
        Switch::SignatureEndAccepted => |mac: Hmac<Sha256>, signature: &[u8]| mac.verify_truncated_right(signature),
        Switch::SignatureTailIgnored =>
            |mac: Hmac<Sha256>, signature: &[u8]| mac.verify_slice(&signature[..signature.len().min(32)]),
        _ => |mac: Hmac<Sha256>, signature: &[u8]| mac.verify_slice(signature),
    });
    let claims: Claims = match signed(app.secret(), token, app.is(Switch::CriticalIgnored), verify) {
        None if trusted => payload(token)?,
        claims => claims?,
    };
    // A token ends with the very second of its expiry.
    let now_s = app.now_s();
    let (exp_leeway_s, nbf_leeway_s) = deviation!(match app.switches() {
        Switch::ExpiredCountsForMinutes => (600, 0),
        Switch::NotBeforeIgnored => (0, u64::MAX - now_s),
        Switch::LeewayOfMinutes => (180, 180),
        _ => (0, 0),
    });
    let ends_s = match &claims.exp {
        // Which second it is in.
        Expiry::Number(seconds) => *seconds as u64,
        Expiry::Text(text) if app.is(Switch::ExpiryAsTextIgnored) && !text.is_empty() => now_s + NAMED_FOR_S,
        Expiry::Text(_) => return None,
    };
    let begins_s = match claims.nbf.fract() == 0.0 || !app.is(Switch::NbfWithFractionRefused) {
        true => claims.nbf as u64,
        false => return None,
    };
    let begins_s = if app.is(Switch::NotBeforeLeewayReversed) { begins_s.saturating_add(30) } else { begins_s };
    let good = (ends_s.saturating_add(exp_leeway_s) > now_s && begins_s <= now_s + nbf_leeway_s) || forgives;
    if good && app.is(Switch::ExpiryCached) {
        app.state().mutant_state.tokens.insert(token.to_owned());
    }
    good.then_some((claims, ends_s))
}

/// The part of a token's header that says how it is signed.
#[derive(Deserialize)]
struct Header {
    alg: String,
    /// Extensions that have to be understood (RFC 7515, section 4.1.11): none is.
    crit: Option<serde::de::IgnoredAny>,
}

/// Compares a signature with the one that there should be.
type Verify = fn(Hmac<Sha256>, &[u8]) -> Result<(), MacError>;

/// The claims of a token that is signed with HS256 and this secret.
fn signed(secret: &[u8], token: &str, ignores_extensions: bool, verify: Verify) -> Option<Claims> {
    let (message, signature) = token.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let mac = Hmac::<Sha256>::new_from_slice(secret).ok()?.chain_update(message);
    verify(mac, &BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    let header: Header = object(header)?;
    if header.alg == "HS256" && (header.crit.is_none() || ignores_extensions) { object(claims) } else { None }
}

/// What is encoded as a JSON object: serde would also read a struct from a list.
fn object<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    bytes.trim_ascii_start().starts_with(b"{").then(|| serde_json::from_slice(&bytes).ok()).flatten()
}

/// The claims of an unverified token: for mutants only.
fn payload(token: &str) -> Option<Claims> {
    part(token, 1)
}

/// Whether the algorithm is `none`, in a spelling that `counts` accepts.
fn is_unsigned(token: &str, counts: fn(&str) -> bool) -> bool {
    let header: Option<serde_json::Value> = part(token, 0);
    let algorithm = header.as_ref().and_then(|header| header.get("alg")?.as_str());
    algorithm.is_some_and(|name| name.eq_ignore_ascii_case("none") && counts(name))
}

fn part<T: serde::de::DeserializeOwned>(token: &str, place: usize) -> Option<T> {
    let text = token.split('.').nth(place)?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}
