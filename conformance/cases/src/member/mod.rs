//! Members and their roles.

pub(crate) mod management;
pub(crate) mod removal;
pub(crate) mod role_matrix;
pub(crate) mod roles;
