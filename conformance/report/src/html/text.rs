//! Text of the page: sentences with code in them, anchors, links, and the content policy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use syncproof_protocol::visible::visible;

/// A part of a sentence.
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) code: bool,
}

/// A link to another place on the page.
#[derive(Clone)]
pub(super) struct Link {
    /// The id of that place.
    pub(super) anchor: String,
    pub(super) name: String,
    /// The class that gives it a colour, or nothing.
    pub(super) class: &'static str,
}

/// A sentence, divided into text and the code between backticks.
pub(crate) fn with_code(text: &str) -> Vec<Span> {
    let spans = text.split('`').enumerate().filter(|(_, text)| !text.is_empty());
    spans.map(|(at, text)| Span { text: visible(text), code: at % 2 == 1 }).collect()
}

/// The verdict without its first words, which stand above it as the headline.
pub(super) fn sentence(verdict: &str) -> String {
    let rest = verdict.split_once(": ").map_or(verdict, |(_, rest)| rest);
    let mut letters = rest.chars();
    visible(&letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>())
}

/// An anchor for a case, a requirement or a chapter, whose names are ASCII.
pub(super) fn anchor(kind: &str, name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    format!("{kind}-{name}")
}

/// A content policy that allows only this style and these scripts, by their hashes: no network, no injected script.
pub(crate) fn policy(style: &str, scripts: &[&str]) -> String {
    let hash = |text: &&str| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let hashes: String = scripts.iter().map(hash).collect();
    let scripts = if hashes.is_empty() { String::new() } else { format!(" script-src{hashes};") };
    format!("default-src 'none'; style-src{};{scripts} base-uri 'none'; form-action 'none'", hash(&style))
}
