//! The key of a record inside a workspace.

/// The key of a record inside a workspace (`tombstone.per-table`, `push.text-exact`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The table.
    pub table: String,
    /// The key in it, byte for byte.
    pub pk: String,
    /// The owner, in tables where each user can have a record with the same pk (`notification.no-hijack`).
    pub owner: Option<String>,
}

impl Key {
    /// The key with this table and pk, which is the same for every member.
    pub fn new(table: impl Into<String>, pk: impl Into<String>) -> Self {
        Self { table: table.into(), pk: pk.into(), owner: None }
    }

    /// Whether this user sees the record (`notification.owner-only`).
    pub fn is_for(&self, reader: &str) -> bool {
        self.owner.as_deref().is_none_or(|owner| owner == reader)
    }
}
