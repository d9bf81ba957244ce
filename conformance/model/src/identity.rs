//! Identities: whom an authentication provider vouches for.

/// The pair that makes a user. Compared exactly (`session.case-and-width`), both halves (`session.identity-is-a-pair`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The provider's name.
    pub provider: String,
    /// The provider's id for the person.
    pub provider_user_id: String,
}

/// What a provider tells about a person beside the identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// An address, if it is known.
    pub email: Option<String>,
    /// A name to show, if there is one.
    pub display_name: Option<String>,
}
