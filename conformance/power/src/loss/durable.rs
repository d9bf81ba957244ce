//! Which changes were synced: these are on every disk.

use std::collections::{HashMap, HashSet};

use crate::change::{Change, Node};

/// The syncs before a point, as seen from there.
#[derive(Debug)]
pub(super) struct Durable {
    /// The last sync of each node, by its place in the journal.
    last: HashMap<Node, usize>,
}

impl Durable {
    pub(super) fn before(changes: &[Change]) -> Self {
        let mut last = HashMap::new();
        for (place, change) in changes.iter().enumerate() {
            if let Change::Sync { node } = change {
                last.insert(*node, place);
            }
        }
        Durable { last }
    }

    fn is_synced_after(&self, node: Node, place: usize) -> bool {
        self.last.get(&node).is_some_and(|sync| *sync > place)
    }

    /// Whether a change of content was synced: there was a sync of its file after it.
    pub(super) fn has_content(&self, change: &Change, place: usize) -> bool {
        change.content_of().is_some_and(|node| self.is_synced_after(node, place))
    }

    /// Whether a change of names was synced: there was a sync of its folder after it. One of two folders is enough, since no
    /// file system does half a rename.
    pub(super) fn has_names(&self, change: &Change, place: usize) -> bool {
        change.folders().is_some_and(|folders| folders.into_iter().any(|folder| self.is_synced_after(folder, place)))
    }

    /// Whether a sync of the file itself followed the change that named it.
    pub(super) fn has_named(&self, change: &Change, place: usize) -> bool {
        change.named().is_some_and(|node| self.is_synced_after(node, place))
    }

    /// The files with content that was not synced, in the order of the first such change.
    pub(super) fn unsynced_files(&self, changes: &[Change]) -> Vec<Node> {
        let (mut seen, mut files) = (HashSet::new(), Vec::new());
        for (place, change) in changes.iter().enumerate() {
            if let Some(node) = change.content_of()
                && !self.has_content(change, place)
                && seen.insert(node)
            {
                files.push(node);
            }
        }
        files
    }
}
