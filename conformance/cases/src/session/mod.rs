//! Sessions: who the user is, and which workspace is active.

pub(crate) mod addresses;
pub(crate) mod concurrent;
pub(crate) mod credential_times;
pub(crate) mod expiry;
pub(crate) mod identity;
pub(crate) mod login;
pub(crate) mod profile;
