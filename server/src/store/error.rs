//! How opening the store, or a call on it, can fail.

use std::path::PathBuf;

/// Why the data does not allow a request. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Not a member, the role does not allow it, or there is no such workspace. It is one error for all three, so that it
    /// does not reveal whether a workspace exists (requirement `workspace.stranger`).
    Forbidden,
    /// There is no user with this id.
    UnknownUser,
    /// The user is not a member of the workspace.
    NotAMember,
    /// The user already is a member.
    AlreadyAMember,
    /// The last owner can be neither removed nor demoted.
    LastOwner,
    /// The device's cursor is already further ahead.
    CursorRegress,
    /// The cursor is beyond the workspace's head.
    CursorBeyondHead,
    /// The requested retention is shorter than this minimum, in seconds.
    RetentionTooShort(u64),
    /// What the snapshot showed was collected in the meantime.
    SnapshotGone,
}

/// Why a call on the store failed. None of its changes were kept.
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
    #[error("the queue stayed full for too long")]
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
        /// The path from the settings.
        path: PathBuf,
        /// The message of the operating system or of SQLite.
        reason: String,
    },
    /// The file is not a SQLite database, or is a damaged one.
    #[error("the file {} is not a SQLite database", .0.display())]
    NotADatabase(PathBuf),
    /// The file is a SQLite database of another application.
    #[error("the file {} is a SQLite database of another application", .0.display())]
    Foreign(PathBuf),
    /// The file was written by a newer version of this server.
    #[error(
        "the database {} has schema version {found}, newer than version {supported}, the newest that this server supports",
        path.display()
    )]
    Newer {
        /// The path from the settings.
        path: PathBuf,
        /// The file's schema version.
        found: i64,
        /// The newest schema version of this build.
        supported: i64,
    },
    /// SQLite could not open an in-memory database.
    #[error("cannot open an in-memory database: {0}")]
    Memory(String),
    /// The operating system could not start a thread.
    #[error("cannot start the store's threads: {0}")]
    Threads(#[source] std::io::Error),
}
