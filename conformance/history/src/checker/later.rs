//! Calls that may still come into effect after a moment: what is sure until the next of them begins.

use crate::call::CallIndex;
use crate::history::History;

/// A set of calls, asked for those that end after a moment.
#[derive(Debug, Default)]
pub(super) struct Later {
    /// By end: when the call ended, and of it and all that ended later the two that began first.
    by_end: Vec<(u64, Earliest)>,
}

/// The two of some calls that began first, and when.
type Earliest = [Option<(u64, CallIndex)>; 2];

impl Later {
    /// These calls.
    pub(super) fn of(history: &History, calls: impl IntoIterator<Item = CallIndex>) -> Self {
        let mut ordered: Vec<(u64, u64, CallIndex)> = calls
            .into_iter()
            .map(|index| {
                let call = history.call(index);
                (call.ended, call.began, index)
            })
            .collect();
        ordered.sort_unstable();
        let mut earliest: Earliest = [None, None];
        let mut by_end: Vec<_> = ordered
            .into_iter()
            .rev()
            .map(|(ended, began, index)| {
                earliest = match earliest {
                    [None, _] => [Some((began, index)), None],
                    [Some(first), _] if began < first.0 => [Some((began, index)), Some(first)],
                    [first, None] => [first, Some((began, index))],
                    [first, Some(second)] if began < second.0 => [first, Some((began, index))],
                    both => both,
                };
                (ended, earliest)
            })
            .collect();
        by_end.reverse();
        Later { by_end }
    }

    /// When the first of them began that ended after that moment, leaving one of them out; never if there is none. (Both in
    /// microseconds.)
    pub(super) fn first_begin(&self, after: u64, but: CallIndex) -> u64 {
        let place = self.by_end.partition_point(|(ended, _)| *ended <= after);
        let earliest = self.by_end.get(place).map_or([None, None], |(_, earliest)| *earliest);
        earliest.into_iter().flatten().find(|(_, index)| *index != but).map_or(u64::MAX, |(began, _)| began)
    }
}
