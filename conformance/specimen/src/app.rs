//! The app that every handler gets: the settings and the state of a specimen.

use super::settings::Settings;
use super::state::ServerState;
use super::switch::{Switch, Switches};
use super::time::{self, Ahead};
use super::variant::{self, Freedom, Freedoms, Variant};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use syncproof_model::FreshIds;

/// How handlers extract the app.
pub(super) type Shared = axum::extract::State<Arc<App>>;

/// A running specimen.
#[derive(Debug)]
pub(super) struct App {
    secret: Vec<u8>,
    trusts_header: bool,
    ahead: Ahead,
    switches: Switches,
    freedoms: Freedoms,
    state: Arc<Mutex<ServerState>>,
}

impl App {
    pub(super) fn new(settings: Settings) -> Self {
        let switches = settings.switches();
        Self {
            secret: settings.secret,
            trusts_header: settings.trusts_header,
            ahead: settings.ahead,
            switches,
            freedoms: settings.variants.iter().map(Variant::freedom).collect(),
            state: Arc::new(Mutex::new(ServerState::new(switches))),
        }
    }

    /// The same server without its mutants, on the same state.
    pub(super) fn without_mutants(&self) -> Self {
        let (secret, ahead, state) = (self.secret.clone(), Arc::clone(&self.ahead), Arc::clone(&self.state));
        App { switches: Switches::default(), secret, ahead, state, ..*self }
    }

    /// Now, since 1970.
    pub(super) fn now(&self) -> Duration {
        time::now(&self.ahead)
    }

    /// Now, in whole seconds since 1970.
    pub(super) fn now_s(&self) -> u64 {
        self.now().as_secs()
    }

    /// Now, in milliseconds since 1970.
    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.now().as_millis()).unwrap_or(u64::MAX)
    }

    /// The freedoms that it takes.
    pub(super) fn freedoms(&self) -> Freedoms {
        self.freedoms
    }

    /// Whether it takes this freedom.
    pub(super) fn takes(&self, freedom: Freedom) -> bool {
        self.freedoms.take(freedom)
    }

    pub(super) fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// Whether the word after `Authorization: Bearer` is the user's name.
    pub(super) fn trusts_header(&self) -> bool {
        self.trusts_header
    }

    /// The switches of its mutants.
    pub(super) fn switches(&self) -> Switches {
        self.switches
    }

    /// Whether this is the switch of one of its mutants.
    pub(super) fn is(&self, switch: Switch) -> bool {
        self.switches.has(switch)
    }

    /// The locked state. The guard is never held across an await. Every call on the model leaves it consistent, so the
    /// state behind a poisoned lock can still be used.
    pub(super) fn state(&self) -> MutexGuard<'_, ServerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// New ids that cannot be guessed (`workspace.ids-unguessable`).
    pub(super) fn fresh_ids(&self) -> FreshIds {
        FreshIds { user: variant::fresh_id(self.freedoms, "user"), workspace: self.fresh_workspace_id() }
    }

    pub(super) fn fresh_workspace_id(&self) -> String {
        if self.is(Switch::SequentialIds) {
            let mut state = self.state();
            state.mutant_state.ids += 1;
            return format!("ws-{}", state.mutant_state.ids);
        }
        variant::fresh_id(self.freedoms, "ws")
    }
}
