//! Words of a POSIX shell, for commands that are run and for commands that are shown.
//!
//! The crate `shlex` is no substitute: it leaves a word like `if` without quotes, puts quotes around `a=b`, and refuses
//! some texts.

/// One word, whatever is in it: always in quotes, so that it is never taken for a keyword or an assignment.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The same for people to read: without quotes where it needs none.
#[must_use]
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}
