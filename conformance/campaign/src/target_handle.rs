//! How the sequences of a campaign reach their target.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::clock::Clock;
use super::offer::Offer;
use syncproof_harness::client::{Client, Pace, Recorder};
use syncproof_harness::credential::Credentials;
use syncproof_harness::world::{Context, Run};
use syncproof_protocol::capability::Capabilities;
use syncproof_protocol::endpoint::Endpoint;
use syncproof_protocol::symptom::Symptom;

/// A target as a campaign sees it. Clones refer to the same target.
#[derive(Debug, Clone)]
pub struct TargetHandle {
    client: Client,
    credentials: Arc<Credentials>,
    offer: Offer,
    passed_over: Arc<BTreeSet<Symptom>>,
    pace: Arc<Pace>,
    clock: Clock,
    run: Option<Arc<Run>>,
    any_name: bool,
    any_provider: bool,
    knows_identities: bool,
}

impl TargetHandle {
    /// A handle to a target with credentials for any identity.
    #[must_use]
    pub fn new(client: Client, credentials: Arc<Credentials>, capabilities: Capabilities) -> Self {
        let (any_name, any_provider) = (credentials.carry_any_name(), credentials.has_providers());
        let (pace, clock) = (Arc::default(), Clock::of_machine());
        let knows_identities = credentials.minter().is_some();
        let (offer, passed_over) = (Offer { capabilities, ..Offer::default() }, Arc::default());
        TargetHandle {
            client,
            credentials,
            offer,
            passed_over,
            pace,
            clock,
            run: None,
            any_name,
            any_provider,
            knows_identities,
        }
    }

    /// The target of a case, for sequences that the case performs.
    #[must_use]
    pub fn of_case(context: &Context) -> Self {
        let capabilities = context.target().capabilities.clone();
        let handle = TargetHandle::new(context.anonymous().clone(), context.credentials(), capabilities);
        handle.by(Clock::of_case(context))
    }

    /// The capabilities of the target.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.offer.capabilities
    }

    /// What the target offers.
    pub(super) fn offer(&self) -> &Offer {
        &self.offer
    }

    /// The source of its credentials.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Whether users may have any name, or only names that fit a header.
    #[must_use]
    pub fn carries_any_name(&self) -> bool {
        self.any_name
    }

    /// Whether users may come from several providers.
    #[must_use]
    pub fn carries_any_provider(&self) -> bool {
        self.any_provider
    }

    /// Whether sessions show the identities that the suite put into its credentials: only for tokens that it minted does
    /// it know what the target has to make of them.
    #[must_use]
    pub fn knows_identities(&self) -> bool {
        self.knows_identities
    }

    /// The same, limited to names that the credentials of the other target can carry, too.
    #[must_use]
    pub fn with_names_of(self, other: &TargetHandle) -> Self {
        let any_name = self.any_name && other.any_name;
        let any_provider = self.any_provider && other.any_provider;
        let knows_identities = self.knows_identities && other.knows_identities;
        TargetHandle { any_name, any_provider, knows_identities, ..self }
    }

    /// The same, with requests at that pace.
    #[must_use]
    pub fn at_pace(self, pace: Arc<Pace>) -> Self {
        TargetHandle { pace, ..self }
    }

    /// The same, as the target of that run.
    #[must_use]
    pub fn of_run(self, run: Arc<Run>) -> Self {
        TargetHandle { run: Some(run), ..self }
    }

    /// The same, for a target that uses that clock.
    #[must_use]
    pub fn by(self, clock: Clock) -> Self {
        TargetHandle { clock, ..self }
    }

    /// The same, for the target of that run, of which the suite can start another server.
    #[must_use]
    pub fn started_by(self, run: Arc<Run>) -> Self {
        TargetHandle { offer: Offer { starter: Some(run), ..self.offer }, ..self }
    }

    /// The run whose target it is, if it is reached over sockets.
    #[must_use]
    pub fn run(&self) -> Option<&Arc<Run>> {
        self.run.as_ref()
    }

    /// The clock that the target uses.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The same, treated as a target with only these capabilities.
    #[must_use]
    pub fn with_capabilities(self, capabilities: Capabilities) -> Self {
        TargetHandle { offer: Offer { capabilities, ..self.offer }, ..self }
    }

    /// The same, for a target that does not have these endpoints.
    #[must_use]
    pub fn without(self, absent: Vec<&'static Endpoint>) -> Self {
        TargetHandle { offer: Offer { absent, ..self.offer }, ..self }
    }

    /// The same, passing over these symptoms where the state of the target is certain all the same.
    #[must_use]
    pub(super) fn passing_over(self, symptoms: &Arc<BTreeSet<Symptom>>) -> Self {
        TargetHandle { passed_over: Arc::clone(symptoms), ..self }
    }

    /// Whether that symptom is passed over.
    pub(super) fn passes_over(&self, symptom: &Symptom) -> bool {
        self.passed_over.contains(symptom)
    }

    /// A new recorder for the exchanges with this target.
    pub fn recorder(&self) -> Arc<Recorder> {
        Arc::new(Recorder::paced("fuzz", Arc::default(), Arc::clone(&self.pace)))
    }

    /// A client without a credential, whose exchanges the recorder keeps.
    pub fn anonymous(&self, recorder: &Arc<Recorder>) -> Client {
        self.client.recorded_by(recorder)
    }
}
