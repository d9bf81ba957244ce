//! How a call on the store, or its opening, can fail.

use std::path::PathBuf;

/// Why a request is turned down by the state of the data. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Not a member, the role does not allow it, or there is no such workspace: one answer for all three, so that
    /// existence does not leak (requirement `workspace.stranger`).
    Forbidden,
    /// Nobody by that user id.
    UnknownUser,
    /// That user is no member of the workspace.
    NotAMember,
    /// That user is a member already.
    AlreadyAMember,
    /// The last owner can be neither removed nor demoted.
    LastOwner,
    /// The device's cursor is further on already.
    CursorRegress,
    /// The cursor is beyond the workspace's head.
    CursorBeyondHead,
    /// The retention that was asked for is under this least one, in seconds.
    RetentionTooShort(u64),
    /// What the snapshot showed was collected in the meantime.
    SnapshotGone,
}

/// A failed call on the store. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("refused: {0:?}")]
    Refused(Refusal),
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the commit that this write was part of failed")]
    NotCommitted,
    #[error("the data contradicts itself: {0}")]
    Inconsistent(&'static str),
    #[error("no room in the queue within the bound")]
    Busy,
    #[error("the store is closed")]
    Closed,
    #[error("a store job panicked")]
    Panicked,
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path cannot be opened, read or written, or its folder is missing.
    #[error("cannot use the database path {}: {reason}", path.display())]
    Unusable {
        /// The path as it was set.
        path: PathBuf,
        /// The operating system's or SQLite's own words.
        reason: String,
    },
    /// The file is no SQLite database, or a damaged one.
    #[error("the file {} is not a SQLite database", .0.display())]
    NotADatabase(PathBuf),
    /// The file is a SQLite database that some other application made.
    #[error("the file {} is a SQLite database of another application", .0.display())]
    Foreign(PathBuf),
    /// The file was written by a newer version of this server.
    #[error(
        "the database {} has schema version {found}, newer than {supported}, the newest this version knows",
        path.display()
    )]
    Newer {
        /// The path as it was set.
        path: PathBuf,
        /// The file's schema version.
        found: i64,
        /// The newest schema version of this build.
        supported: i64,
    },
    /// SQLite refused a database in memory.
    #[error("cannot open an in-memory database: {0}")]
    Memory(String),
    /// The operating system refused a thread.
    #[error("cannot start the store's threads: {0}")]
    Threads(#[source] std::io::Error),
}
