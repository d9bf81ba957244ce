//! A failure as plain text, for JUnit, GitHub and the repro bundle.

use std::fmt::Write as _;

use syncproof_protocol::failure::{Failure, Phase};
use syncproof_protocol::requirement;

/// `MUST pull.after-cursor`.
#[must_use]
pub(super) fn binding(failure: &Failure) -> String {
    format!("{} {}", requirement::level(failure.requirement), failure.requirement)
}

/// The message, which says if the setup failed.
#[must_use]
pub(super) fn message(failure: &Failure) -> String {
    match failure.phase {
        Phase::Setup => format!("while setting up: {}", failure.message),
        Phase::Check => failure.message.clone(),
    }
}

/// Requirement, message, expected and actual value, request and answer, one line each.
#[must_use]
pub fn evidence(failure: &Failure) -> String {
    let sentence = requirement::find(failure.requirement).map_or("", |requirement| requirement.text);
    let mut text = format!("{}: {sentence}\n{}\n", binding(failure), message(failure));
    let _ = write!(text, "expected  {}\nactual    {}\n", failure.expected, failure.actual);
    if let Some(exchange) = &failure.exchange {
        let _ = write!(text, "as {}\n> {} {}\n", exchange.actor, exchange.method, exchange.path);
        if let Some(body) = exchange.shown_request() {
            let _ = writeln!(text, "> {body}");
        }
        let _ = match (&exchange.error, exchange.status) {
            (None, Some(status)) => write!(text, "< {status}\n< {}\n", exchange.shown_response()),
            (error, _) => writeln!(text, "< no answer: {}", error.as_deref().unwrap_or("unknown")),
        };
    }
    text
}
