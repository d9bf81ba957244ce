//! An identity with its proof.

use super::identity::Identity;

/// Request headers, name and value, that prove an identity.
pub type Headers = Vec<(String, String)>;

/// An identity with its proof.
#[derive(Debug, Clone)]
pub struct Login {
    /// Who it is; with a fixed list somebody else than was wished for.
    pub identity: Identity,
    /// The proof.
    pub headers: Headers,
}
