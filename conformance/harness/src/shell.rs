//! Quoting for a POSIX shell, for commands that are run and for commands that are shown.
//!
//! The crate `shlex` is no substitute: it leaves a word like `if` without quotes, puts quotes around `a=b`, and refuses
//! some texts.

/// The text as one word. It is always quoted, so that the shell never takes it for a keyword or an assignment.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The text as one word that is easy to read: quoted only where that is necessary.
#[must_use]
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}
