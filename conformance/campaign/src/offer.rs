//! What a target offers, and which steps cannot be performed without the rest.

use std::sync::Arc;

use crate::oracle::CoverageEvent;
use crate::sequence::Step;
use syncproof_harness::world::Run;
use syncproof_protocol::capability::{Capabilities, Capability};
use syncproof_protocol::endpoint::Endpoint;

/// What a target offers.
#[derive(Debug, Clone, Default)]
pub(super) struct Offer {
    /// Its capabilities.
    pub(super) capabilities: Capabilities,
    /// The endpoints that it should have and does not have.
    pub(super) absent: Vec<&'static Endpoint>,
    /// The run whose target starts another server of its kind, which a sequence may then restart.
    pub(super) starter: Option<Arc<Run>>,
}

impl Offer {
    /// What the step needs and the target does not have, in a few words.
    pub(super) fn lacks(&self, step: &Step) -> Option<String> {
        let lacked = |needed: &Capability| !needed.is_met_by(&self.capabilities);
        if step.is_restart() && self.starter.is_none() {
            return Some("a server that the suite starts".to_owned());
        }
        let needed = matches!(step, Step::Forged { .. } | Step::Expire { .. }).then_some(Capability::BadCredentials);
        let endpoints = step.endpoints();
        let capability = endpoints.iter().filter_map(|endpoint| endpoint.capability).chain(needed).find(lacked);
        if let Some(capability) = capability {
            return Some(format!("capability {}", capability.name()));
        }
        let absent = endpoints.into_iter().find(|endpoint| self.is_absent(endpoint));
        absent.map(|endpoint| format!("endpoint {} {}", endpoint.method.name(), endpoint.path))
    }

    /// The situations that the target cannot come to.
    pub(super) fn impossible(&self) -> Vec<CoverageEvent> {
        let lacks = |event: &CoverageEvent| {
            (*event == CoverageEvent::Restart && self.starter.is_none())
                || event.capability().is_some_and(|needed| !needed.is_met_by(&self.capabilities))
                || event.endpoint().is_some_and(|endpoint| self.is_absent(endpoint))
        };
        CoverageEvent::ALL.into_iter().filter(lacks).collect()
    }

    /// Whether it should have that endpoint and does not have it.
    pub(super) fn is_absent(&self, endpoint: &Endpoint) -> bool {
        self.absent.iter().any(|absent| (absent.method, absent.path) == (endpoint.method, endpoint.path))
    }
}
