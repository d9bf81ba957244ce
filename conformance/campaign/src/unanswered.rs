//! What a target left unanswered before it died. From then on, whatever is asked gets no answer: that is one finding, and not
//! one for each endpoint.

use std::collections::BTreeSet;

use super::found::Found;

/// The last sequences in a row in which a request got no answer.
#[derive(Debug, Clone)]
pub struct Unanswered<F> {
    /// What the first of them has found.
    pub(super) first: Found<F>,
    /// Their numbers.
    pub(super) sequences: BTreeSet<u64>,
}
