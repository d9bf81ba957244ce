//! What a target left unanswered before it died. From then on, whatever is asked gets no answer: that is one finding, and not
//! one for each endpoint.

use std::collections::BTreeSet;

use super::found::Found;
use super::run::CampaignState;
use super::trial::Trial;

/// The last sequences in a row in which a request got no answer.
#[derive(Debug, Clone)]
pub struct Unanswered<F> {
    /// What the first of them has found.
    first: Found<F>,
    /// Their numbers.
    sequences: BTreeSet<u64>,
}

impl<F> CampaignState<F> {
    /// Notes what a sequence found without an answer; None if it got all its answers.
    pub(super) fn note_unanswered(&mut self, found: Option<Found<F>>) {
        let Some(found) = found else {
            self.unanswered = None;
            return;
        };
        let number = found.sequence;
        let unanswered = self.unanswered.get_or_insert_with(|| Unanswered { first: found, sequences: BTreeSet::new() });
        unanswered.sequences.insert(number);
    }

    /// The target is gone: of what was found because it did not answer any more, only the request that it left unanswered
    /// first stays, unless that is known.
    pub fn target_is_gone<T: Trial<Found = F>>(&mut self) {
        let Some(Unanswered { mut first, sequences }) = self.unanswered.take() else { return };
        let is_of_death =
            |found: &Found<F>| T::is_unanswered(&found.shrunk.finding) && sequences.contains(&found.sequence);
        self.findings.retain(|found| !is_of_death(found));
        self.pending.retain(|found| !is_of_death(found));
        if !self.known.contains_key(&T::found_id(&first)) {
            T::was_last(&mut first.shrunk.finding);
            self.findings.push(first);
        }
    }
}
