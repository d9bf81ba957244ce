//! What cases of several chapters share; there are no cases here.

pub(crate) mod checks;
pub(crate) mod endpoint;
pub(crate) mod kill_load;
pub(crate) mod offering;
pub(crate) mod raw_http;
pub(crate) mod restart_method;
pub(crate) mod server_fixture;
pub(crate) mod sizes;
pub(crate) mod users;
