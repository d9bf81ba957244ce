//! Servers in this process, a new one in memory for every sequence, called without a socket.
//!
//! Internal: public for the command and the project's own tests and benchmarks only.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::reference;
use syncproof_campaign::{CampaignTarget, Clock, TargetHandle};
use syncproof_harness::client::{Client, Recorder, ResponseMonitor};
use syncproof_harness::credential::Credentials;
use syncproof_protocol::capability::Capabilities;
use syncproof_specimen as specimen;
use syncproof_specimen::{Mutant, Settings, Variant};

/// The key that signs tokens. It need not be secret: no other program uses these servers.
const SECRET: &str = "a secret that no other process has to know";

fn target_handle(router: axum::Router, capabilities: Capabilities, ahead_ms: Arc<AtomicU64>) -> TargetHandle {
    let recorder = Arc::new(Recorder::new("fuzz", Arc::new(ResponseMonitor::default())));
    let credentials = Arc::new(Credentials::jwt_secret(SECRET));
    TargetHandle::new(Client::in_process(router, recorder), credentials, capabilities).by(Clock::set_forward(ahead_ms))
}

/// The reference server.
#[must_use]
pub fn reference() -> CampaignTarget {
    reference_behind(|router| router)
}

/// The reference server with a layer around it that breaks it, for tests of what a campaign finds.
pub fn reference_behind(around: impl Fn(axum::Router) -> axum::Router + Send + Sync + 'static) -> CampaignTarget {
    CampaignTarget::new(move || {
        let ahead_ms = Arc::default();
        let router = reference::router(SECRET, Arc::clone(&ahead_ms))?;
        Ok(target_handle(around(router), reference::capabilities(), ahead_ms))
    })
}

/// The specimen, as these mutants and these variants.
pub fn specimen(mutants: impl IntoIterator<Item = Mutant>, variants: Vec<Variant>) -> CampaignTarget {
    let mutants: Vec<Mutant> = mutants.into_iter().collect();
    CampaignTarget::new(move || {
        let capabilities = specimen::capabilities(&variants);
        let settings = Settings::new(SECRET.as_bytes(), mutants.clone(), variants.clone());
        let ahead_ms = Arc::clone(&settings.ahead);
        Ok(target_handle(specimen::router(settings), capabilities, ahead_ms))
    })
    .on_one_thread()
}
