//! Workspaces kept apart.

pub(crate) mod access;
pub(crate) mod data;
pub(crate) mod existence;
