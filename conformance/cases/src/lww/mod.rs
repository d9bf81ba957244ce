//! Last writer wins: which of several writes stays.

pub(crate) mod arrival;
pub(crate) mod deletes;
pub(crate) mod edges;
pub(crate) mod hlcs;
pub(crate) mod many_writes;
pub(crate) mod order;
