//! Snapshots.

pub(crate) mod alike_keys;
pub(crate) mod concurrent;
pub(crate) mod long_keys;
pub(crate) mod pages;
pub(crate) mod token;
