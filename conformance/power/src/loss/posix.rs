//! The model `posix`: each change that was not synced, by itself.

use rand::RngExt as _;
use rand::rngs::StdRng;

use super::durable::Durable;
use super::part::{Part, SECTOR};
use super::survivors::Survivors;
use crate::change::Change;

/// The shares of unsynced changes that are left; one is drawn for each disk.
const SHARES: [f64; 5] = [0.05, 0.3, 0.5, 0.8, 0.97];
/// The share of writes that are torn among those that are left.
const TORN: f64 = 0.2;

/// What is left of these changes. Without a source of chance nothing is that was not synced.
pub(super) fn left(changes: &[Change], mut chance: Option<&mut StdRng>) -> Survivors {
    let durable = Durable::before(changes);
    let mut survivors = Survivors::default();
    let share = |chance: &mut Option<&mut StdRng>| {
        chance.as_mut().map_or(0.0, |random| SHARES[random.random_range(0..SHARES.len())])
    };
    let (of_names, of_content) = (share(&mut chance), share(&mut chance));
    for (place, change) in changes.iter().enumerate() {
        if change.folders().is_some() {
            let is_left = |random: &mut &mut StdRng| random.random_bool(of_names);
            if durable.has_names(change, place) || chance.as_mut().is_some_and(is_left) {
                survivors.names.push(place);
            }
        } else if change.content_of().is_some() {
            if durable.has_content(change, place) {
                survivors.content.push((place, Part::Whole));
            } else if let Some(random) =
                chance.as_mut().and_then(|random| random.random_bool(of_content).then_some(random))
            {
                survivors.content.push((place, part(change, random)));
            }
        }
    }
    survivors
}

/// What is left of a change that is not lost: where it is larger than a sector, perhaps some sectors only.
fn part(change: &Change, random: &mut StdRng) -> Part {
    if change.weight() as u64 > SECTOR && random.random_bool(TORN) { Part::Torn(random.random()) } else { Part::Whole }
}
