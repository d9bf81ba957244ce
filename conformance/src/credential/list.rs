//! A fixed list of people, for targets where nobody can be invented.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;

use super::{Headers, Identity, Login, NoCredential};

/// People with their headers. Each is handed out once in a run, so that no two cases share a user.
#[derive(Debug)]
pub struct CredentialList {
    people: Vec<Person>,
    next: AtomicUsize,
}

/// One entry of the file: `{"provider": …, "user": …, "headers": {"Authorization": …}}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    #[serde(default)]
    provider: String,
    user: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    headers: std::collections::BTreeMap<String, String>,
}

impl CredentialList {
    /// Reads a file with a JSON array of people.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong in it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("the list of credentials {} cannot be read: {error}", path.display()))?;
        let people: Vec<Person> = serde_json::from_str(&text)
            .map_err(|error| format!("the list of credentials {} is wrong: {error}", path.display()))?;
        if people.is_empty() {
            return Err(format!("the list of credentials {} is empty", path.display()));
        }
        Ok(CredentialList { people, next: AtomicUsize::new(0) })
    }

    /// The next person who was not handed out yet.
    ///
    /// # Errors
    /// When everybody was.
    pub fn next(&self) -> Result<Login, NoCredential> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        let person = self.people.get(index).ok_or_else(|| {
            NoCredential::NotHere(format!("all {} users of the list of credentials are in use", self.people.len()))
        })?;
        let headers: Headers =
            person.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        let identity = Identity {
            provider: person.provider.clone(),
            subject: person.user.clone(),
            email: person.email.clone(),
            name: person.name.clone(),
        };
        Ok(Login { identity, headers })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("written");
        file
    }

    #[test]
    fn everybody_is_handed_out_once() {
        let file = file(r#"[{"user": "anna", "headers": {"Authorization": "Bearer 1"}}]"#);
        let list = CredentialList::read(file.path()).expect("a list");
        assert_eq!(list.next().expect("anna").identity.subject, "anna");
        assert!(matches!(list.next(), Err(NoCredential::NotHere(_))));
    }

    #[test]
    fn a_bad_file_is_told_with_its_name() {
        let file = file(r#"[{"user": "anna"}]"#);
        let error = CredentialList::read(file.path()).expect_err("no headers");
        assert!(error.contains("headers") && error.contains(&file.path().display().to_string()), "{error}");
    }
}
