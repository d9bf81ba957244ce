//! The secrets of a run. Only this file removes them from what goes into a report.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use crate::percent;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::failure::Failure;

/// The text that replaces a secret.
const REDACTED: &str = "[redacted]";
/// A shorter text does not count as a secret, in bytes. Redacting it would make reports unreadable and protect nothing.
const MIN_SECRET_CHARS: usize = 6;
/// No secret in a request is longer, in bytes: servers take no headers of that size.
const LONGEST_SECRET: usize = 64 * 1024;
/// Words in the value of a header that name a scheme and are not secret (RFC 9110, section 11).
const SCHEMES: &[&str] = &["bearer", "basic", "digest", "token", "negotiate"];
/// Parts of names (of environment variables, of a command's flags) whose values are secrets.
const SECRET_NAMES: &[&str] =
    &["SECRET", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "API_KEY", "APIKEY", "PRIVATE_KEY", "CREDENTIAL"];

/// The secrets of a run. They are added as they become known: those in settings before the run, credentials as they are
/// issued.
#[derive(Default)]
pub struct Secrets {
    /// By their last bytes, so that thousands of tokens can be searched for in one pass. Each byte of each exchange is
    /// looked up, so the hash is a fast one.
    by_tail: RwLock<HashMap<[u8; MIN_SECRET_CHARS], SameTail, foldhash::fast::RandomState>>,
}

/// Secrets with the same last bytes, the longest first.
type SameTail = Vec<Arc<[u8]>>;

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(kept)")
    }
}

impl Secrets {
    /// Adds a secret, in the forms in which an answer might echo it: unchanged, in JSON, in a URL, in Base64.
    pub fn keep(&self, secret: &str) {
        let json = serde_json::Value::from(secret).to_string();
        for form in [secret, json.trim_matches('"'), &percent::encoded(secret), &STANDARD.encode(secret)] {
            self.keep_form(form.as_bytes());
        }
    }

    fn keep_form(&self, form: &[u8]) {
        let Some(tail) = form.last_chunk::<MIN_SECRET_CHARS>() else { return };
        let mut by_tail = self.by_tail.write().unwrap_or_else(PoisonError::into_inner);
        let same_tail = by_tail.entry(*tail).or_default();
        if !same_tail.iter().any(|known| **known == *form) {
            same_tail.push(form.into());
            // The longest first, so that it is removed completely even if a shorter one is its end.
            same_tail.sort_by_key(|known| std::cmp::Reverse(known.len()));
        }
    }

    /// Adds the value of a credential header, without the word for its scheme.
    pub(crate) fn keep_header(&self, value: &str) {
        for word in value.split_whitespace().filter(|word| !SCHEMES.contains(&word.to_ascii_lowercase().as_str())) {
            self.keep(word);
            // The signature of a token is secret too, since the rest of the token may be known.
            if let Some((_, signature)) = word.rsplit_once('.') {
                self.keep(signature);
            }
        }
    }

    /// Adds the fixed parts of a header template. They are the same for all users, so they are what the target trusts.
    pub fn keep_template(&self, template: &str) {
        let value = template.split_once(':').map_or(template, |(_, value)| value);
        for fixed in value.split(['{', '}']).step_by(2) {
            for word in fixed.split([' ', ';', ',', '"', '\'']) {
                let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
                if !SCHEMES.contains(&word.to_ascii_lowercase().as_str()) {
                    self.keep(word);
                }
            }
        }
    }

    /// Adds the password in an address.
    pub fn keep_address(&self, address: &str) {
        let Some((userinfo, _)) = address.split_once("://").and_then(|(_, rest)| rest.split_once('@')) else { return };
        let (user, password) = userinfo.split_once(':').unwrap_or(("", userinfo));
        self.keep(password);
        let decoded = |text| percent_decode_str(text).decode_utf8_lossy();
        let (user, password) = (decoded(user), decoded(password));
        self.keep(&password);
        self.keep(&STANDARD.encode(format!("{user}:{password}")));
        // With the user name before it, even a short password is distinct from other text.
        self.keep_form(format!("{userinfo}@").as_bytes());
    }

    /// Adds the secrets in a command line: the values of variables and flags with the name of a secret, and passwords in
    /// addresses.
    pub fn keep_command(&self, line: &str) {
        let words: Vec<&str> = line.split([' ', '\t', '\n', '"', '\'']).filter(|word| !word.is_empty()).collect();
        for (index, word) in words.iter().enumerate() {
            self.keep_address(word);
            let parts = word.split(|c: char| !c.is_ascii_alphanumeric() && !"-_+".contains(c));
            parts.filter(|part| looks_random(part)).for_each(|part| self.keep(part));
            match word.split_once(['=', ':']) {
                Some((name, value)) if names_a_secret(name) && !value.is_empty() => self.keep_literal(value),
                Some((name, _)) if names_a_secret(name) || name.eq_ignore_ascii_case("authorization") => {
                    words.iter().skip(index + 1).take(2).for_each(|value| self.keep_literal(value));
                }
                None if word.starts_with('-') && names_a_secret(word) => {
                    words.get(index + 1).into_iter().for_each(|value| self.keep_literal(value));
                }
                None if word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic") => {
                    words.get(index + 1).into_iter().for_each(|value| self.keep_literal(value));
                }
                _ => {}
            }
        }
    }

    /// Adds a value, unless it is a variable or a placeholder.
    fn keep_literal(&self, value: &str) {
        if !value.starts_with(['$', '{', '`']) && !SCHEMES.contains(&value.to_ascii_lowercase().as_str()) {
            self.keep(value);
        }
    }

    /// Adds the values of environment variables with the name of a secret, except paths to secrets.
    pub fn keep_environment(&self, variables: impl Iterator<Item = (String, String)>) {
        for (name, value) in variables {
            if names_a_secret(&name) && !value.starts_with('/') && !name.ends_with("_FILE") {
                match name.as_str() {
                    "SYNCPROOF_CREDENTIAL_COMMAND" => self.keep_command(&value),
                    "SYNCPROOF_CREDENTIALS" => {}
                    _ => self.keep(&value),
                }
            }
        }
    }

    /// The text without secrets.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(text.as_bytes())).into_owned()
    }

    /// The bytes without secrets.
    #[must_use]
    pub fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut places = self.places(bytes);
        places.extend(signed_tokens(bytes));
        places.sort_unstable();
        let mut clean = Vec::with_capacity(bytes.len());
        let mut done = 0;
        for (start, end) in places {
            if end <= done {
                continue;
            }
            // A place that overlaps with the one before is replaced together with it.
            if start >= done {
                clean.extend_from_slice(&bytes[done..start]);
                clean.extend_from_slice(REDACTED.as_bytes());
            }
            done = end;
        }
        clean.extend_from_slice(&bytes[done..]);
        clean
    }

    /// The first so many bytes of what [`Secrets::bytes`] would leave, without a look at all of a body of megabytes.
    #[must_use]
    pub fn beginning(&self, bytes: &[u8], most: usize) -> Vec<u8> {
        let mut read = most + LONGEST_SECRET;
        loop {
            let mut clean = self.bytes(bytes.get(..read).unwrap_or(bytes));
            // Of a secret that is cut off, a part would be left at the end: there it is cut off with it.
            if read >= bytes.len() || clean.len() >= most + LONGEST_SECRET {
                clean.truncate(most);
                return clean;
            }
            read *= 2;
        }
    }

    fn places(&self, bytes: &[u8]) -> Vec<(usize, usize)> {
        let by_tail = self.by_tail.read().unwrap_or_else(PoisonError::into_inner);
        let mut places = Vec::new();
        for end in MIN_SECRET_CHARS..=bytes.len() {
            let Some(tail) = bytes[..end].last_chunk::<MIN_SECRET_CHARS>() else { continue };
            let found = by_tail.get(tail).and_then(|same| same.iter().find(|known| bytes[..end].ends_with(known)));
            places.extend(found.map(|known| (end - known.len(), end)));
        }
        places
    }

    /// The exchange without secrets and without the values of cookies.
    #[must_use]
    pub fn exchange(&self, exchange: &Exchange) -> Exchange {
        let header = |(name, value): &(String, String)| match name.as_str() {
            "set-cookie" => {
                let cookie = value.split_once('=').map_or("", |(cookie, _)| cookie);
                (name.clone(), format!("{cookie}={REDACTED}"))
            }
            "authorization" | "proxy-authorization" => (name.clone(), REDACTED.to_owned()),
            _ => (name.clone(), self.text(value)),
        };
        Exchange {
            actor: self.text(&exchange.actor),
            path: self.text(&exchange.path),
            request: exchange.request.as_deref().map(|body| self.bytes(body)),
            headers: exchange.headers.iter().map(header).collect(),
            response: self.bytes(&exchange.response),
            error: exchange.error.as_deref().map(|error| self.text(error)),
            ..exchange.clone()
        }
    }

    /// The failure without secrets.
    #[must_use]
    pub fn failure(&self, failure: &Failure) -> Failure {
        let mut clean = failure.clone();
        for text in [&mut clean.message, &mut clean.expected, &mut clean.actual] {
            *text = self.text(text);
        }
        clean.exchange = failure.exchange.as_ref().map(|exchange| Arc::new(self.exchange(exchange)));
        clean
    }
}

/// Whether it mixes letters and digits and is too long for a word, like keys and passwords and unlike names of programs.
fn looks_random(word: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    word.len() >= 10 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace('-', "_");
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// The places of texts in the form of a signed token (RFC 7515, compact serialization with a JSON header), even if the
/// token is unknown: a server may issue its own.
fn signed_tokens(bytes: &[u8]) -> Vec<(usize, usize)> {
    let encoded = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let run = |from: usize| bytes[from..].iter().take_while(|byte| encoded(**byte)).count();
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(3).position(|window| window == b"eyJ") {
        let start = at + found;
        let header_end = start + run(start);
        at = header_end.max(start + 3);
        if bytes.get(header_end) != Some(&b'.') || !bytes[header_end + 1..].starts_with(b"eyJ") {
            continue;
        }
        let mut end = header_end + 1 + run(header_end + 1);
        if bytes.get(end) == Some(&b'.') {
            end += 1 + run(end + 1);
        }
        places.push((start, end));
        at = end;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(secrets: &Secrets, text: &str) -> String {
        secrets.text(text)
    }

    #[test]
    fn a_secret_is_removed_in_every_form_in_which_it_may_be_echoed() {
        let secrets = Secrets::default();
        secrets.keep("pa\"ss/w+rd");
        for echo in ["pa\"ss/w+rd", r#"pa\"ss/w+rd"#, "pa%22ss%2Fw%2Brd", "cGEic3MvdytyZA=="] {
            assert_eq!(clean(&secrets, &format!("<{echo}>")), "<[redacted]>", "{echo}");
        }
        assert_eq!(clean(&secrets, "nothing here"), "nothing here");
    }

    #[test]
    fn the_longest_of_overlapping_secrets_is_removed_completely() {
        let secrets = Secrets::default();
        secrets.keep_header("Bearer first.second.signature");
        assert_eq!(clean(&secrets, "Bearer first.second.signature, signature"), "Bearer [redacted], [redacted]");
    }

    #[test]
    fn tokens_are_removed_whoever_made_them() {
        let secrets = Secrets::default();
        assert_eq!(clean(&secrets, "a eyJhbGciOi.eyJzdWIi.c2ln b"), "a [redacted] b");
        assert_eq!(clean(&secrets, "eyJhbGciOi alone, eyJ.x, and eyJ"), "eyJhbGciOi alone, eyJ.x, and eyJ");
    }

    #[test]
    fn only_the_secrets_in_addresses_templates_and_commands_are_removed() {
        let secrets = Secrets::default();
        secrets.keep_address("http://root:pw@host:1/x");
        assert_eq!(clean(&secrets, "http://root:pw@host:1 is down"), "http://[redacted]host:1 is down");
        secrets.keep_template("X-Key: k3y-of-the-house {user}");
        assert_eq!(clean(&secrets, "X-Key: k3y-of-the-house anna"), "X-Key: [redacted] anna");
        secrets.keep_template("Authorization: Bearer {user}");
        assert_eq!(clean(&secrets, "Authorization: Bearer anna"), "Authorization: Bearer anna");
        secrets.keep_command("API_TOKEN=abcdef1 login --password hunter22 -H 'Authorization: Bearer opensesame' $USER");
        let line = "API_TOKEN=abcdef1 login --password hunter22 -H 'Authorization: Bearer opensesame' $USER";
        let kept = "API_TOKEN=[redacted] login --password [redacted] -H 'Authorization: Bearer [redacted]' $USER";
        assert_eq!(clean(&secrets, line), kept);
    }

    #[test]
    fn the_beginning_of_a_long_text_is_that_of_the_whole() {
        let secrets = Secrets::default();
        secrets.keep(&"s3cret".repeat(1000));
        let text = format!("before {} between ", "s3cret".repeat(1000)).repeat(60);
        let whole = secrets.bytes(text.as_bytes());
        for most in [0, 5, 8, 300, 900, 100_000] {
            assert_eq!(secrets.beginning(text.as_bytes(), most), whole[..most.min(whole.len())], "{most}");
        }
    }

    #[test]
    fn cookies_are_secrets() {
        let exchange = Exchange {
            status: Some(200),
            headers: vec![("set-cookie".into(), "sid=very-secret; Path=/".into())],
            ..Exchange::unanswered("anna", "GET", "/", None)
        };
        assert_eq!(Secrets::default().exchange(&exchange).headers[0].1, "sid=[redacted]");
    }
}
