//! Members and their roles.

pub(crate) mod adding;
pub(crate) mod away;
pub(crate) mod last_owner;
pub(crate) mod management;
pub(crate) mod many;
pub(crate) mod paths;
pub(crate) mod removal;
pub(crate) mod role_matrix;
pub(crate) mod roles;
