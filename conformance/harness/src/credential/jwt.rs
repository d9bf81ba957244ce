//! Tokens minted from a shared secret: JWT (RFC 7519) signed with HS256, valid and forged ones.

use std::time::UNIX_EPOCH;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

use super::error::CredentialError;
use super::identity::Identity;
use syncproof_protocol::simulation;

/// Lifetime of a minted token in seconds: longer than any case, shorter than a working day.
const LIFETIME_SECONDS: u64 = 4 * 3600;

/// The header of a valid token.
const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

/// An extension of the header that no server knows, in the form that RFC 7515, section 4.1.11 shows.
const EXTENSION: &str = "http://example.test/unknown";

/// Kinds of invalid credentials (`session.bad-credential`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forgery {
    /// Signed with another secret.
    OtherSecret,
    /// Expired an hour ago.
    Expired,
    /// Expired an hour ago, in a claim that is text.
    ExpiredInText,
    /// Expired an hour and half a second ago.
    ExpiredWithFraction,
    /// `alg: none` with an empty signature.
    Unsigned,
    /// `alg: none`, with the signature of a valid token.
    UnsignedWithSignature,
    /// As unsigned, with `alg` written `None`.
    UnsignedInTitleCase,
    /// As unsigned, with `alg` written `NONE`.
    UnsignedInCapitals,
    /// The header is an empty object.
    EmptyHeader,
    /// The header is a list.
    HeaderIsAList,
    /// The second half of the signature is missing, in whole bytes: a text that ends within a byte may be refused as no
    /// base64 at all, before anything is compared.
    Truncated,
    /// The last byte of the signature is missing.
    TruncatedByOneByte,
    /// The first half of the signature is missing.
    WithoutBeginning,
    /// A byte follows the signature.
    LongerSignature,
    /// The signature is missing, but not the dot before it.
    NoSignature,
    /// The claims were changed after signing.
    ChangedClaims,
    /// Signed with the right secret and another algorithm, while the header says HS256.
    OtherAlgorithm,
    /// Signed with the empty secret.
    EmptySecret,
    /// No token after `Bearer`.
    Empty,
    /// Three words that are not a token.
    Garbage,
    /// The header asks for an extension that nobody knows (RFC 7515, section 4.1.11).
    UnknownExtension,
    /// A valid token after another scheme.
    OtherScheme,
}

impl Forgery {
    /// Every kind.
    pub const ALL: [Forgery; 22] = [
        Forgery::OtherSecret,
        Forgery::Expired,
        Forgery::ExpiredInText,
        Forgery::ExpiredWithFraction,
        Forgery::Unsigned,
        Forgery::UnsignedWithSignature,
        Forgery::UnsignedInTitleCase,
        Forgery::UnsignedInCapitals,
        Forgery::EmptyHeader,
        Forgery::HeaderIsAList,
        Forgery::Truncated,
        Forgery::TruncatedByOneByte,
        Forgery::WithoutBeginning,
        Forgery::LongerSignature,
        Forgery::NoSignature,
        Forgery::ChangedClaims,
        Forgery::OtherAlgorithm,
        Forgery::EmptySecret,
        Forgery::Empty,
        Forgery::Garbage,
        Forgery::UnknownExtension,
        Forgery::OtherScheme,
    ];
}

/// Mints `Authorization: Bearer` headers from a secret.
pub struct Minter {
    secret: Vec<u8>,
}

impl std::fmt::Debug for Minter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Minter(secret kept)")
    }
}

impl Minter {
    /// A minter with that shared secret.
    #[must_use]
    pub fn new(secret: Vec<u8>) -> Self {
        Minter { secret }
    }

    /// The secret, for a server that must know it; None when it is not text.
    #[must_use]
    pub fn secret_text(&self) -> Option<String> {
        String::from_utf8(self.secret.clone()).ok()
    }

    /// A valid credential. Claims: `provider`, `sub`, `email`, `name`, `iat`, `exp` (seconds since 1970).
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn authorization(&self, identity: &Identity) -> Result<(String, String), CredentialError> {
        self.token(identity, LIFETIME_SECONDS.cast_signed()).map(|token| bearer(&token))
    }

    /// A valid credential that expires after so many seconds; with a negative number it has expired that long ago.
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn ending_in(&self, identity: &Identity, seconds: i64) -> Result<(String, String), CredentialError> {
        self.token(identity, seconds).map(|token| bearer(&token))
    }

    /// A credential that begins to be valid (`nbf`) after so many seconds and ends hours later; with a negative number it has
    /// begun that long ago.
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn beginning_in(&self, identity: &Identity, seconds: i64) -> Result<(String, String), CredentialError> {
        let mut claims = claims_of(identity, LIFETIME_SECONDS.cast_signed());
        claims["nbf"] = json!(now().saturating_add(seconds));
        self.token_of(HEADER.as_bytes(), claims.to_string().as_bytes()).map(|token| bearer(&token))
    }

    /// A credential with the claims of this object in place of those that it would have, or beside them.
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn with_claims(&self, identity: &Identity, others: &Value) -> Result<(String, String), CredentialError> {
        let mut claims = claims_of(identity, LIFETIME_SECONDS.cast_signed());
        others.as_object().into_iter().flatten().for_each(|(name, value)| claims[name] = value.clone());
        self.token_of(HEADER.as_bytes(), claims.to_string().as_bytes()).map(|token| bearer(&token))
    }

    /// An invalid credential of that kind.
    ///
    /// # Errors
    /// When a token cannot be signed.
    pub fn forged(&self, identity: &Identity, forgery: Forgery) -> Result<(String, String), CredentialError> {
        let good = self.token(identity, LIFETIME_SECONDS.cast_signed())?;
        let mut parts = good.splitn(3, '.');
        let (header, claims, signature) =
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let mac = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        let signed_by = |mac: &[u8]| format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(mac));
        let unsigned = |name: &str| format!("{}.{claims}.", encode(&json!({"typ": "JWT", "alg": name})));
        let token = match forgery {
            Forgery::OtherSecret => {
                Minter::new(b"another secret, unknown to the target".to_vec()).token(identity, 3600)?
            }
            Forgery::Expired => self.token(identity, -3600)?,
            Forgery::ExpiredInText => {
                let mut claims = claims_of(identity, -3600);
                claims["exp"] = json!(claims["exp"].to_string());
                self.token_of(HEADER.as_bytes(), claims.to_string().as_bytes())?
            }
            Forgery::ExpiredWithFraction => {
                let mut claims = claims_of(identity, -3600);
                claims["exp"] = serde_json::from_str(&format!("{}.5", now() - 3601)).unwrap_or_default();
                self.token_of(HEADER.as_bytes(), claims.to_string().as_bytes())?
            }
            Forgery::Unsigned => unsigned("none"),
            Forgery::UnsignedWithSignature => unsigned("none") + signature,
            Forgery::UnsignedInTitleCase => unsigned("None"),
            Forgery::UnsignedInCapitals => unsigned("NONE"),
            Forgery::EmptyHeader => format!("{}.{claims}.{signature}", encode(&json!({}))),
            Forgery::HeaderIsAList => format!("{}.{claims}.{signature}", encode(&json!([]))),
            Forgery::Truncated => signed_by(&mac[..mac.len() / 2]),
            Forgery::TruncatedByOneByte => signed_by(&mac[..mac.len().saturating_sub(1)]),
            Forgery::WithoutBeginning => signed_by(&mac[mac.len() / 2..]),
            Forgery::LongerSignature => signed_by(&[&mac[..], &[0]].concat()),
            Forgery::NoSignature => format!("{header}.{claims}."),
            Forgery::ChangedClaims => {
                let other = Identity { subject: format!("{}-2", identity.subject), ..identity.clone() };
                format!("{header}.{}.{signature}", encode(&claims_of(&other, 3600)))
            }
            Forgery::OtherAlgorithm => {
                let message = format!("{header}.{}", encode(&claims_of(identity, 3600)));
                format!("{message}.{}", self.signature::<Hmac<Sha512>>(&message)?)
            }
            Forgery::EmptySecret => Minter::new(Vec::new()).token(identity, 3600)?,
            Forgery::Empty => String::new(),
            Forgery::Garbage => "not.a.token".to_owned(),
            Forgery::UnknownExtension => {
                let header = json!({"typ": "JWT", "alg": "HS256", "crit": [EXTENSION], EXTENSION: true});
                self.token_of(header.to_string().as_bytes(), claims_of(identity, 3600).to_string().as_bytes())?
            }
            Forgery::OtherScheme => return Ok(("authorization".to_owned(), format!("Basic {good}"))),
        };
        Ok(bearer(&token))
    }

    /// A credential with exactly these bytes as its header and claims, and a correct signature (HS256).
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn signed(&self, header: &[u8], claims: &[u8]) -> Result<(String, String), CredentialError> {
        self.token_of(header, claims).map(|token| bearer(&token))
    }

    fn token(&self, identity: &Identity, lifetime_seconds: i64) -> Result<String, CredentialError> {
        let claims = claims_of(identity, lifetime_seconds).to_string();
        self.token_of(HEADER.as_bytes(), claims.as_bytes())
    }

    fn token_of(&self, header: &[u8], claims: &[u8]) -> Result<String, CredentialError> {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        Ok(format!("{message}.{}", self.signature::<Hmac<Sha256>>(&message)?))
    }

    fn signature<M: Mac + KeyInit>(&self, message: &str) -> Result<String, CredentialError> {
        let mac = <M as KeyInit>::new_from_slice(&self.secret)
            .map_err(|error| CredentialError::Broken(format!("a token cannot be signed: {error}")))?;
        Ok(URL_SAFE_NO_PAD.encode(mac.chain_update(message).finalize().into_bytes()))
    }
}

/// In seconds since 1970.
fn now() -> i64 {
    simulation::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().cast_signed()
}

fn claims_of(identity: &Identity, lifetime_seconds: i64) -> Value {
    let now = now();
    json!({
        "provider": identity.provider,
        "sub": identity.subject,
        "email": identity.email,
        "name": identity.name,
        "iat": now.min(now + lifetime_seconds - 1),
        "exp": now + lifetime_seconds,
    })
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn bearer(token: &str) -> (String, String) {
    ("authorization".to_owned(), format!("Bearer {token}"))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn identity() -> Identity {
        Identity { provider: "p".into(), subject: "anna".into(), email: "a@example.test".into(), name: "Anna".into() }
    }

    /// Whether a token is valid: its header, its expiry and its signature, which is computed again here.
    fn valid(secret: &[u8], header: &(String, String)) -> bool {
        let Some((message, signature)) = header.1.strip_prefix("Bearer ").and_then(|token| token.rsplit_once('.'))
        else {
            return false;
        };
        let part = |place: usize| -> Option<Value> {
            let part = URL_SAFE_NO_PAD.decode(message.split('.').nth(place)?).ok()?;
            serde_json::from_slice(&part).ok()
        };
        let (Some(header), Some(claims)) = (part(0), part(1)) else { return false };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs();
        let mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key").chain_update(message);
        header.get("alg") == Some(&json!("HS256"))
            && header.get("crit").is_none()
            && claims["nbf"].as_u64().is_none_or(|begins| begins <= now)
            && claims["exp"].as_u64().is_some_and(|ends| ends > now)
            && signature == URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    #[test]
    fn the_example_of_the_standard_is_signed_as_there() {
        // RFC 7515, appendix A.1.
        let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let minter = Minter::new(URL_SAFE_NO_PAD.decode(secret).expect("base64"));
        let (header, claims) = (
            "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}",
            "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}",
        );
        let (_, value) = minter.signed(header.as_bytes(), claims.as_bytes()).expect("a token");
        assert!(value.ends_with(".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "{value}");
    }

    #[test]
    fn good_tokens_are_valid_and_forged_ones_are_not() {
        let secret = b"0123456789abcdef0123456789abcdef".to_vec();
        let minter = Minter::new(secret.clone());
        assert!(valid(&secret, &minter.authorization(&identity()).expect("a token")));
        assert!(valid(&secret, &minter.ending_in(&identity(), 30).expect("a token")));
        assert!(!valid(&secret, &minter.ending_in(&identity(), -90).expect("a token")));
        assert!(valid(&secret, &minter.beginning_in(&identity(), -90).expect("a token")));
        assert!(!valid(&secret, &minter.beginning_in(&identity(), 90).expect("a token")));
        let claims = claims_of(&identity(), 60).to_string();
        let signed = |minter: &Minter| minter.signed(br#"{"alg":"HS256"}"#, claims.as_bytes()).expect("a token");
        assert!(valid(&secret, &signed(&minter)));
        assert!(!valid(&secret, &signed(&Minter::new(b"another".to_vec()))));
        for forgery in Forgery::ALL {
            let forged = minter.forged(&identity(), forgery).expect("a token");
            assert!(!valid(&secret, &forged), "{forgery:?} passes: {forged:?}");
        }
    }
}
