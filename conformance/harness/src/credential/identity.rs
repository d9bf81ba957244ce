//! The identity of a user at an authentication provider.

/// A user as an authentication provider knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The authentication provider.
    pub provider: String,
    /// The provider's id of the user.
    pub subject: String,
    /// E-mail address.
    pub email: String,
    /// Display name.
    pub name: String,
}

impl Identity {
    /// Fills the identity into the `{user}`, `{provider}`, `{email}` and `{name}` of a template.
    pub(super) fn fill(&self, template: &str) -> String {
        template
            .replace("{provider}", &self.provider)
            .replace("{email}", &self.email)
            .replace("{name}", &self.name)
            .replace("{user}", &self.subject)
    }
}
