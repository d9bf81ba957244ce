//! The state that every route can access.

use std::sync::Arc;

use crate::config::Secret;
use crate::credential::Verifier;
use crate::limits::Limits;
use crate::page_token::PageTokens;
use crate::rate_limiter::RateLimiter;
use crate::store::Store;

/// The store, the keys and the limits. Clones share them.
#[derive(Clone)]
pub struct AppState {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) verifier: Verifier,
    pub(crate) page_tokens: PageTokens,
    pub(crate) limits: Limits,
    /// `None` when the rate is not limited.
    pub(crate) rate_limiter: Option<RateLimiter>,
}

impl AppState {
    /// The state for an open store, credentials signed with `secret`, and these limits.
    #[must_use]
    pub fn with_limits(store: Store, secret: &Secret, limits: Limits) -> Self {
        let verifier = Verifier::new(secret, store.clock());
        let page_tokens = PageTokens::new(secret);
        let rate_limiter = limits.requests_per_second.map(RateLimiter::new);
        Self { shared: Arc::new(Shared { store, verifier, page_tokens, limits, rate_limiter }) }
    }
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState").field("store", &self.shared.store).finish_non_exhaustive()
    }
}
