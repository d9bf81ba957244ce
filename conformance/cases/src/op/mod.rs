//! Idempotency: an op under its id.

pub(crate) mod batch;
pub(crate) mod concurrent;
pub(crate) mod conflict;
pub(crate) mod replay;
pub(crate) mod replay_in_capitals;
pub(crate) mod replay_in_other_bytes;
pub(crate) mod reuse;
