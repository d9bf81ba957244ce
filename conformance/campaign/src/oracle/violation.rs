//! A violation: an answer that the protocol does not allow.

use std::fmt::Display;

use serde_json::Value;

use syncproof_protocol::difference;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::symptom::Symptom;

/// Rules about the form of an answer, whatever it says: a server that breaks one breaks it at many endpoints.
const RULES_OF_FORM: [&str; 2] = ["http.json-errors", "http.no-internals"];

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The requirement that is broken.
    pub requirement: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What the protocol allows.
    pub expected: String,
    /// What came.
    pub actual: String,
}

/// The result of judging an answer: the error is the violation, when the protocol does not allow the answer.
pub type Judged<T = ()> = Result<T, Violation>;

impl Violation {
    /// A violation of that requirement. Texts are formatted only here, because nearly every judgement finds no violation.
    pub fn new(requirement: &'static str, message: impl Display, expected: impl Display, actual: impl Display) -> Self {
        let (message, expected, actual) = (message.to_string(), expected.to_string(), actual.to_string());
        Violation { requirement, message, expected, actual }
    }

    /// Whether only the form of the answer is wrong, so that the state of the target is as certain as ever.
    pub(crate) fn is_of_form(&self) -> bool {
        RULES_OF_FORM.contains(&self.requirement)
    }

    /// Its symptom, shown by that exchange. Where only the form is wrong, every endpoint shows the same.
    pub(crate) fn symptom(&self, exchange: Option<&Exchange>) -> Symptom {
        Symptom::of(self.requirement, &self.message, exchange.filter(|_| !self.is_of_form()))
    }
}

/// A violation of that requirement unless `holds` is true.
pub(super) fn ensure(
    requirement: &'static str,
    holds: bool,
    message: impl Display,
    expected: impl Display,
    actual: impl Display,
) -> Judged {
    if holds { Ok(()) } else { Err(Violation::new(requirement, message, expected, actual)) }
}

/// A violation of that requirement, with what both sides have where they first differ, unless both values mean the same.
/// The names say what the sides are.
pub(super) fn alike(
    requirement: &'static str,
    message: &str,
    (left, expected): (&str, &Value),
    (right, actual): (&str, &Value),
) -> Judged {
    let Some(difference) = difference::first_difference(expected, actual) else { return Ok(()) };
    let place = if difference.pointer.is_empty() { String::new() } else { format!(" at {}", difference.pointer) };
    let side = |name: &str, value| format!("{name}{place}: {}", difference::shown(value));
    Err(Violation::new(requirement, message, side(left, difference.left), side(right, difference.right)))
}
