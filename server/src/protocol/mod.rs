//! The rules of the protocol as pure functions: which write wins, what is a replay, what may be stored, read and
//! collected. Neither HTTP nor SQL belongs here.

pub(crate) mod batch;
pub(crate) mod json;
pub(crate) mod op;
pub(crate) mod op_error;
pub(crate) mod owner;
pub(crate) mod retention;
pub(crate) mod revision;
pub(crate) mod role;
pub(crate) mod table;
pub(crate) mod validate;
