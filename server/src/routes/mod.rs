//! The endpoints: each turns a typed request into a call on the store, and its outcome into a response.

pub(crate) mod cursor;
pub(crate) mod gc;
mod ids;
pub(crate) mod members;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod session;
pub(crate) mod snapshot;
pub(crate) mod workspaces;

/// The response of an endpoint.
pub(crate) type Answer<T> = Result<axum::Json<T>, crate::error::ApiError>;
