//! The endpoints: from a typed request to a call on the store, and from its outcome to an answer.

pub(crate) mod cursor;
pub(crate) mod gc;
mod ids;
pub(crate) mod members;
mod payload;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod session;
pub(crate) mod snapshot;
pub(crate) mod workspaces;
