//! Servers in this very process, a fresh one in memory for every sequence, called without a socket between.

use std::sync::Arc;

use super::{Door, Venue};
use crate::client::{Client, Recorder, Watch};
use crate::credential::{Credentials, Minter};
use crate::specimen::{self, Mutant, Settings, Variant};
use crate::target::reference;

/// What tokens are signed with: these servers are nobody else's.
const SECRET: &str = "a secret that no other process has to know";

fn door(router: axum::Router, capabilities: crate::capability::Capabilities) -> Door {
    let recorder = Arc::new(Recorder::new("fuzz", Arc::new(Watch::default())));
    let credentials = Arc::new(Credentials::Minted(Minter::new(SECRET.as_bytes().to_vec())));
    Door::new(Client::in_process(router, recorder), credentials, capabilities)
}

/// The reference server.
#[must_use]
pub fn reference() -> Venue {
    Venue::new(|| Ok(door(reference::router(SECRET)?, reference::capabilities())))
}

/// The reference server with something around it: a layer that breaks it, for a test of what is found.
pub fn reference_behind(around: impl Fn(axum::Router) -> axum::Router + Send + Sync + 'static) -> Venue {
    Venue::new(move || Ok(door(around(reference::router(SECRET)?), reference::capabilities())))
}

/// The specimen, with that bug in it, or as other honest servers are.
#[must_use]
pub fn specimen(mutant: Option<Mutant>, variants: Vec<Variant>) -> Venue {
    Venue::new(move || {
        let capabilities = specimen::capabilities(&variants);
        let settings = Settings { secret: SECRET.as_bytes().to_vec(), mutant, variants: variants.clone() };
        Ok(door(specimen::router(settings), capabilities))
    })
}
