//! The model `ordered`: of each file and of all names, a prefix.

use std::collections::HashMap;

use rand::RngExt as _;
use rand::rngs::StdRng;

use super::durable::Durable;
use super::part::Part;
use super::survivors::Survivors;
use crate::change::{Change, Node};

/// What is left of these changes. Without a source of chance nothing is that was not synced.
pub(super) fn left(changes: &[Change], mut chance: Option<&mut StdRng>) -> Survivors {
    let durable = Durable::before(changes);
    // What is left of names ends with this place.
    let names: Vec<usize> = (0..changes.len()).filter(|place| changes[*place].folders().is_some()).collect();
    let synced = |place: &usize| {
        let change = &changes[*place];
        durable.has_names(change, *place) || durable.has_named(change, *place)
    };
    let least = names.iter().rposition(synced).map_or(0, |last| last + 1);
    let count = prefix(least, names.len(), chance.as_deref_mut());
    let mut survivors = Survivors { names: names[..count].to_vec(), content: Vec::new() };
    // How many of the changes that were not synced are left, for each file that has such.
    let mut unsynced: HashMap<Node, usize> = HashMap::new();
    for (place, change) in changes.iter().enumerate() {
        if let Some(node) = change.content_of().filter(|_| !durable.has_content(change, place)) {
            *unsynced.entry(node).or_default() += 1;
        }
    }
    let mut more: HashMap<Node, usize> = HashMap::new();
    for node in durable.unsynced_files(changes) {
        let all = unsynced.get(&node).copied().unwrap_or_default();
        more.insert(node, prefix(0, all, chance.as_deref_mut()));
    }
    for (place, change) in changes.iter().enumerate() {
        let Some(node) = change.content_of() else { continue };
        if !durable.has_content(change, place) {
            match more.get_mut(&node) {
                Some(count) if *count > 0 => *count -= 1,
                _ => continue,
            }
        }
        survivors.content.push((place, Part::Whole));
    }
    survivors
}

/// A length between the two. The ends are as likely as all between them: whole files that are lost, or not, are what
/// contradicts other files most.
fn prefix(least: usize, most: usize, chance: Option<&mut StdRng>) -> usize {
    let Some(random) = chance else { return least };
    match random.random_range(0..3) {
        0 => least,
        1 => most,
        _ => random.random_range(least..=most),
    }
}
