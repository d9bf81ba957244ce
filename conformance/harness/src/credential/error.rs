//! Why there is no credential.

/// Why there is no credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The fixed list is used up, or this kind of credential cannot express the wish: the case has to be skipped.
    #[error("{0}")]
    NotHere(String),
    /// Something is broken in the set-up.
    #[error("{0}")]
    Broken(String),
}
