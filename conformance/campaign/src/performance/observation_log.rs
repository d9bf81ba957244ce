//! The observations of one execution.

use std::collections::BTreeSet;

use crate::observation::Observation;
use syncproof_protocol::wire::Id;

/// What has been observed so far, and what has to be known to tell it without ids and times.
#[derive(Debug, Clone, Default)]
pub(super) struct ObservationLog {
    pub(super) observations: Vec<Observation>,
    /// The step under way.
    pub(super) step: usize,
    /// The names that workspaces were given here; others a target has chosen itself.
    pub(super) names: BTreeSet<String>,
    /// Workspaces whose description is open, after a renaming that did not speak of it.
    pub(super) vague: Vec<Id>,
}
