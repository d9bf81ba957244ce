//! How the oracle names users.

/// A user, by the order in which they were added to the oracle.
pub type User = usize;
