//! A header with the user's name in it, for targets that trust a test header: `Authorization: Bearer {user}`.

use std::fmt;
use std::str::FromStr;

use super::{CredentialError, Identity};

/// The fields of an identity that a template may name.
const FIELDS: [&str; 4] = ["user", "provider", "email", "name"];
/// How a field may be written where its value would not fit a header: percent-encoded (RFC 3986, section 2.1, all but
/// unreserved characters), or in base64 (RFC 4648, section 4).
const ENCODINGS: [&str; 2] = ["percent", "base64"];

/// `Name: value` with `{user}` in it, and perhaps `{provider}`, `{email}` and `{name}`, each as it is or encoded:
/// `{user:percent}`, `{user:base64}`.
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
        if let Some(unknown) = placeholders(value).find(|(field, encoding)| {
            !FIELDS.contains(field) || encoding.is_some_and(|encoding| !ENCODINGS.contains(&encoding))
        }) {
            let (field, encoding) = unknown;
            let written = encoding.map_or_else(|| field.to_owned(), |encoding| format!("{field}:{encoding}"));
            return Err(format!(
                "the header template `{text}` names {{{written}}}: there are {{user}}, {{provider}}, {{email}} and \
                 {{name}}, each also as {{user:percent}} or {{user:base64}}"
            ));
        }
        if placeholders(value).all(|(field, _)| field != "user") {
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
        if !plain(&value) || placeholders(&self.value).any(|field| field == ("user", None)) && !plain(&identity.subject)
        {
            let reason = format!("the user {:?} cannot be named in a header", identity.subject);
            return Err(CredentialError::NotHere(reason));
        }
        Ok((self.name.clone(), value))
    }

    /// Whether two providers can be told apart.
    #[must_use]
    pub fn names_provider(&self) -> bool {
        placeholders(&self.value).any(|(field, _)| field == "provider")
    }

    /// Whether it can tell any two users of a provider apart, whatever they are called.
    #[must_use]
    pub fn carries_any_name(&self) -> bool {
        placeholders(&self.value).all(|(field, encoding)| encoding.is_some() || !matches!(field, "user" | "provider"))
    }
}

/// The words in braces, with what follows a colon. Other braces, such as those of JSON, are text.
fn placeholders(value: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let inner = value.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(inner, _)| inner));
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    inner
        .map(|inner| inner.split_once(':').map_or((inner, None), |(field, encoding)| (field, Some(encoding))))
        .filter(move |(field, encoding)| is_word(field) && encoding.is_none_or(is_word))
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
    fn a_template_that_encodes_carries_any_name() {
        let identity =
            Identity { provider: "p".into(), subject: "Ánna's ".into(), email: String::new(), name: String::new() };
        let fill = |template: &str| template.parse::<HeaderTemplate>().expect("a template").fill(&identity);
        assert_eq!(fill("X-User: {user:percent}").expect("filled").1, "%C3%81nna%27s%20");
        assert_eq!(fill("X-User: {provider}.{user:base64}").expect("filled").1, "p.w4FubmEncyA=");
        assert!(fill("X-User: {user}").is_err());
        assert_eq!(fill(r#"X-User: {"id": "{user:percent}"}"#).expect("filled").1, r#"{"id": "%C3%81nna%27s%20"}"#);
        let carries = |template: &str| template.parse::<HeaderTemplate>().expect("a template").carries_any_name();
        assert!(carries("X-User: {user:percent}") && carries("X-User: {provider:base64}/{user:base64} {name}"));
        assert!(!carries("X-User: {user}") && !carries("X-User: {provider}/{user:percent}"));
    }

    #[test]
    fn what_is_no_template_is_refused_with_the_reason() {
        for (template, unknown) in [
            ("X-User: {user} {tenant}", "{tenant}"),
            ("X-User: {user:hex}", "{user:hex}"),
            ("X-User: {User}", "{User}"),
        ] {
            assert!(template.parse::<HeaderTemplate>().expect_err("unknown").contains(unknown), "{template}");
        }
        assert!("Bearer {user}".parse::<HeaderTemplate>().is_err());
        assert!("Authorization: Bearer fixed".parse::<HeaderTemplate>().expect_err("no user").contains("{user}"));
    }
}
