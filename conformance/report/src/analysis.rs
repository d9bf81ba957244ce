//! What a finished run shows, worked out once for all of its reports: its causes, and how it compares with the baseline.

use std::collections::BTreeMap;
use std::ops::Deref;

use super::causes::{Cause, causes};
use super::finished::Finished;
use syncproof_harness::baseline::{Entry, Judgement};

/// A finished run with its causes.
#[derive(Debug, Clone)]
pub struct Analysis<'a> {
    finished: &'a Finished,
    /// The causes, in the order in which to fix them.
    pub causes: Vec<Cause<'a>>,
    /// The reports compared with the baseline; None without a baseline.
    pub judgement: Option<Judgement<'a>>,
}

impl<'a> Analysis<'a> {
    /// What that run shows.
    #[must_use]
    pub fn of(finished: &'a Finished) -> Self {
        let judgement = finished.gate.judgement(&finished.reports);
        let mut analysis = Analysis { finished, causes: Vec::new(), judgement };
        let known = analysis.known();
        analysis.causes = causes(finished, |case| known.contains_key(case));
        analysis
    }

    /// The cases whose failures the baseline accepts, and its entries for them.
    #[must_use]
    pub fn known(&self) -> BTreeMap<&'a str, &'a Entry> {
        let known = self.judgement.iter().flat_map(|judgement| &judgement.known);
        known.map(|known| (known.entry.case.as_str(), known.entry)).collect()
    }
}

impl Deref for Analysis<'_> {
    type Target = Finished;

    fn deref(&self) -> &Finished {
        self.finished
    }
}
