//! Bytes as a credential, or as a part of one.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::test_user::{TestUser, ask, expect, minter, read, sentence};
use super::timeout::within_bound;
use crate::campaign_target::CampaignTarget;
use syncproof_harness::client::Request;
use syncproof_harness::credential::Minter;
use syncproof_protocol::endpoint;
use syncproof_protocol::wire::{Session, SessionAnswer};

/// What stands between a header and claims that are both given.
const PART_SEPARATOR: u8 = b'\n';

/// A credential with what is known of it.
struct CraftedCredential {
    name: String,
    value: String,
    /// The claims that the right secret was used to sign, if it was.
    signed: Option<Vec<u8>>,
}

pub(super) fn check(target: &CampaignTarget, bytes: &[u8]) -> Result<(), String> {
    let (handle, bytes) = (target.open()?, bytes.to_vec());
    within_bound(move || async move {
        let user = TestUser::at(&handle, "guest").await?;
        let (name, good) = user.credential.first().ok_or("a minted credential is one header")?;
        let made = made(minter(&handle)?, (name, good), &bytes)?;
        // What no header may hold is refused by the library that would send it (RFC 9110, section 5.5).
        let is_sendable = made.value.bytes().all(|byte| byte == b'\t' || (byte >= 0x20 && byte != 0x7f));
        if !is_sendable {
            return Ok(());
        }
        let client = user.anonymous.with_credential("somebody", &[(made.name.clone(), made.value.clone())]);
        let answer = ask(&client, Request::get(endpoint::SESSION.path)).await?;
        expect(&answer, "session.bad-credential", &[200, 401])?;
        let session = match answer.is_success() {
            true => read::<SessionAnswer>(&answer, "session.anonymous")?.session,
            false => None,
        };
        let is_good = made.value.trim() == good;
        match (&session, &made.signed) {
            (Some(session), Some(claims)) => claims_match(session, claims).map_err(|what| {
                sentence("session.bad-credential", format!("{what}: {}", made.value), answer.exchange())
            })?,
            (Some(_), None) if !is_good => {
                let what = format!("a session for a credential that nobody signed: {}", made.value);
                return Err(sentence("session.bad-credential", what, answer.exchange()));
            }
            _ => {}
        }
        for request in [
            Request::get(endpoint::LIST_WORKSPACES.path),
            Request::post(endpoint::PULL.path, &json!({"scope": {"workspaceId": user.home}, "cursor": 0, "limit": 1})),
        ] {
            let answer = ask(&client, request).await?;
            if session.is_none() {
                expect(&answer, "session.anonymous", &[401])?;
            }
        }
        user.still_serves().await
    })
}

/// The first byte says what the others are: the header's value; what follows `Bearer`; one of the three parts of a good
/// token; claims, or header and claims, under the right signature or that of another secret.
fn made(minter: &Minter, good: (&str, &str), bytes: &[u8]) -> Result<CraftedCredential, String> {
    let (way, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let text = String::from_utf8_lossy(rest).into_owned();
    let (name, good) = (good.0.to_owned(), good.1);
    let unsigned = |value: String| CraftedCredential { name: name.clone(), value, signed: None };
    let way = way % 8;
    Ok(match way {
        0 => unsigned(text),
        1 => unsigned(format!("Bearer {text}")),
        2..=4 => {
            let token = good.strip_prefix("Bearer ").unwrap_or(good);
            let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
            if let Some(part) = parts.get_mut(usize::from(way) - 2) {
                *part = URL_SAFE_NO_PAD.encode(rest);
            }
            unsigned(format!("Bearer {}", parts.join(".")))
        }
        _ => {
            let (header, claims) = match rest.iter().position(|byte| *byte == PART_SEPARATOR) {
                Some(seam) if way != 5 => (&rest[..seam], &rest[seam + 1..]),
                _ => (br#"{"typ":"JWT","alg":"HS256"}"#.as_slice(), rest),
            };
            let claims = claims.to_vec();
            let other = Minter::new(b"another secret that nobody ever told".to_vec());
            let by = if way == 7 { &other } else { minter };
            let (name, value) = by.signed(header, &claims).map_err(|reason| reason.to_string())?;
            CraftedCredential { name, value, signed: (way != 7).then_some(claims) }
        }
    })
}

/// Whether the claims say what the session says, and are of somebody, and not over.
fn claims_match(session: &Session, claims: &[u8]) -> Result<(), &'static str> {
    let claims: Value = serde_json::from_slice(claims).map_err(|_| "a session for claims that are no JSON")?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    if text("provider") != Some(&session.provider) || text("sub") != Some(&session.provider_user_id) {
        return Err("a session of somebody whom the claims do not name");
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    match claims.get("exp").and_then(Value::as_f64) {
        // The clock goes on between the answer and this look at it.
        Some(ends) if ends > now - 10.0 => Ok(()),
        _ => Err("a session for a credential that is over, or has no end"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_of(bytes: &[u8]) -> CraftedCredential {
        let minter = Minter::new(b"0123456789abcdef0123456789abcdef".to_vec());
        made(&minter, ("authorization", "Bearer aa.bb.cc"), bytes).unwrap()
    }

    #[test]
    fn every_way_makes_something_of_the_bytes() {
        assert_eq!(made_of(b"").value, "");
        assert_eq!(made_of(b"\x00Basic x").value, "Basic x");
        assert_eq!(made_of(b"\x01x").value, "Bearer x");
        assert_eq!(made_of(b"\x03\xff").value, "Bearer aa._w.cc");
        assert!(made_of(b"\x05{}").signed.is_some() && made_of(b"\x06{}\n{}").signed.as_deref() == Some(b"{}"));
        assert!(made_of(b"\x07{}").signed.is_none());
        assert!(made_of(b"\x06{}\n{}").value.starts_with("Bearer e30.e30."));
    }
}
