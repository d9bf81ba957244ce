//! What cases of several chapters share; no case stands here.

pub(crate) mod endpoint;
pub(crate) mod own_server;
pub(crate) mod raw_http;
pub(crate) mod restart;
pub(crate) mod writers;
