//! Tokens minted from a shared secret: JWT (RFC 7519) signed with HS256, good ones and forged ones.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::{CredentialError, Identity};

/// Lifetime of a minted token in seconds: longer than any case, shorter than a working day.
const LIFETIME_SECONDS: u64 = 4 * 3600;

/// Ways to get a credential wrong (`session.bad-credential`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forgery {
    /// Signed with another secret.
    OtherSecret,
    /// Ended an hour ago.
    Expired,
    /// `alg: none` with an empty signature.
    Unsigned,
    /// `alg: none`, with the signature of a good token.
    UnsignedWithSignature,
    /// As unsigned, with `alg` written `None`.
    UnsignedInTitleCase,
    /// As unsigned, with `alg` written `NONE`.
    UnsignedInCapitals,
    /// The header is an empty object.
    EmptyHeader,
    /// The header is a list.
    HeaderIsAList,
    /// The second half of the signature is missing.
    Truncated,
    /// The signature is missing, its dot is there.
    NoSignature,
    /// The claims were changed after signing.
    ChangedClaims,
    /// Signed with the right secret and another algorithm, while the header says HS256.
    OtherAlgorithm,
    /// The empty secret.
    EmptySecret,
    /// No token at all behind `Bearer`.
    Empty,
    /// Three words that are no token.
    Garbage,
    /// A good token behind another scheme.
    OtherScheme,
}

impl Forgery {
    /// Every kind.
    pub const ALL: [Forgery; 16] = [
        Forgery::OtherSecret,
        Forgery::Expired,
        Forgery::Unsigned,
        Forgery::UnsignedWithSignature,
        Forgery::UnsignedInTitleCase,
        Forgery::UnsignedInCapitals,
        Forgery::EmptyHeader,
        Forgery::HeaderIsAList,
        Forgery::Truncated,
        Forgery::NoSignature,
        Forgery::ChangedClaims,
        Forgery::OtherAlgorithm,
        Forgery::EmptySecret,
        Forgery::Empty,
        Forgery::Garbage,
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

    /// The secret, for a server that has to know it; None when it is no text.
    #[must_use]
    pub fn secret_text(&self) -> Option<String> {
        String::from_utf8(self.secret.clone()).ok()
    }

    /// A good credential. Claims: `provider`, `sub`, `email`, `name`, `iat`, `exp` (seconds since 1970).
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn authorization(&self, identity: &Identity) -> Result<(String, String), CredentialError> {
        self.token(identity, LIFETIME_SECONDS.cast_signed()).map(|token| bearer(&token))
    }

    /// A credential like a good one that ends after so many seconds, or has ended that long ago when they are negative:
    /// for looking at what becomes of it at its end.
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn ending_in(&self, identity: &Identity, seconds: i64) -> Result<(String, String), CredentialError> {
        self.token(identity, seconds).map(|token| bearer(&token))
    }

    /// A credential that is wrong in that way.
    ///
    /// # Errors
    /// When a token cannot be signed.
    pub fn forged(&self, identity: &Identity, forgery: Forgery) -> Result<(String, String), CredentialError> {
        let good = self.token(identity, LIFETIME_SECONDS.cast_signed())?;
        let mut parts = good.splitn(3, '.');
        let (header, claims, signature) =
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let unsigned = |name: &str| format!("{}.{claims}.", encode(&json!({"typ": "JWT", "alg": name})));
        let token = match forgery {
            Forgery::OtherSecret => {
                Minter::new(b"another secret that nobody ever told".to_vec()).token(identity, 3600)?
            }
            Forgery::Expired => self.token(identity, -3600)?,
            Forgery::Unsigned => unsigned("none"),
            Forgery::UnsignedWithSignature => unsigned("none") + signature,
            Forgery::UnsignedInTitleCase => unsigned("None"),
            Forgery::UnsignedInCapitals => unsigned("NONE"),
            Forgery::EmptyHeader => format!("{}.{claims}.{signature}", encode(&json!({}))),
            Forgery::HeaderIsAList => format!("{}.{claims}.{signature}", encode(&json!([]))),
            Forgery::Truncated => good[..good.len() - signature.len() / 2].to_owned(),
            Forgery::NoSignature => format!("{header}.{claims}."),
            Forgery::ChangedClaims => {
                let other = Identity { subject: format!("{}-2", identity.subject), ..identity.clone() };
                format!("{header}.{}.{signature}", encode(&claims_of(&other, 3600)))
            }
            Forgery::OtherAlgorithm => {
                let other = self.sign(Algorithm::HS512, &claims_of(identity, 3600))?;
                let (_, rest) = other.split_once('.').unwrap_or_default();
                format!("{header}.{rest}")
            }
            Forgery::EmptySecret => Minter::new(Vec::new()).token(identity, 3600)?,
            Forgery::Empty => String::new(),
            Forgery::Garbage => "not.a.token".to_owned(),
            Forgery::OtherScheme => return Ok(("authorization".to_owned(), format!("Basic {good}"))),
        };
        Ok(bearer(&token))
    }

    /// A credential of exactly these bytes as its header and its claims, whatever they are, with a signature (HS256) that fits.
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn signed(&self, header: &[u8], claims: &[u8]) -> Result<(String, String), CredentialError> {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let key = EncodingKey::from_secret(&self.secret);
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256)
            .map_err(|error| CredentialError::Broken(format!("a token cannot be signed: {error}")))?;
        Ok(bearer(&format!("{message}.{signature}")))
    }

    fn token(&self, identity: &Identity, lifetime_seconds: i64) -> Result<String, CredentialError> {
        self.sign(Algorithm::HS256, &claims_of(identity, lifetime_seconds))
    }

    fn sign(&self, algorithm: Algorithm, claims: &Value) -> Result<String, CredentialError> {
        jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(&self.secret))
            .map_err(|error| CredentialError::Broken(format!("a token cannot be signed: {error}")))
    }
}

fn claims_of(identity: &Identity, lifetime_seconds: i64) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().cast_signed();
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
    use super::*;
    use jsonwebtoken::{DecodingKey, Validation};

    fn identity() -> Identity {
        Identity { provider: "p".into(), subject: "anna".into(), email: "a@example.test".into(), name: "Anna".into() }
    }

    fn valid(secret: &[u8], header: &(String, String)) -> bool {
        let Some(token) = header.1.strip_prefix("Bearer ") else { return false };
        let validation = Validation::new(Algorithm::HS256);
        jsonwebtoken::decode::<Value>(token, &DecodingKey::from_secret(secret), &validation).is_ok()
    }

    #[test]
    fn good_tokens_are_valid_and_forged_ones_are_not() {
        let secret = b"0123456789abcdef0123456789abcdef".to_vec();
        let minter = Minter::new(secret.clone());
        assert!(valid(&secret, &minter.authorization(&identity()).expect("a token")));
        assert!(valid(&secret, &minter.ending_in(&identity(), 30).expect("a token")));
        assert!(!valid(&secret, &minter.ending_in(&identity(), -90).expect("a token")));
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
