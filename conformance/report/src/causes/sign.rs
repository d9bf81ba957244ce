//! The sign of a failure: what failures of one fault have in common.

use syncproof_protocol::endpoint::{PULL, PUSH, SNAPSHOT};
use syncproof_protocol::failure::Failure;
use syncproof_protocol::symptom::{Symptom, wrong_field};

/// What failures of one fault have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sign {
    /// An answer 5xx, or none.
    Breakdown { endpoint: String, answer: String },
    /// An answer that the user may not do what they may do.
    Refusal { endpoint: String, answer: String },
    /// A success for a user who must be refused.
    Accepted { endpoint: String },
    /// A wrong answer of an endpoint that shows no ops, whose wrong answers seldom have different causes.
    Content { endpoint: String },
    /// A field with a wrong value.
    Field { endpoint: String, field: String },
    /// A message about an answer.
    Message { endpoint: String, answer: String, message: String },
}

impl Sign {
    pub(super) fn of(failure: &Failure) -> Self {
        let Symptom { endpoint, answer, message, .. } =
            Symptom::of(failure.requirement, &failure.message, failure.exchange.as_deref());
        match failure.exchange.as_deref().map(|exchange| exchange.status) {
            // The same error at another method of a path is the same fault.
            Some(None | Some(500..)) => {
                let endpoint = endpoint.split_once(' ').map_or("", |(_, path)| path).to_owned();
                Sign::Breakdown { endpoint, answer }
            }
            Some(Some(401 | 403 | 404)) if failure.expected.starts_with("status 2") => {
                Sign::Refusal { endpoint, answer }
            }
            Some(Some(200..300)) if must_refuse_user(&failure.expected) => Sign::Accepted { endpoint },
            status => match wrong_field(&failure.message) {
                Some(field) => Sign::Field { endpoint, field: field.to_owned() },
                None if is_content(status, &endpoint, &failure.expected) => Sign::Content { endpoint },
                None => Sign::Message { endpoint, answer, message: before_details(&message).to_owned() },
            },
        }
    }

    /// The endpoint that shows it; empty without an exchange.
    pub(super) fn endpoint(&self) -> &str {
        match self {
            Sign::Breakdown { endpoint, .. }
            | Sign::Refusal { endpoint, .. }
            | Sign::Accepted { endpoint }
            | Sign::Content { endpoint }
            | Sign::Field { endpoint, .. }
            | Sign::Message { endpoint, .. } => endpoint,
        }
    }
}

/// Whether the user must be refused, and not only what they sent.
fn must_refuse_user(expected: &str) -> bool {
    let statuses = expected.split(", since").next().and_then(|expected| expected.strip_prefix("status "));
    statuses.is_some_and(|statuses| ["401", "403", "404"].iter().any(|status| statuses.contains(status)))
}

/// Whether what is wrong is the content of an answer that does not show ops, and not that the request was accepted.
/// (The answers that show ops show any fault in what is stored.)
fn is_content(status: Option<Option<u16>>, endpoint: &str, expected: &str) -> bool {
    matches!(status, Some(Some(200..300))) && !shows_ops(endpoint) && !expects_refusal(expected)
}

pub(super) fn shows_ops(endpoint: &str) -> bool {
    [PUSH, PULL, SNAPSHOT].iter().any(|known| known.method_and_path() == endpoint)
}

fn expects_refusal(expected: &str) -> bool {
    ["status 4", "a status from 4", "a 4"].iter().any(|refusal| expected.starts_with(refusal))
}

/// In which manner an endpoint answers wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Manner {
    /// The answer is a refusal: it should be none, or another one.
    Refused,
    /// What has to be refused succeeds.
    Accepted,
    /// The content of a success is wrong.
    Content,
}

impl Manner {
    pub(super) fn of(failure: &Failure) -> Self {
        match failure.exchange.as_deref().and_then(|exchange| exchange.status) {
            Some(400..) => Manner::Refused,
            _ if expects_refusal(&failure.expected) => Manner::Accepted,
            _ => Manner::Content,
        }
    }
}

/// The message without the details after its first colon.
fn before_details(message: &str) -> &str {
    message.split_once(": ").map_or(message, |(what, _)| what)
}
