//! The fixed parts of a script, and how data is written into it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::context::ScriptCredential;
use syncproof_harness::shell::word;

/// The common first part of every script.
pub(super) fn head(base: Option<&str>, opening: &str) -> String {
    let base = word(base.unwrap_or_default());
    include_str!("shell/head.sh").replace("@BASE@", &base).replace("@OPENING@", opening)
}

/// How users get their credentials.
pub(super) fn users(means: &ScriptCredential) -> String {
    match means {
        ScriptCredential::Minted => include_str!("shell/minted.sh").to_owned(),
        ScriptCredential::Command => include_str!("shell/command.sh").to_owned(),
        ScriptCredential::List => include_str!("shell/list.sh").to_owned(),
        ScriptCredential::Template(template) => {
            let default = word(template.as_deref().unwrap_or_default());
            let missing = "[ -n \"$template\" ] || stop 'set SYNCPROOF_HEADER to the header template of the run'";
            let take = "default_template=%\ntemplate=${SYNCPROOF_HEADER:-$default_template}".replace('%', &default);
            format!("\n# The header that names the user.\n{take}\n{missing}\n{}", include_str!("shell/template.sh"))
        }
    }
}

/// The last part of every script.
pub(super) fn tail(short_ids: bool) -> String {
    include_str!("shell/tail.sh").replace("@SHORT@", if short_ids { "true" } else { "false" })
}

/// Data for the standard input of a command: the name of its encoding, and the here-document that follows the command.
pub(super) fn document(body: &[u8]) -> (&'static str, String) {
    const END: &str = "END_OF_BODY";
    match std::str::from_utf8(body) {
        // The shell removes line breaks at the end, and cannot handle NUL.
        Ok(text) if !text.ends_with('\n') && !text.contains(['\0', '\r']) && text.lines().all(|line| line != END) => {
            ("text", format!(" <<'{END}'\n{text}\n{END}\n"))
        }
        _ => ("base64", format!(" <<'{END}'\n{}\n{END}\n", STANDARD.encode(body))),
    }
}

/// A comment with any number of lines.
pub(super) fn comment(text: &str) -> String {
    syncproof_protocol::visible::visible(text).lines().map(|line| format!("# {line}\n")).collect()
}
