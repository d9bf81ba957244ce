//! What was not synced: for a report, the changes that are lost although what they hold was acknowledged.

use std::collections::HashMap;

use crate::change::{Change, Node, Place, ROOT};
use crate::loss::Survivors;

/// How many files are named at most.
const MAX_FILES: usize = 5;
/// How deep folders are named.
const MAX_DEPTH: usize = 64;

/// One sentence for each file with changes before `acknowledged` that are lost, latest first.
pub(crate) fn unsynced(changes: &[Change], survivors: &Survivors, acknowledged: usize) -> Vec<String> {
    let before = &changes[..acknowledged.min(changes.len())];
    let names = names(before);
    let path = |node: Node| path(&names, node);
    let mut lost: HashMap<Node, Vec<usize>> = HashMap::new();
    let mut sentences = Vec::new();
    for (place, change) in before.iter().enumerate().filter(|(place, _)| !survivors.has(*place)) {
        if let Some(node) = change.content_of() {
            lost.entry(node).or_default().push(place);
        } else if let Some([folder, _]) = change.folders() {
            let says = format!("entry {place}, {}: no fsync of its folder {} after it", named(change), path(folder));
            sentences.push((place, says));
        }
    }
    for (node, places) in lost {
        let (Some(first), Some(last)) = (places.first(), places.last()) else { continue };
        let what = before.get(*first).map(described).unwrap_or_default();
        let count = if places.len() == 1 { String::new() } else { format!(" and {} more", places.len() - 1) };
        let says =
            format!("entry {first}, {what} of {}{count}: no fsync or fdatasync of it after entry {last}", path(node));
        sentences.push((*last, says));
    }
    sentences.sort_by_key(|(last, _)| std::cmp::Reverse(*last));
    let sentences: Vec<String> = sentences.into_iter().take(MAX_FILES).map(|(_, says)| says).collect();
    match sentences.is_empty() {
        true => {
            vec!["nothing that was written before it is lost: it was acknowledged before it was written".to_owned()]
        }
        false => sentences,
    }
}

fn described(change: &Change) -> String {
    match change {
        Change::Write { offset, bytes, .. } => format!("a write of {} bytes at offset {offset}", bytes.len()),
        Change::Resize { size, .. } => format!("the new size {size}"),
        Change::Zero { offset, length, .. } => format!("{length} zeros at offset {offset}"),
        _ => String::new(),
    }
}

fn named(change: &Change) -> String {
    match change {
        Change::Make { at, .. } => format!("the creation of {}", at.name),
        Change::Rename { from, to, .. } => format!("the renaming of {} to {}", from.name, to.name),
        Change::Link { to, .. } => format!("the link {}", to.name),
        Change::Remove { from, .. } => format!("the removal of {}", from.name),
        _ => String::new(),
    }
}

/// The last name of each node.
fn names(changes: &[Change]) -> HashMap<Node, &Place> {
    let mut names = HashMap::new();
    for change in changes {
        if let Change::Make { at: to, node, .. } | Change::Rename { to, node, .. } | Change::Link { to, node } = change
        {
            names.insert(*node, to);
        }
    }
    names
}

fn path(names: &HashMap<Node, &Place>, node: Node) -> String {
    let (mut parts, mut node) = (Vec::new(), node);
    while node != ROOT && parts.len() < MAX_DEPTH {
        let Some(place) = names.get(&node) else { break };
        parts.push(place.name.as_str());
        node = place.folder;
    }
    if parts.is_empty() {
        return ".".to_owned();
    }
    parts.reverse();
    parts.join("/")
}
