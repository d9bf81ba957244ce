//! Snapshots.

pub(crate) mod concurrent;
pub(crate) mod pages;
pub(crate) mod token;
