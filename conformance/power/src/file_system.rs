//! The file system that records: it keeps files in memory and writes every change into the journal.
//!
//! It has no direct I/O, so that the kernel's page cache serves shared `mmap`, and no locks of its own, so that the kernel
//! keeps those of `fcntl` and `flock` (fuse(4): a file system that does not ask for `FUSE_POSIX_LOCKS` has local ones).

use std::ffi::OsStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo, LockOwner,
    OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen,
    ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};
use rustix::fs::{FallocateFlags, OFlags};

use crate::change::{Change, Kind, Node, Place, ROOT};
use crate::journal::Journal;
use crate::tree::{Inode, MAX_FILE_BYTES, Tree};

/// How long the kernel may keep what it was told: nobody else changes anything.
const KEPT: Duration = Duration::from_secs(60);
/// The longest name of a file, in bytes.
const MAX_NAME_BYTES: usize = 255;
/// What `statfs` calls a block, in bytes.
const BLOCK: u32 = 4096;

/// The file system.
#[derive(Debug)]
pub(crate) struct FileSystem {
    tree: Mutex<Tree>,
    journal: Arc<Journal>,
}

/// The answer to a request, or the error that the caller gets.
type Answer<T> = Result<T, Errno>;

impl FileSystem {
    /// An empty one, of that owner and group.
    pub(crate) fn new(journal: &Arc<Journal>, owner: u32, group: u32) -> Self {
        FileSystem { tree: Mutex::new(Tree::new(0o777, owner, group)), journal: Arc::clone(journal) }
    }

    fn lock(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes and records a change. The lock on the tree orders the journal.
    fn change(&self, tree: &mut Tree, change: Change) -> Answer<()> {
        if !self.journal.has_room(change.weight()) {
            return Err(Errno::ENOSPC);
        }
        tree.apply(&change);
        self.journal.push(change);
        Ok(())
    }

    fn make(&self, request: &Request, at: Answer<Place>, kind: Kind, mode: u32) -> Answer<FileAttr> {
        let (at, mut tree) = (at?, self.lock());
        check_folder(&tree, at.folder)?;
        if tree.at(&at).is_some() {
            return Err(Errno::EEXIST);
        }
        let node = tree.next();
        let (mode, owner, group) = (mode & 0o7777, request.uid(), request.gid());
        self.change(&mut tree, Change::Make { at, node, kind, mode, owner, group })?;
        attributes(&tree, node)
    }

    fn remove(&self, from: Answer<Place>, is_folder: bool) -> Answer<()> {
        let (from, mut tree) = (from?, self.lock());
        let node = tree.at(&from).ok_or(Errno::ENOENT)?;
        let inode = tree.node(node).ok_or(Errno::ENOENT)?;
        match (is_folder, inode.kind == Kind::Folder) {
            (true, false) => return Err(Errno::ENOTDIR),
            (false, true) => return Err(Errno::EISDIR),
            (true, true) if !inode.names.is_empty() => return Err(Errno::ENOTEMPTY),
            _ => {}
        }
        self.change(&mut tree, Change::Remove { node, from })
    }

    fn move_name(&self, from: Answer<Place>, to: Answer<Place>, flags: RenameFlags) -> Answer<()> {
        let (from, to, mut tree) = (from?, to?, self.lock());
        check_folder(&tree, to.folder)?;
        let node = tree.at(&from).ok_or(Errno::ENOENT)?;
        let before = tree.at(&to);
        let exchanges = flags.contains(RenameFlags::RENAME_EXCHANGE);
        if flags.contains(RenameFlags::RENAME_WHITEOUT) {
            return Err(Errno::EINVAL);
        }
        if exchanges && before.is_none() {
            return Err(Errno::ENOENT);
        }
        if flags.contains(RenameFlags::RENAME_NOREPLACE) && before.is_some() {
            return Err(Errno::EEXIST);
        }
        if before == Some(node) {
            return Ok(());
        }
        let of_folder = |node: Node| tree.node(node).is_some_and(|inode| inode.kind == Kind::Folder);
        if let Some(before) = before.filter(|_| !exchanges) {
            match (of_folder(node), of_folder(before)) {
                (true, false) => return Err(Errno::ENOTDIR),
                (false, true) => return Err(Errno::EISDIR),
                (true, true) if tree.node(before).is_some_and(|inode| !inode.names.is_empty()) => {
                    return Err(Errno::ENOTEMPTY);
                }
                _ => {}
            }
        }
        self.change(&mut tree, Change::Rename { node, from, to, swapped: before.filter(|_| exchanges) })
    }

    fn link_to(&self, node: Node, to: Answer<Place>) -> Answer<FileAttr> {
        let (to, mut tree) = (to?, self.lock());
        check_folder(&tree, to.folder)?;
        if tree.at(&to).is_some() {
            return Err(Errno::EEXIST);
        }
        self.change(&mut tree, Change::Link { node, to })?;
        attributes(&tree, node)
    }

    fn write_at(&self, node: Node, offset: u64, bytes: &[u8], flags: OpenFlags) -> Answer<u32> {
        let written = u32::try_from(bytes.len()).map_err(|_| Errno::EINVAL)?;
        if offset.saturating_add(u64::from(written)) > MAX_FILE_BYTES {
            return Err(Errno::EFBIG);
        }
        let mut tree = self.lock();
        check_file(&tree, node)?;
        self.change(&mut tree, Change::Write { node, offset, bytes: bytes.to_vec() })?;
        // Each write to a file that was opened so is durable when it returns (open(2)).
        if OFlags::from_bits_retain(flags.0.cast_unsigned()).contains(OFlags::DSYNC) {
            self.change(&mut tree, Change::Sync { node })?;
        }
        Ok(written)
    }

    fn resize(&self, tree: &mut Tree, node: Node, size: u64) -> Answer<()> {
        check_file(tree, node)?;
        if size > MAX_FILE_BYTES {
            return Err(Errno::EFBIG);
        }
        self.change(tree, Change::Resize { node, size })
    }

    fn allocate(&self, node: Node, offset: u64, length: u64, mode: i32) -> Answer<()> {
        let mut tree = self.lock();
        check_file(&tree, node)?;
        let flags = FallocateFlags::from_bits_retain(mode.cast_unsigned());
        let known = FallocateFlags::KEEP_SIZE | FallocateFlags::PUNCH_HOLE | FallocateFlags::ZERO_RANGE;
        let end = offset.saturating_add(length);
        if !known.contains(flags) {
            return Err(Errno::EOPNOTSUPP);
        }
        if end > MAX_FILE_BYTES {
            return Err(Errno::EFBIG);
        }
        if flags.intersects(FallocateFlags::PUNCH_HOLE | FallocateFlags::ZERO_RANGE) {
            self.change(&mut tree, Change::Zero { node, offset, length })?;
        }
        let size = tree.node(node).map_or(0, |inode| inode.bytes.len() as u64);
        if !flags.contains(FallocateFlags::KEEP_SIZE) && end > size {
            self.resize(&mut tree, node, end)?;
        }
        Ok(())
    }

    fn sync(&self, node: Node) -> Answer<()> {
        let mut tree = self.lock();
        self.change(&mut tree, Change::Sync { node })
    }
}

fn check_folder(tree: &Tree, node: Node) -> Answer<()> {
    match tree.node(node) {
        Some(Inode { kind: Kind::Folder, .. }) => Ok(()),
        Some(_) => Err(Errno::ENOTDIR),
        None => Err(Errno::ENOENT),
    }
}

fn check_file(tree: &Tree, node: Node) -> Answer<()> {
    match tree.node(node) {
        Some(Inode { kind: Kind::File, .. }) => Ok(()),
        Some(_) => Err(Errno::EINVAL),
        None => Err(Errno::ENOENT),
    }
}

/// A name. Those that are no UTF-8 would not fit a recording, and no server asks for one.
fn place(folder: INodeNo, name: &OsStr) -> Answer<Place> {
    let name = name.to_str().ok_or(Errno::EINVAL)?;
    if name.len() > MAX_NAME_BYTES {
        return Err(Errno::ENAMETOOLONG);
    }
    Ok(Place { folder: folder.0, name: name.to_owned() })
}

fn type_of(kind: &Kind) -> FileType {
    match kind {
        Kind::File => FileType::RegularFile,
        Kind::Folder => FileType::Directory,
        Kind::Symlink(_) => FileType::Symlink,
    }
}

fn attributes(tree: &Tree, node: Node) -> Answer<FileAttr> {
    let inode = tree.node(node).ok_or(Errno::ENOENT)?;
    let size = match &inode.kind {
        Kind::Symlink(target) => target.len() as u64,
        _ => inode.bytes.len() as u64,
    };
    let time = inode.modified;
    Ok(FileAttr {
        ino: INodeNo(node),
        size,
        blocks: size.div_ceil(512),
        atime: time,
        mtime: time,
        ctime: time,
        crtime: time,
        kind: type_of(&inode.kind),
        // Twelve bits.
        perm: u16::try_from(inode.mode & 0o7777).unwrap_or_default(),
        nlink: if inode.kind == Kind::Folder { 2 } else { inode.links },
        uid: inode.owner,
        gid: inode.group,
        rdev: 0,
        blksize: BLOCK,
        flags: 0,
    })
}

/// Answers with what is there now under a number that may be used again and again.
fn entered(reply: ReplyEntry, answer: Answer<FileAttr>) {
    match answer {
        Ok(attributes) => reply.entry(&KEPT, &attributes, Generation(0)),
        Err(error) => reply.error(error),
    }
}

fn done(reply: ReplyEmpty, answer: Answer<()>) {
    match answer {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(error),
    }
}

impl Filesystem for FileSystem {
    fn lookup(&self, _request: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let tree = self.lock();
        let found = place(parent, name).and_then(|place| tree.at(&place).ok_or(Errno::ENOENT));
        entered(reply, found.and_then(|node| attributes(&tree, node)));
    }

    fn getattr(&self, _request: &Request, node: INodeNo, _handle: Option<FileHandle>, reply: ReplyAttr) {
        match attributes(&self.lock(), node.0) {
            Ok(attributes) => reply.attr(&KEPT, &attributes),
            Err(error) => reply.error(error),
        }
    }

    fn setattr(
        &self,
        _request: &Request,
        node: INodeNo,
        mode: Option<u32>,
        owner: Option<u32>,
        group: Option<u32>,
        size: Option<u64>,
        _accessed: Option<TimeOrNow>,
        modified: Option<TimeOrNow>,
        _changed: Option<SystemTime>,
        _handle: Option<FileHandle>,
        _created: Option<SystemTime>,
        _changed_again: Option<SystemTime>,
        _backed_up: Option<SystemTime>,
        _flags: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let mut tree = self.lock();
        let resized = size.map_or(Ok(()), |size| self.resize(&mut tree, node.0, size));
        if let (Ok(()), Some(inode)) = (&resized, tree.node_mut(node.0)) {
            inode.mode = mode.map_or(inode.mode, |mode| mode & 0o7777);
            inode.owner = owner.unwrap_or(inode.owner);
            inode.group = group.unwrap_or(inode.group);
            match modified {
                Some(TimeOrNow::SpecificTime(time)) => inode.modified = time,
                Some(TimeOrNow::Now) => inode.modified = SystemTime::now(),
                None => {}
            }
        }
        match resized.and_then(|()| attributes(&tree, node.0)) {
            Ok(attributes) => reply.attr(&KEPT, &attributes),
            Err(error) => reply.error(error),
        }
    }

    fn readlink(&self, _request: &Request, node: INodeNo, reply: ReplyData) {
        match self.lock().node(node.0).map(|inode| &inode.kind) {
            Some(Kind::Symlink(target)) => reply.data(target.as_bytes()),
            _ => reply.error(Errno::EINVAL),
        }
    }

    fn mkdir(&self, request: &Request, parent: INodeNo, name: &OsStr, mode: u32, umask: u32, reply: ReplyEntry) {
        entered(reply, self.make(request, place(parent, name), Kind::Folder, mode & !umask));
    }

    fn mknod(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        _device: u32,
        reply: ReplyEntry,
    ) {
        // Of the type of a file, or none: a socket or a pipe holds nothing that a disk could lose.
        if !matches!(mode & 0o170_000, 0 | 0o100_000) {
            return reply.error(Errno::EPERM);
        }
        entered(reply, self.make(request, place(parent, name), Kind::File, mode & !umask));
    }

    fn symlink(&self, request: &Request, parent: INodeNo, name: &OsStr, target: &std::path::Path, reply: ReplyEntry) {
        let Some(target) = target.to_str() else { return reply.error(Errno::EINVAL) };
        entered(reply, self.make(request, place(parent, name), Kind::Symlink(target.to_owned()), 0o777));
    }

    fn unlink(&self, _request: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(reply, self.remove(place(parent, name), false));
    }

    fn rmdir(&self, _request: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(reply, self.remove(place(parent, name), true));
    }

    fn rename(
        &self,
        _request: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        done(reply, self.move_name(place(parent, name), place(new_parent, new_name), flags));
    }

    fn link(&self, _request: &Request, node: INodeNo, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        entered(reply, self.link_to(node.0, place(parent, name)));
    }

    fn open(&self, _request: &Request, _node: INodeNo, _flags: OpenFlags, reply: ReplyOpen) {
        // What another process has mapped stays in the cache.
        reply.opened(FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE);
    }

    fn create(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        _flags: i32,
        reply: ReplyCreate,
    ) {
        match self.make(request, place(parent, name), Kind::File, mode & !umask) {
            Ok(made) => reply.created(&KEPT, &made, Generation(0), FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE),
            Err(error) => reply.error(error),
        }
    }

    fn read(
        &self,
        _request: &Request,
        node: INodeNo,
        _handle: FileHandle,
        offset: u64,
        size: u32,
        _flags: OpenFlags,
        _owner: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let tree = self.lock();
        let Some(inode) = tree.node(node.0) else { return reply.error(Errno::ENOENT) };
        let end = inode.bytes.len();
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(end);
        let stop = start.saturating_add(size as usize).min(end);
        reply.data(&inode.bytes[start..stop]);
    }

    fn write(
        &self,
        _request: &Request,
        node: INodeNo,
        _handle: FileHandle,
        offset: u64,
        bytes: &[u8],
        _write_flags: WriteFlags,
        flags: OpenFlags,
        _owner: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.write_at(node.0, offset, bytes, flags) {
            Ok(written) => reply.written(written),
            Err(error) => reply.error(error),
        }
    }

    fn flush(&self, _request: &Request, _node: INodeNo, _handle: FileHandle, _owner: LockOwner, reply: ReplyEmpty) {
        // The end of a handle makes nothing durable (close(2)).
        reply.ok();
    }

    fn fsync(&self, _request: &Request, node: INodeNo, _handle: FileHandle, _data_only: bool, reply: ReplyEmpty) {
        done(reply, self.sync(node.0));
    }

    fn fsyncdir(&self, _request: &Request, node: INodeNo, _handle: FileHandle, _data_only: bool, reply: ReplyEmpty) {
        done(reply, self.sync(node.0));
    }

    fn fallocate(
        &self,
        _request: &Request,
        node: INodeNo,
        _handle: FileHandle,
        offset: u64,
        length: u64,
        mode: i32,
        reply: ReplyEmpty,
    ) {
        done(reply, self.allocate(node.0, offset, length, mode));
    }

    fn readdir(&self, _request: &Request, node: INodeNo, _handle: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let tree = self.lock();
        let Some(folder) = tree.node(node.0) else { return reply.error(Errno::ENOENT) };
        let own = [".", ".."].into_iter().map(|name| (name, node.0));
        let names = own.chain(folder.names.iter().map(|(name, node)| (name.as_str(), *node)));
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        for (next, (name, node)) in (1_u64..).zip(names).skip(from) {
            let kind = tree.node(node).map_or(FileType::RegularFile, |inode| type_of(&inode.kind));
            if reply.add(INodeNo(node), next, kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _request: &Request, _node: INodeNo, reply: ReplyStatfs) {
        let blocks = MAX_FILE_BYTES / u64::from(BLOCK);
        reply.statfs(blocks, blocks, blocks, blocks, blocks, BLOCK, MAX_NAME_BYTES as u32, BLOCK);
    }
}

// The root of a mount has the number that FUSE gives it.
const _: () = assert!(ROOT == INodeNo::ROOT.0);
