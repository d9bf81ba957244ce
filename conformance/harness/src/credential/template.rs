//! A header with the user's name in it, for targets that trust a test header: `Authorization: Bearer {user}`.

use std::fmt;
use std::str::FromStr;

use super::{CredentialError, Identity};

/// `Name: value` with `{user}` in it, and perhaps `{provider}`, `{email}` and `{name}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderTemplate {
    name: String,
    value: String,
}

impl FromStr for HeaderTemplate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once(':')
            .ok_or_else(|| format!("`{text}` is no header template: it has to read `Name: value with {{user}}`"))?;
        if !value.contains("{user}") {
            return Err(format!("the header template `{text}` has no {{user}} in it, so every user would be the same"));
        }
        reqwest::header::HeaderName::from_str(name.trim())
            .map_err(|_| format!("`{}` is no name of a header", name.trim()))?;
        Ok(HeaderTemplate { name: name.trim().to_ascii_lowercase(), value: value.trim().to_owned() })
    }
}

impl fmt::Display for HeaderTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.value)
    }
}

impl HeaderTemplate {
    /// The header for that identity.
    ///
    /// # Errors
    /// When the identity cannot travel in a header exactly: control characters, blanks at its end, anything that is
    /// not ASCII (RFC 9110, section 5.5).
    pub fn fill(&self, identity: &Identity) -> Result<(String, String), CredentialError> {
        let value = identity.fill(&self.value);
        let plain = |text: &str| text.trim() == text && text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        if !plain(&identity.subject) || !plain(&value) {
            let reason = format!("the user {:?} cannot be named in a header", identity.subject);
            return Err(CredentialError::NotHere(reason));
        }
        Ok((self.name.clone(), value))
    }

    /// Whether two providers can be told apart.
    #[must_use]
    pub fn names_provider(&self) -> bool {
        self.value.contains("{provider}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_names_the_user() {
        let template: HeaderTemplate = "X-Test-User: {provider}/{user}".parse().expect("a template");
        let identity =
            Identity { provider: "p".into(), subject: "anna".into(), email: String::new(), name: String::new() };
        assert_eq!(template.fill(&identity), Ok(("x-test-user".to_owned(), "p/anna".to_owned())));
        assert!(template.names_provider());
    }

    #[test]
    fn what_is_no_template_is_refused_with_the_reason() {
        assert!("Bearer {user}".parse::<HeaderTemplate>().is_err());
        assert!("Authorization: Bearer fixed".parse::<HeaderTemplate>().expect_err("no user").contains("{user}"));
    }
}
