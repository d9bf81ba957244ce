//! What every route can reach.

use std::sync::Arc;

use crate::auth::Verifier;
use crate::config::Secret;
use crate::page_token::PageTokens;
use crate::store::Store;

/// The store and the keys. Clones share them.
#[derive(Clone)]
pub struct AppState {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    verifier: Verifier,
    page_tokens: PageTokens,
}

impl AppState {
    /// A state on an open store, for credentials signed with `secret`.
    #[must_use]
    pub fn new(store: Store, secret: &Secret) -> Self {
        let verifier = Verifier::new(secret);
        let page_tokens = PageTokens::new(secret);
        Self { shared: Arc::new(Shared { store, verifier, page_tokens }) }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.shared.store
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.shared.verifier
    }

    pub(crate) fn page_tokens(&self) -> &PageTokens {
        &self.shared.page_tokens
    }
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState").field("store", &self.shared.store).finish_non_exhaustive()
    }
}
