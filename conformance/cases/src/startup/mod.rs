//! How a server starts, and what it refuses.

pub(crate) mod migrated;
pub(crate) mod migration;
pub(crate) mod settings;
pub(crate) mod switches;
