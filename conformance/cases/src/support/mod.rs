//! What cases of several chapters share; no case stands here.

pub(crate) mod endpoint;
pub(crate) mod kill_load;
pub(crate) mod raw_http;
pub(crate) mod restart_method;
pub(crate) mod server_fixture;
