//! An identity with the headers that prove it.

use super::identity::Identity;

/// Request headers, name and value, that prove an identity.
pub type Headers = Vec<(String, String)>;

/// An identity with the headers that prove it.
#[derive(Debug, Clone)]
pub struct Login {
    /// The identity. With a fixed list it differs from the requested one.
    pub identity: Identity,
    /// The headers.
    pub headers: Headers,
}
