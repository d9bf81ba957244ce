//! A header that contains the name of the user, for targets that trust a test header: `Authorization: Bearer {user}`.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::CredentialError;
use super::identity::Identity;
use crate::percent;

/// `Name: value` with `{user}`, and optionally `{provider}`, `{email}` and `{name}`, each of them unchanged or encoded
/// (`{user:percent}`, `{user:base64}`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderTemplate {
    name: String,
    value: Vec<Piece>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    User,
    Provider,
    Email,
    Name,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Raw,
    /// RFC 3986: all but unreserved characters are encoded.
    Percent,
    /// RFC 4648, section 4: the standard alphabet, with padding.
    Base64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Placeholder(Field, Encoding),
}

impl Field {
    const ALL: [(Field, &'static str); 4] =
        [(Field::User, "user"), (Field::Provider, "provider"), (Field::Email, "email"), (Field::Name, "name")];

    fn of(self, identity: &Identity) -> &str {
        match self {
            Field::User => &identity.subject,
            Field::Provider => &identity.provider,
            Field::Email => &identity.email,
            Field::Name => &identity.name,
        }
    }
}

impl Encoding {
    const ALL: [(Encoding, &'static str); 3] =
        [(Encoding::Raw, ""), (Encoding::Percent, ":percent"), (Encoding::Base64, ":base64")];

    fn of(self, text: &str) -> String {
        match self {
            Encoding::Raw => text.to_owned(),
            Encoding::Percent => percent::encoded(text),
            Encoding::Base64 => STANDARD.encode(text),
        }
    }
}

impl Piece {
    /// The placeholder for a word in braces.
    fn placeholder(word: &str) -> Option<Piece> {
        Field::ALL.into_iter().find_map(|(field, name)| {
            let suffix = word.strip_prefix(name)?;
            let (encoding, _) = Encoding::ALL.into_iter().find(|(_, known)| *known == suffix)?;
            Some(Piece::Placeholder(field, encoding))
        })
    }

    /// The pieces of a value. Braces around anything but a word are text, so that a value may be JSON.
    fn all(mut rest: &str) -> Result<Vec<Piece>, String> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        while let Some((before, behind)) = rest.split_once('{') {
            text.push_str(before);
            let is_word =
                |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-:".contains(c));
            match behind.split_once('}').filter(|(word, _)| is_word(word)) {
                Some((word, after)) => {
                    let placeholder = Piece::placeholder(word).ok_or_else(|| {
                        format!(
                            "`{{{word}}}` is not a placeholder of a header template: use {{user}}, {{provider}}, {{email}} \
                             or {{name}}, each also in the form {{user:percent}} or {{user:base64}}"
                        )
                    })?;
                    pieces.extend([Piece::Text(std::mem::take(&mut text)), placeholder]);
                    rest = after;
                }
                None => {
                    text.push('{');
                    rest = behind;
                }
            }
        }
        pieces.push(Piece::Text(text + rest));
        Ok(pieces)
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Piece::Text(text) => f.write_str(text),
            Piece::Placeholder(field, encoding) => {
                let name = Field::ALL.into_iter().find(|(one, _)| one == field).map_or("", |(_, name)| name);
                let suffix = Encoding::ALL.into_iter().find(|(one, _)| one == encoding).map_or("", |(_, name)| name);
                write!(f, "{{{name}{suffix}}}")
            }
        }
    }
}

impl FromStr for HeaderTemplate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once(':').ok_or_else(|| {
            format!("`{text}` is not a header template: it must have the form `Name: value with {{user}}`")
        })?;
        let name = name.trim();
        reqwest::header::HeaderName::from_str(name).map_err(|_| format!("`{name}` is not the name of a header"))?;
        let template = HeaderTemplate { name: name.to_ascii_lowercase(), value: Piece::all(value.trim())? };
        if !template.has(Field::User) {
            return Err(format!("the header template `{text}` has no {{user}} in it, so every user would be the same"));
        }
        Ok(template)
    }
}

impl fmt::Display for HeaderTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name)?;
        self.value.iter().try_for_each(|piece| piece.fmt(f))
    }
}

impl HeaderTemplate {
    /// The header for that identity.
    ///
    /// # Errors
    /// When a header cannot carry the identity exactly: control characters, spaces at an end, anything that is not ASCII
    /// (RFC 9110, section 5.5).
    pub fn fill(&self, identity: &Identity) -> Result<(String, String), CredentialError> {
        let is_plain = |text: &str| text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        let mut value = String::new();
        for piece in &self.value {
            match piece {
                Piece::Text(text) => value.push_str(text),
                Piece::Placeholder(field, encoding) => {
                    let text = field.of(identity);
                    let has_edges = *field == Field::User && text.trim() != text;
                    if *encoding == Encoding::Raw && (!is_plain(text) || has_edges) {
                        let reason = format!(
                            "{text:?} is not valid in a header; {piece} must be encoded, as in {{user:percent}}"
                        );
                        return Err(CredentialError::NotHere(reason));
                    }
                    value.push_str(&encoding.of(text));
                }
            }
        }
        if !is_plain(&value) || value.trim() != value {
            return Err(CredentialError::NotHere(format!("{value:?} cannot be the value of a header")));
        }
        Ok((self.name.clone(), value))
    }

    /// Whether it names the provider.
    #[must_use]
    pub(super) fn names_provider(&self) -> bool {
        self.has(Field::Provider)
    }

    /// Whether it can carry every name, so that two users of a provider never have the same header.
    #[must_use]
    pub(super) fn carries_any_name(&self) -> bool {
        self.value.iter().all(|piece| match piece {
            Piece::Placeholder(Field::User | Field::Provider, encoding) => *encoding != Encoding::Raw,
            Piece::Placeholder(Field::Email | Field::Name, _) | Piece::Text(_) => true,
        })
    }

    fn has(&self, field: Field) -> bool {
        self.value.iter().any(|piece| matches!(piece, Piece::Placeholder(one, _) if *one == field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> HeaderTemplate {
        text.parse().expect("a template")
    }

    fn refusal(text: &str) -> String {
        text.parse::<HeaderTemplate>().expect_err("no template")
    }

    fn identity(subject: &str) -> Identity {
        Identity { provider: "p".into(), subject: subject.into(), email: "a+b@c".into(), name: "Ánna {user}".into() }
    }

    #[test]
    fn a_template_names_the_user() {
        let template = template("X-Test-User: {provider}/{user}");
        assert_eq!(template.fill(&identity("anna")), Ok(("x-test-user".to_owned(), "p/anna".to_owned())));
        assert!(template.names_provider());
    }

    #[test]
    fn what_is_no_template_is_refused_with_the_reason() {
        assert!(refusal("Bearer {user}").contains("not a header template"));
        assert!(refusal("X Y: {user}").contains("not the name of a header"));
        assert!(refusal("Authorization: Bearer fixed").contains("{user}"));
    }

    #[test]
    fn encoded_a_header_carries_every_name() {
        let filled = |text: &str| template(text).fill(&identity(" Ánna/~\n")).map(|(_, value)| value);
        assert_eq!(filled("X: {user:percent}").as_deref(), Ok("%20%C3%81nna%2F~%0A"));
        assert_eq!(filled("X: {user:base64}").as_deref(), Ok("IMOBbm5hL34K"));
        // Nothing is filled in twice.
        assert_eq!(
            filled("X: {user:base64} {name:percent} {email}").as_deref(),
            Ok("IMOBbm5hL34K %C3%81nna%20%7Buser%7D a+b@c")
        );
        assert!(
            matches!(filled("X: {user}"), Err(CredentialError::NotHere(reason)) if reason.contains("{user:percent}"))
        );
        assert!(filled("X: {user:percent} {name}").is_err());
    }

    #[test]
    fn only_a_template_that_encodes_carries_every_name() {
        let carries = |text: &str| template(text).carries_any_name();
        assert!(carries("X: {user:percent}") && carries("X: {provider:base64}/{user:base64} {name}"));
        assert!(!carries("X: {user}") && !carries("X: {provider}/{user:percent}"));
    }

    #[test]
    fn an_unknown_word_in_braces_is_refused_by_its_name_and_other_braces_are_text() {
        for (text, word) in [
            ("X: {usr} {user}", "`{usr}`"),
            ("X: {user:hex}", "`{user:hex}`"),
            ("X: {user} {USER}", "`{USER}`"),
            ("X: {user:}", "`{user:}`"),
        ] {
            assert!(refusal(text).contains(word), "{}", refusal(text));
        }
        let json = template(r#"X: {"sub": "{user}", "more": {"a": {}}} {"#);
        assert_eq!(json.fill(&identity("anna")).expect("a header").1, r#"{"sub": "anna", "more": {"a": {}}} {"#);
        assert_eq!(json.to_string(), r#"x: {"sub": "{user}", "more": {"a": {}}} {"#);
        assert_eq!(template("X: {user:percent}{email:base64}").to_string(), "x: {user:percent}{email:base64}");
    }
}
