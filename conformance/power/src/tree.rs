//! Files and folders in memory: what the recording file system shows, and what a disk holds.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::change::{Change, Kind, Node, Place, ROOT};

/// The largest file, in bytes. A hole is as long as what it stands for, so that sizes have a bound.
pub(crate) const MAX_FILE_BYTES: u64 = 1 << 30;

/// A file, a folder or a symbolic link.
#[derive(Debug, Clone)]
pub(crate) struct Inode {
    pub(crate) kind: Kind,
    pub(crate) mode: u32,
    pub(crate) owner: u32,
    pub(crate) group: u32,
    /// The content of a file.
    pub(crate) bytes: Vec<u8>,
    /// What is in a folder.
    pub(crate) names: BTreeMap<String, Node>,
    /// How many names it has.
    pub(crate) links: u32,
    pub(crate) modified: SystemTime,
}

impl Inode {
    fn new(kind: Kind, mode: u32, owner: u32, group: u32) -> Self {
        let (bytes, names, modified) = (Vec::new(), BTreeMap::new(), SystemTime::now());
        Inode { kind, mode, owner, group, bytes, names, links: 0, modified }
    }
}

/// Files and folders below one root.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    nodes: BTreeMap<Node, Inode>,
}

impl Tree {
    /// An empty folder.
    pub(crate) fn new(mode: u32, owner: u32, group: u32) -> Self {
        let root = Inode { links: 1, ..Inode::new(Kind::Folder, mode, owner, group) };
        Tree { nodes: BTreeMap::from([(ROOT, root)]) }
    }

    pub(crate) fn node(&self, node: Node) -> Option<&Inode> {
        self.nodes.get(&node)
    }

    pub(crate) fn node_mut(&mut self, node: Node) -> Option<&mut Inode> {
        self.nodes.get_mut(&node)
    }

    /// What has that name.
    pub(crate) fn at(&self, place: &Place) -> Option<Node> {
        self.nodes.get(&place.folder)?.names.get(&place.name).copied()
    }

    /// The number that the next node gets.
    pub(crate) fn next(&self) -> Node {
        self.nodes.last_key_value().map_or(ROOT, |(last, _)| *last) + 1
    }

    /// Makes a change, content and names.
    pub(crate) fn apply(&mut self, change: &Change) {
        self.make_node(change);
        self.change_names(change);
        self.change_content(change);
    }

    /// Makes the node of a new file, which has no name yet.
    pub(crate) fn make_node(&mut self, change: &Change) {
        if let Change::Make { node, kind, mode, owner, group, .. } = change {
            self.nodes.insert(*node, Inode::new(kind.clone(), *mode, *owner, *group));
        }
    }

    /// Changes names only. What had a name before is gone from it, whatever it was: of what a disk has lost nothing can be
    /// asked.
    pub(crate) fn change_names(&mut self, change: &Change) {
        match change {
            Change::Make { at: to, node, .. } | Change::Link { to, node } => self.name(to, Some(*node)),
            Change::Remove { from, .. } => self.name(from, None),
            Change::Rename { node, from, to, swapped } => {
                self.name(from, *swapped);
                self.name(to, Some(*node));
            }
            _ => {}
        }
    }

    fn name(&mut self, place: &Place, node: Option<Node>) {
        let Some(folder) = self.nodes.get_mut(&place.folder) else { return };
        folder.modified = SystemTime::now();
        let before = match node {
            Some(node) => folder.names.insert(place.name.clone(), node),
            None => folder.names.remove(&place.name),
        };
        if let Some(before) = before.and_then(|before| self.nodes.get_mut(&before)) {
            before.links = before.links.saturating_sub(1);
        }
        if let Some(now) = node.and_then(|node| self.nodes.get_mut(&node)) {
            now.links += 1;
        }
    }

    /// Changes the content of a file only.
    pub(crate) fn change_content(&mut self, change: &Change) {
        match change {
            Change::Write { node, offset, bytes } => self.write(*node, *offset, bytes),
            Change::Resize { node, size } => self.resize(*node, *size),
            Change::Zero { node, offset, length } => self.zero(*node, *offset, *length),
            _ => {}
        }
    }

    /// Writes into a file, which grows where that is needed.
    pub(crate) fn write(&mut self, node: Node, offset: u64, bytes: &[u8]) {
        let Some(inode) = self.nodes.get_mut(&node) else { return };
        let Some((start, end)) = range(offset, bytes.len() as u64) else { return };
        if inode.bytes.len() < end {
            inode.bytes.resize(end, 0);
        }
        inode.bytes[start..end].copy_from_slice(bytes);
        inode.modified = SystemTime::now();
    }

    pub(crate) fn resize(&mut self, node: Node, size: u64) {
        let Some(inode) = self.nodes.get_mut(&node) else { return };
        let Some((_, end)) = range(0, size) else { return };
        inode.bytes.resize(end, 0);
        inode.modified = SystemTime::now();
    }

    fn zero(&mut self, node: Node, offset: u64, length: u64) {
        let Some(inode) = self.nodes.get_mut(&node) else { return };
        let Some((start, end)) = range(offset, length) else { return };
        let end = end.min(inode.bytes.len());
        if start < end {
            inode.bytes[start..end].fill(0);
        }
    }
}

/// A range of bytes within what a file may have.
fn range(offset: u64, length: u64) -> Option<(usize, usize)> {
    let end = offset.checked_add(length).filter(|end| *end <= MAX_FILE_BYTES)?;
    Some((usize::try_from(offset).ok()?, usize::try_from(end).ok()?))
}
