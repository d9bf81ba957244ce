//! What a server changed in its folder, one change after the other, and what it asked to be made durable.

use serde::{Deserialize, Serialize};

use crate::base64;

/// The number of a file or a folder. It is never given twice, as an inode may be.
pub type Node = u64;

/// The folder that everything is in.
pub const ROOT: Node = 1;

/// A name in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The folder.
    pub folder: Node,
    /// The name in it.
    pub name: String,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, with what it points to.
    Symlink(String),
}

/// One entry of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A new file, folder or symbolic link.
    Make {
        /// Its name.
        at: Place,
        /// Its number.
        node: Node,
        /// What it is.
        kind: Kind,
        /// Its permissions, as in `stat`, without the type.
        mode: u32,
        /// Who owns it.
        owner: u32,
        /// Which group it belongs to.
        group: u32,
    },
    /// Bytes that were written.
    Write {
        /// The file.
        node: Node,
        /// Where the bytes begin, in bytes from the start of the file.
        offset: u64,
        /// What was written.
        #[serde(with = "base64")]
        bytes: Vec<u8>,
    },
    /// Another size, in bytes: what is beyond it is gone, what was not there before is zero.
    Resize {
        /// The file.
        node: Node,
        /// Its size.
        size: u64,
    },
    /// A range that reads as zeros now, and makes the file no longer.
    Zero {
        /// The file.
        node: Node,
        /// Where it begins.
        offset: u64,
        /// How many bytes it has.
        length: u64,
    },
    /// Another name. What had that name is gone.
    Rename {
        /// What is renamed.
        node: Node,
        /// The old name.
        from: Place,
        /// The new name.
        to: Place,
        /// What had the new name before and has the old name now, where the two names were exchanged.
        swapped: Option<Node>,
    },
    /// A further name.
    Link {
        /// What gets it.
        node: Node,
        /// The name.
        to: Place,
    },
    /// A name that is gone: of a file, or of an empty folder.
    Remove {
        /// What had it.
        node: Node,
        /// The name.
        from: Place,
    },
    /// `fsync` or `fdatasync` of a file, or `fsync` of a folder: what was changed there before is asked to be durable.
    Sync {
        /// The file or folder.
        node: Node,
    },
}

impl Change {
    /// The file whose content changes.
    #[must_use]
    pub fn content_of(&self) -> Option<Node> {
        match self {
            Change::Write { node, .. } | Change::Resize { node, .. } | Change::Zero { node, .. } => Some(*node),
            _ => None,
        }
    }

    /// The folders in which a name changes; the same one twice where only one does.
    #[must_use]
    pub fn folders(&self) -> Option<[Node; 2]> {
        match self {
            Change::Make { at: place, .. } | Change::Link { to: place, .. } | Change::Remove { from: place, .. } => {
                Some([place.folder; 2])
            }
            Change::Rename { from, to, .. } => Some([from.folder, to.folder]),
            _ => None,
        }
    }

    /// What gets a name.
    #[must_use]
    pub fn named(&self) -> Option<Node> {
        match self {
            Change::Make { node, .. } | Change::Link { node, .. } | Change::Rename { node, .. } => Some(*node),
            _ => None,
        }
    }

    /// How much it holds, in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        match self {
            Change::Write { bytes, .. } => bytes.len(),
            _ => 0,
        }
    }
}
