//! What survives kills, restarts and lost answers.

pub(crate) mod full_store;
pub(crate) mod graceful_stop;
pub(crate) mod kill;
pub(crate) mod lost_answers;
pub(crate) mod restart;
pub(crate) mod restart_access;
pub(crate) mod tenancy;
