//! Anomalies: what checkers find.

use std::collections::BTreeMap;

use crate::call::CallIndex;

/// How many anomalies of one requirement are kept. One mistake of a server may show in every later call.
const MAX_KEPT: usize = 20;

/// A contradiction in a history: no server that keeps the requirement can have answered like that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// The requirement that is broken.
    pub requirement: &'static str,
    /// What contradicts what, in one sentence.
    pub message: String,
    /// The calls that contradict each other, and what each of them says.
    pub calls: Vec<(CallIndex, String)>,
}

/// What the checkers have found in a history.
#[derive(Debug, Default)]
pub struct Anomalies {
    kept: Vec<Anomaly>,
    counts: BTreeMap<&'static str, usize>,
    not_decided: u64,
}

impl Anomalies {
    /// Those that are kept, in the order in which they were found.
    #[must_use]
    pub fn kept(&self) -> &[Anomaly] {
        &self.kept
    }

    /// How many were found for each requirement.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<&'static str, usize> {
        &self.counts
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many questions were left open, since too much was possible: nothing was found there, and nothing is known.
    #[must_use]
    pub fn not_decided(&self) -> u64 {
        self.not_decided
    }

    /// Leaves a question open.
    pub(crate) fn leave_open(&mut self) {
        self.not_decided += 1;
    }

    /// Whether one of this requirement is kept in which that call has a part.
    pub(crate) fn tell_of(&self, requirement: &str, call: CallIndex) -> bool {
        let of_it = self.kept.iter().filter(|anomaly| anomaly.requirement == requirement);
        of_it.flat_map(|anomaly| &anomaly.calls).any(|(told, _)| *told == call)
    }

    /// Adds one. What it says is only worked out if it is kept.
    pub(crate) fn add(
        &mut self,
        requirement: &'static str,
        anomaly: impl FnOnce() -> (String, Vec<(CallIndex, String)>),
    ) {
        let count = self.counts.entry(requirement).or_default();
        *count += 1;
        if *count <= MAX_KEPT {
            let (message, calls) = anomaly();
            self.kept.push(Anomaly { requirement, message, calls });
        }
    }
}
