//! Tombstones: what a delete leaves.

pub(crate) mod counted_in_store;
pub(crate) mod emptied;
pub(crate) mod one_a_record;
pub(crate) mod payload;
