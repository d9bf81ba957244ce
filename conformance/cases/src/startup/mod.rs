//! How a server starts, and what it refuses.

pub(crate) mod migration;
pub(crate) mod settings;
