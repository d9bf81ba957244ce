//! The observations of one execution.

use std::collections::BTreeSet;

use crate::observation::Observation;
use syncproof_protocol::wire::Id;

/// The observations so far, and what is needed to describe answers without ids and times.
#[derive(Debug, Clone, Default)]
pub(super) struct ObservationLog {
    pub(super) observations: Vec<Observation>,
    /// The current step.
    pub(super) step: usize,
    /// The names that the sequence gave to workspaces; the target has chosen all others.
    pub(super) names: BTreeSet<String>,
    /// Workspaces whose description is unknown after a rename that did not mention it.
    pub(super) vague: Vec<Id>,
}
