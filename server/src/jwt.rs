//! JSON Web Tokens (RFC 7519), signed with HS256 and with no other algorithm.
//!
//! The cryptography comes from `hmac` and `sha2`; only the frame around it is written here. A JWT crate would cost more:
//! `jsonwebtoken` compiles RSA and three elliptic curves along with HS256, or else wants a backend that is set for the
//! whole process, which is not a library's to set; `jwt-compact` refuses an `exp` with a fraction.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::wire::Object;

const ALGORITHM: &str = "HS256";
const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

/// A secret, ready to sign and to verify with.
pub(crate) struct Key(Hmac<Sha256>);

/// The part of a token's header that decides whether it can be verified.
#[derive(Deserialize)]
struct Header {
    alg: String,
    /// Extensions that have to be understood (RFC 7515 §4.1.11). None is.
    crit: Option<IgnoredAny>,
}

impl Key {
    pub(crate) fn new(secret: &[u8]) -> Self {
        // RFC 2104 §2: shorter keys are padded, longer ones hashed.
        Self(Hmac::new_from_slice(secret).unwrap_or_else(|_| unreachable!("HMAC takes a key of any length")))
    }

    /// A token with these claims, unless they cannot be written as JSON.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> Result<String, serde_json::Error> {
        let claims = serde_json::to_vec(claims)?;
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(claims));
        let signature = self.0.clone().chain_update(&message).finalize().into_bytes();
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The claims of a token that was signed with this key. Whether they still hold (`exp`, `nbf`) is for the caller to
    /// check.
    pub(crate) fn verify<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let header: Header = part(header)?;
        // The header comes from the client: it is compared with the one algorithm in use and never chooses one.
        if header.alg != ALGORITHM || header.crit.is_some() {
            return None;
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        // Compares in constant time, and the whole length.
        self.0.clone().chain_update(message).verify_slice(&signature).ok()?;
        part(claims)
    }
}

/// Whether a token with this `exp` has expired at `now`, in seconds since 1970. It ends at the very second of `exp`
/// (RFC 7519 §4.1.4), and without leeway: an expired credential counts as none (requirement `session.bad-credential`).
pub(crate) fn has_expired(exp: f64, now: i64) -> bool {
    exp <= numeric_date(now)
}

/// A moment in the form that `exp` and `nbf` have (RFC 7519 §2, NumericDate).
#[allow(clippy::cast_precision_loss)]
pub(crate) fn numeric_date(seconds: i64) -> f64 {
    seconds as f64
}

/// Reads a part of a token: base64url without padding, holding a JSON object. Its text has to be UTF-8 also where nobody
/// reads it, which a parser of bytes does not check.
fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    let json = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    serde_json::from_str(&json).ok().map(|Object(part)| part)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    fn encode(text: &str) -> String {
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Signs any text as header and claims.
    fn signed(key: &Key, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = key.0.clone().chain_update(&message).finalize().into_bytes();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[test]
    fn the_example_of_the_standard_verifies() {
        // RFC 7515, appendix A.1.
        let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
                     eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
                     dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let key = Key::new(&URL_SAFE_NO_PAD.decode(secret).unwrap());
        let claims = json!({ "iss": "joe", "exp": 1_300_819_380, "http://example.com/is_root": true });
        assert_eq!(key.verify::<Value>(token), Some(claims));
    }

    #[test]
    fn a_token_verifies_with_the_key_that_signed_it_and_with_no_other() {
        let (long, short) = (Key::new(&[7; 500]), Key::new(b""));
        let claims = json!({ "sub": "ann" });
        for (key, other) in [(&long, &short), (&short, &long)] {
            let token = key.sign(&claims).unwrap();
            assert_eq!(key.verify(&token), Some(claims.clone()));
            assert_eq!(other.verify::<Value>(&token), None);
        }
    }

    #[test]
    fn only_one_algorithm_is_accepted_even_with_a_valid_signature() {
        let key = Key::new(b"a secret");
        assert!(key.verify::<Value>(&signed(&key, r#"{"alg":"HS256","kid":7,"x":[]}"#, "{}")).is_some());
        for header in [
            "",
            "{}",
            "[]",
            r#"["HS256"]"#,
            r#"{"alg":null}"#,
            r#"{"alg":"none"}"#,
            r#"{"alg":"hs256"}"#,
            r#"{"alg":"HS512"}"#,
            r#"{"alg":{"HS256":null}}"#,
            r#"{"alg":"none","alg":"HS256"}"#,
            r#"{"alg":"HS256","crit":["exp"]}"#,
        ] {
            assert_eq!(key.verify::<Value>(&signed(&key, header, "{}")), None, "{header}");
        }
    }

    #[test]
    fn no_part_of_a_token_can_be_changed_or_left_out() {
        let key = Key::new(b"a secret");
        let token = signed(&key, HEADER, "{}");
        let (message, signature) = token.rsplit_once('.').unwrap();
        let (header, claims) = message.split_once('.').unwrap();
        assert!(key.verify::<Value>(&token).is_some());
        for bad in [
            String::new(),
            "..".to_owned(),
            message.to_owned(),
            format!("{message}."),
            format!("{message}.{}", &signature[..signature.len() - 2]),
            format!("{token}A"),
            format!("{token}="),
            format!("{token}."),
            format!(".{token}"),
            format!(" {token}"),
            format!("{header}.{}.{signature}", encode(r#"{"sub":"ann"}"#)),
            format!("{}.{claims}.{signature}", encode(r#"{"alg":"HS256"}"#)),
            format!("{}.{claims}.{}", encode(r#"{"alg":"none"}"#), ""),
        ] {
            assert_eq!(key.verify::<Value>(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_token_expires_at_the_second_of_its_exp_without_leeway() {
        assert!(!has_expired(1000.0, 999) && !has_expired(1000.5, 1000));
        assert!(has_expired(1000.0, 1000) && has_expired(999.5, 1000) && has_expired(-1.0, 1000));
    }

    #[test]
    fn claims_are_utf_8_in_every_place() {
        #[derive(Deserialize)]
        struct Nothing {}
        let key = Key::new(b"a secret");
        let signed = |claims: &[u8]| {
            let message = format!("{}.{}", encode(HEADER), URL_SAFE_NO_PAD.encode(claims));
            let signature = key.0.clone().chain_update(&message).finalize().into_bytes();
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
        };
        assert!(key.verify::<Nothing>(&signed(b"{\"iss\":\"\xc3\xa9\"}")).is_some());
        assert!(key.verify::<Nothing>(&signed(b"{\"iss\":\"\xce\"}")).is_none());
    }

    #[test]
    fn claims_are_an_object_that_names_each_of_them_once() {
        #[derive(Debug, Deserialize)]
        struct Claims {
            #[allow(dead_code)]
            sub: String,
        }
        let key = Key::new(b"a secret");
        let read = |claims: &str| key.verify::<Claims>(&signed(&key, HEADER, claims)).is_some();
        assert!(read(r#"{"sub":"ann"}"#));
        assert!(!read(r#"["ann"]"#) && !read(r#"{"sub":"ann","sub":"ann"}"#) && !read("null") && !read(""));
    }
}
