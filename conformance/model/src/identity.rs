//! Identities of users at authentication providers.

/// The pair that identifies a user. Both parts count (`session.identity-is-a-pair`) and are compared exactly
/// (`session.case-and-width`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The provider's name.
    pub provider: String,
    /// The provider's id of the user.
    pub provider_user_id: String,
}

/// What a provider says about a user, apart from the identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// An address, if it is known.
    pub email: Option<String>,
    /// A display name, if there is one.
    pub display_name: Option<String>,
}
