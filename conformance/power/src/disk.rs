//! A disk after a loss of power: its files and folders, and how they get into a folder.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use crate::change::{Change, Kind, Node, ROOT};
use crate::loss::{Part, SECTOR, Survivors};
use crate::tree::Tree;

/// How deep folders may lie in folders. No server goes so deep, and what is deeper is left out.
const MAX_DEPTH: usize = 64;

/// What is on a disk.
#[derive(Debug)]
pub struct Disk {
    tree: Tree,
}

impl Disk {
    /// The disk with what is left of these changes.
    #[must_use]
    pub fn of(changes: &[Change], survivors: &Survivors) -> Self {
        let mut tree = Tree::new(0o755, 0, 0);
        let (mut names, mut content) = (survivors.names.iter().peekable(), survivors.content.iter().peekable());
        for (place, change) in changes.iter().enumerate() {
            tree.make_node(change);
            if names.next_if(|next| **next == place).is_some() {
                tree.change_names(change);
            }
            if let Some((_, part)) = content.next_if(|(next, _)| *next == place) {
                write_part(&mut tree, change, *part);
            }
        }
        Disk { tree }
    }

    /// The content of its files, by path.
    #[must_use]
    pub fn files(&self) -> BTreeMap<PathBuf, &[u8]> {
        let mut files = BTreeMap::new();
        self.walk(ROOT, Path::new(""), 0, &mut |path, node| {
            if let Some(inode) = self.tree.node(node).filter(|inode| inode.kind == Kind::File) {
                files.insert(path.to_owned(), inode.bytes.as_slice());
            }
        });
        files
    }

    fn walk(&self, folder: Node, path: &Path, depth: usize, visit: &mut impl FnMut(&Path, Node)) {
        let Some(inode) = self.tree.node(folder).filter(|_| depth < MAX_DEPTH) else { return };
        for (name, node) in &inode.names {
            let path = path.join(name);
            visit(&path, *node);
            self.walk(*node, &path, depth + 1, visit);
        }
    }

    /// Makes all of it in an empty folder.
    ///
    /// # Errors
    /// When a file cannot be made there.
    pub fn write_to(&self, folder: &Path) -> io::Result<()> {
        let (mut made, mut outcome) = (BTreeMap::new(), Ok(()));
        self.walk(ROOT, Path::new(""), 0, &mut |path, node| {
            if outcome.is_ok() {
                outcome = self.make(&folder.join(path), node, &mut made);
            }
        });
        outcome
    }

    fn make(&self, path: &Path, node: Node, made: &mut BTreeMap<Node, PathBuf>) -> io::Result<()> {
        let Some(inode) = self.tree.node(node) else { return Ok(()) };
        if let Some(first) = made.get(&node).filter(|_| inode.kind != Kind::Folder) {
            return fs::hard_link(first, path);
        }
        made.insert(node, path.to_owned());
        match &inode.kind {
            Kind::Folder => fs::create_dir(path)?,
            Kind::Symlink(target) => return symlink(target, path),
            Kind::File => File::create_new(path)?.write_all(&inode.bytes)?,
        }
        if rustix::process::geteuid().is_root() {
            chown(path, Some(inode.owner), Some(inode.group))?;
        }
        fs::set_permissions(path, Permissions::from_mode(inode.mode & 0o7777))
    }
}

/// Makes what is left of a change. A write that is torn leaves the file as long as the whole write would.
fn write_part(tree: &mut Tree, change: &Change, part: Part) {
    let Change::Write { node, offset, bytes } = change else { return tree.change_content(change) };
    if part == Part::Whole {
        return tree.change_content(change);
    }
    let end = offset.saturating_add(bytes.len() as u64);
    if tree.node(*node).is_some_and(|inode| (inode.bytes.len() as u64) < end) {
        tree.resize(*node, end);
    }
    let mut start = *offset;
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let sector = start / SECTOR;
        let length = usize::try_from((sector + 1) * SECTOR - start).unwrap_or(usize::MAX).min(rest.len());
        let (now, later) = rest.split_at(length);
        if part.has(sector) {
            tree.write(*node, start, now);
        }
        (start, rest) = (start + length as u64, later);
    }
}
