//! Where the sequences of a campaign come from.

use std::sync::Arc;

use super::exhaustive::{Extent, Listed};
use super::generator;
use crate::sequence::Step;
use syncproof_protocol::family::Family;

/// Where the sequences of a campaign come from.
#[derive(Debug, Clone, Default)]
pub enum Source {
    /// The generator makes them from the seed, without end.
    #[default]
    Generated,
    /// They are known beforehand, and all of them are to be performed.
    Listed(Arc<dyn Listed>),
}

impl Source {
    /// The steps of the sequence with that number.
    ///
    /// # Errors
    /// When the generator gives up, which it does not.
    pub(super) fn steps(&self, seed: u64, number: u64) -> Result<Vec<Step>, String> {
        match self {
            Source::Generated => generator::sequence(seed, number),
            Source::Listed(listed) => Ok(listed.steps(number)),
        }
    }

    /// The family of values that the sequence with that number draws from, if the generator makes it.
    pub(super) fn family(&self, number: u64) -> Option<Family> {
        self.is_endless().then(|| generator::family(number))
    }

    /// Notes that this many steps of it were performed.
    pub(super) fn performed(&self, number: u64, steps: usize) {
        if let Source::Listed(listed) = self {
            listed.performed(number, steps);
        }
    }

    /// Whether there are always more: then steps that take long may be left out of most of them.
    #[must_use]
    pub fn is_endless(&self) -> bool {
        matches!(self, Source::Generated)
    }

    /// How much of what there is was covered, if that is known.
    #[must_use]
    pub fn extent(&self) -> Option<Extent> {
        match self {
            Source::Generated => None,
            Source::Listed(listed) => Some(listed.extent()),
        }
    }
}
