//! The token that leads from one snapshot page to the next: signed, so that it can be believed and not made up.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::config::Secret;
use crate::time::unix_seconds;

/// How long a page may be asked for after the one before it.
const LIFETIME_SECONDS: i64 = 24 * 60 * 60;

/// Everything that the next page depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageToken {
    pub(crate) snapshot_id: String,
    pub(crate) workspace_id: String,
    pub(crate) user_id: String,
    /// The tables of the snapshot, in order; absent for all.
    pub(crate) tables: Option<Vec<String>>,
    pub(crate) high_watermark: u64,
    /// Absent from the tokens of before there were collections.
    #[serde(default)]
    pub(crate) tombstone_collections: u64,
    /// Where the page before ended.
    pub(crate) table_name: String,
    pub(crate) pk: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    exp: i64,
    page: PageToken,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadToken {
    /// Not made by this server, or changed since.
    Garbled,
    Expired,
}

/// Makes and reads tokens.
pub(crate) struct PageTokens {
    sign: EncodingKey,
    verify: DecodingKey,
}

impl PageTokens {
    pub(crate) fn new(secret: &Secret) -> Self {
        // A key of its own, so that no page token is ever a credential or the other way round.
        let key = [b"page-token:", secret.bytes()].concat();
        Self { sign: EncodingKey::from_secret(&key), verify: DecodingKey::from_secret(&key) }
    }

    /// The text of a token; nothing only if the signing itself fails.
    pub(crate) fn write(&self, page: PageToken) -> Option<String> {
        let claims = Claims { exp: unix_seconds() + LIFETIME_SECONDS, page };
        encode(&Header::new(Algorithm::HS256), &claims, &self.sign).ok()
    }

    pub(crate) fn read(&self, text: &str) -> Result<PageToken, BadToken> {
        let validation = Validation::new(Algorithm::HS256);
        match decode::<Claims>(text, &self.verify, &validation) {
            Ok(token) => Ok(token.claims.page),
            Err(error) => match error.kind() {
                jsonwebtoken::errors::ErrorKind::ExpiredSignature => Err(BadToken::Expired),
                _ => Err(BadToken::Garbled),
            },
        }
    }
}
