//! Garbage collection.

pub(crate) mod access;
pub(crate) mod collection;
pub(crate) mod concurrent;
pub(crate) mod devices;
pub(crate) mod edges;
pub(crate) mod gaps;
pub(crate) mod history;
pub(crate) mod log_and_tombstones;
pub(crate) mod many_devices;
pub(crate) mod private;
pub(crate) mod records;
pub(crate) mod replay;
pub(crate) mod restart;
pub(crate) mod retention;
pub(crate) mod tombstones;
