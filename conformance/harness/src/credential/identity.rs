//! Who somebody is to an authentication provider.

/// A person, as an authentication provider knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider that vouches.
    pub provider: String,
    /// The provider's own id of the person.
    pub subject: String,
    /// E-mail address.
    pub email: String,
    /// Name to show.
    pub name: String,
}

impl Identity {
    /// Puts the identity into the `{user}`, `{provider}`, `{email}` and `{name}` of a template.
    pub(super) fn fill(&self, template: &str) -> String {
        template
            .replace("{provider}", &self.provider)
            .replace("{email}", &self.email)
            .replace("{name}", &self.name)
            .replace("{user}", &self.subject)
    }
}
