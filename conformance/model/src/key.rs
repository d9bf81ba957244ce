//! A key: what names a record inside a workspace.

/// What names a record inside a workspace (`tombstone.per-table`, `push.text-exact`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The table.
    pub table: String,
    /// The key in it, byte for byte.
    pub pk: String,
    /// The user whose record it is, where users have records of their own under one key (`notification.no-hijack`).
    pub owner: Option<String>,
}

impl Key {
    /// The key of this table and pk, for every member alike.
    pub fn new(table: impl Into<String>, pk: impl Into<String>) -> Self {
        Self { table: table.into(), pk: pk.into(), owner: None }
    }

    /// Whether this user sees the record (`notification.owner-only`).
    pub fn is_for(&self, reader: &str) -> bool {
        self.owner.as_deref().is_none_or(|owner| owner == reader)
    }
}
