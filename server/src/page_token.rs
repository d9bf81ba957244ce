//! The token that leads from one snapshot page to the next. It is signed, so that clients can neither forge nor change it.

use serde::{Deserialize, Serialize};

use crate::config::Secret;
use crate::jwt::{Key, has_expired, numeric_date};
use crate::store::PagePosition;
use crate::time::unix_seconds;

/// How long a client may wait before it asks for the next page.
const LIFETIME_SECONDS: i64 = 24 * 60 * 60;

/// Everything that the next page depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageToken {
    pub(crate) snapshot_id: String,
    pub(crate) workspace_id: String,
    pub(crate) user_id: String,
    /// The tables of the snapshot, in order; absent for all.
    pub(crate) tables: Option<Vec<String>>,
    #[serde(flatten)]
    pub(crate) position: PagePosition,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    exp: f64,
    page: PageToken,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadToken {
    /// Not signed by this server, or changed since.
    Invalid,
    Expired,
}

/// Makes and reads tokens. They expire as credentials do, without leeway, but by the machine's clock alone: where tests set
/// the store's clock forward, entries grow old and running snapshots stay.
pub(crate) struct PageTokens {
    key: Key,
}

impl PageTokens {
    pub(crate) fn new(secret: &Secret) -> Self {
        // A key of its own, so that a page token is never taken for a credential, nor the other way round.
        Self { key: Key::new(&[b"page-token:", secret.bytes()].concat()) }
    }

    /// The text of a token.
    ///
    /// # Errors
    ///
    /// When the page cannot be written as JSON.
    pub(crate) fn write(&self, page: PageToken) -> Result<String, serde_json::Error> {
        self.write_at(page, unix_seconds())
    }

    fn write_at(&self, page: PageToken, now: i64) -> Result<String, serde_json::Error> {
        self.key.sign(&Claims { exp: numeric_date(now + LIFETIME_SECONDS), page })
    }

    pub(crate) fn read(&self, text: &str) -> Result<PageToken, BadToken> {
        self.read_at(text, unix_seconds())
    }

    fn read_at(&self, text: &str, now: i64) -> Result<PageToken, BadToken> {
        let claims: Claims = self.key.verify(text).ok_or(BadToken::Invalid)?;
        if has_expired(claims.exp, now) { Err(BadToken::Expired) } else { Ok(claims.page) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_valid_for_its_lifetime_and_not_a_second_longer() {
        let tokens = PageTokens::new(&Secret::new("a secret"));
        let page = json!({
            "snapshot_id": "s", "workspace_id": "w", "user_id": "u", "tables": null,
            "high_watermark": 1, "table_name": "kv", "pk": "a",
        });
        let page: PageToken = serde_json::from_value(page).unwrap();
        let text = tokens.write_at(page.clone(), 1000).unwrap();
        assert_eq!(tokens.read_at(&text, 1000 + LIFETIME_SECONDS - 1), Ok(page));
        assert_eq!(tokens.read_at(&text, 1000 + LIFETIME_SECONDS), Err(BadToken::Expired));
    }
}
