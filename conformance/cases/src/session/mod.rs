//! Sessions: who asks, and where they stand.

pub(crate) mod concurrent;
pub(crate) mod expiry;
pub(crate) mod identity;
pub(crate) mod login;
