//! The door: how the sequences of a campaign reach their target.

use std::sync::Arc;

use super::clock::Clock;
use syncproof_harness::client::{Client, Pace, Recorder};
use syncproof_harness::credential::Credentials;
use syncproof_protocol::capability::Capabilities;

/// A target as a campaign sees it. Clones are handles to the same.
#[derive(Debug, Clone)]
pub struct TargetHandle {
    client: Client,
    credentials: Arc<Credentials>,
    capabilities: Capabilities,
    pace: Arc<Pace>,
    clock: Clock,
    any_name: bool,
    any_provider: bool,
    knows_identities: bool,
}

impl TargetHandle {
    /// The door to a target whose credentials can be had for any identity.
    #[must_use]
    pub fn new(client: Client, credentials: Arc<Credentials>, capabilities: Capabilities) -> Self {
        let (any_name, any_provider) = (credentials.carry_any_name(), credentials.has_providers());
        let (pace, clock) = (Arc::default(), Clock::of_machine());
        let knows_identities = credentials.minter().is_some();
        TargetHandle { client, credentials, capabilities, pace, clock, any_name, any_provider, knows_identities }
    }

    /// What the target can do.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Where its credentials come from.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Whether people may be called anything, or only what fits a header.
    #[must_use]
    pub fn carries_any_name(&self) -> bool {
        self.any_name
    }

    /// Whether people may come from several providers.
    #[must_use]
    pub fn carries_any_provider(&self) -> bool {
        self.any_provider
    }

    /// Whether sessions show the identities that the suite put into its credentials: only of tokens that it minted does
    /// it know what the target makes of them.
    #[must_use]
    pub fn knows_identities(&self) -> bool {
        self.knows_identities
    }

    /// The same, with nobody whom the credentials of the other target cannot name.
    #[must_use]
    pub fn with_names_of(self, other: &TargetHandle) -> Self {
        let any_name = self.any_name && other.any_name;
        let any_provider = self.any_provider && other.any_provider;
        let knows_identities = self.knows_identities && other.knows_identities;
        TargetHandle { any_name, any_provider, knows_identities, ..self }
    }

    /// The same, asked at that pace.
    #[must_use]
    pub fn at_pace(self, pace: Arc<Pace>) -> Self {
        TargetHandle { pace, ..self }
    }

    /// The same, of a target that goes by that clock.
    #[must_use]
    pub fn by(self, clock: Clock) -> Self {
        TargetHandle { clock, ..self }
    }

    /// The clock that the target goes by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The same, of a target that counts as one that can do no more than this.
    #[must_use]
    pub fn with_capabilities(self, capabilities: Capabilities) -> Self {
        TargetHandle { capabilities, ..self }
    }

    /// A new recorder for what is said and heard behind this door.
    pub fn recorder(&self) -> Arc<Recorder> {
        Arc::new(Recorder::paced("fuzz", Arc::default(), Arc::clone(&self.pace)))
    }

    /// Someone without a credential, taken down by that recorder.
    pub fn anonymous(&self, recorder: &Arc<Recorder>) -> Client {
        self.client.recorded_by(recorder)
    }
}
