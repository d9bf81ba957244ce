//! Why there is no credential.

/// Why there is no credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The fixed list is used up, or this kind of credential cannot carry the identity. The case is skipped.
    #[error("{0}")]
    NotHere(String),
    /// Getting a credential failed.
    #[error("{0}")]
    Broken(String),
}
