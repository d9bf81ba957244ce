//! An answer, and checks of it. The failure of a check contains the exchange that shows it.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::own_rule::{self, NO_5XX};
use syncproof_protocol::deep_json;
use syncproof_protocol::difference::{Difference, first_difference, shown};
use syncproof_protocol::endpoint;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::failure::{Checked, Failure, Stop};
use syncproof_protocol::symptom::endpoint_of;

/// The answer to one request, or the fact that none was received.
#[derive(Debug, Clone)]
pub struct Answer {
    exchange: Arc<Exchange>,
}

impl Answer {
    /// The answer in that exchange.
    #[must_use]
    pub fn new(exchange: Arc<Exchange>) -> Self {
        Answer { exchange }
    }

    /// The exchange.
    #[must_use]
    pub fn exchange(&self) -> &Arc<Exchange> {
        &self.exchange
    }

    /// The status; None when no answer was received.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.exchange.status
    }

    /// Whether the status is one of these.
    #[must_use]
    pub fn is(&self, statuses: &[u16]) -> bool {
        self.status().is_some_and(|status| statuses.contains(&status))
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status().is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the status is 4xx.
    #[must_use]
    pub fn is_4xx(&self) -> bool {
        self.status().is_some_and(|status| (400..500).contains(&status))
    }

    /// The body, if it is JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        deep_json::read(&self.exchange.response).ok()
    }

    /// A failure of that requirement that this answer shows. An answer 5xx and a missing one break `http.no-5xx`, whatever
    /// was being checked, and another error does not.
    #[must_use]
    pub fn fails(
        &self,
        requirement: &'static str,
        message: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Stop {
        let (mut requirement, mut message) = (requirement, message.into());
        // A server that is stopped or killed on purpose may leave a request without an answer.
        let may_be_gone = self.status().is_none() && requirement.starts_with("durable.");
        // Where the subject is that two workspaces may use the same key or id, a 5xx shows just that they cannot.
        let shows_collision = requirement.starts_with("isolation.");
        if own_rule::breaks_down(&self.exchange) && !may_be_gone && !shows_collision {
            requirement = NO_5XX;
            let answers = self.status().map_or("does not answer".to_owned(), |status| format!("answers {status}"));
            // What was checked may be the status, and then the message names request and status already.
            if !message.starts_with(&format!("{} gets ", self.named())) {
                message = format!("{} {answers} (what was checked: {message})", endpoint_of(&self.exchange));
            }
        } else if requirement == NO_5XX && !self.is_success() {
            requirement = own_rule::that_allows(&self.exchange).unwrap_or(requirement);
        }
        let mut failure = Failure::new(requirement, message, expected, actual);
        failure.exchange = Some(Arc::clone(&self.exchange));
        failure.into()
    }

    /// Fails unless the status is one of these.
    ///
    /// # Errors
    /// The failure, with what was expected and what was received.
    pub fn expect_status(&self, requirement: &'static str, statuses: &[u16]) -> Checked {
        // Nearly every request passes here: the message is made only where it is needed.
        if self.is(statuses) {
            return Ok(());
        }
        let names: Vec<String> = statuses.iter().map(u16::to_string).collect();
        let status = self.status().map_or("no answer".to_owned(), |status| status.to_string());
        let message = format!("{} gets {status}, and should get {}", self.named(), names.join(" or "));
        self.expect_one_of(requirement, statuses, message)
    }

    /// Fails unless the status is one of these: as `expect_status`, with a message of its own.
    ///
    /// # Errors
    /// The failure, with the status that was received.
    pub fn expect_one_of(&self, requirement: &'static str, statuses: &[u16], message: impl Into<String>) -> Checked {
        let names: Vec<String> = statuses.iter().map(u16::to_string).collect();
        self.check(requirement, self.is(statuses), message, format!("status {}", names.join(" or ")))
    }

    /// Fails unless the status is 4xx.
    ///
    /// # Errors
    /// The failure, with the status that was received.
    pub fn expect_4xx(&self, requirement: &'static str, message: impl Into<String>) -> Checked {
        self.check(requirement, self.is_4xx(), message, "a status from 400 to 499")
    }

    /// Fails unless there is an answer with a status under 500.
    ///
    /// # Errors
    /// The failure, with the status that was received.
    pub fn expect_no_5xx(&self, requirement: &'static str, message: impl Into<String>) -> Checked {
        self.check(requirement, self.status().is_some_and(|status| status < 500), message, "a status under 500")
    }

    /// Fails unless `holds`, and reports what the server answered.
    ///
    /// # Errors
    /// The failure, with what was expected and the outcome of the exchange.
    pub fn check(
        &self,
        requirement: &'static str,
        holds: bool,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) -> Checked {
        self.ensure(requirement, holds, message, expected, self.outcome())
    }

    /// Fails unless the request was refused as forbidden for the user: 403 or 404.
    ///
    /// # Errors
    /// The failure, with what was expected and what was received.
    pub fn expect_forbidden(&self, requirement: &'static str) -> Checked {
        self.expect_status(requirement, &[403, 404])
    }

    /// Fails unless the request succeeded with a body of that shape (200, or 201 where something is created). A refusal of
    /// what the user may do breaks the requirement that allows it, and a body without a field the one about that field.
    ///
    /// # Errors
    /// The failure, with what was expected and what was received.
    pub fn read<T: DeserializeOwned>(&self, requirement: &'static str) -> Checked<T> {
        if !self.is(&[200, 201]) {
            let rule = own_rule::of_refusal(&self.exchange, requirement);
            let message = format!("{} is refused, although it must succeed", self.named());
            return self.expect_one_of(rule, &[200, 201], message).and_then(|()| self.body(requirement));
        }
        self.body(requirement)
    }

    fn body<T: DeserializeOwned>(&self, requirement: &'static str) -> Checked<T> {
        deep_json::read(&self.exchange.response).map_err(|error| {
            let shape = std::any::type_name::<T>().rsplit("::").next().unwrap_or_default();
            let error = error.to_string();
            let what = error.split(" at line ").next().unwrap_or_default();
            self.fails(
                own_rule::of_body(&self.exchange, &error, requirement),
                format!("the answer to {} has the wrong shape: {}", self.named(), what.replace('`', "")),
                format!("the shape of {shape} in section 2 of the requirements"),
                format!("{error}: {}", self.exchange.shown_response()),
            )
        })
    }

    /// Fails unless `holds`.
    ///
    /// # Errors
    /// The failure, with what was expected and what was received.
    pub fn ensure(
        &self,
        requirement: &'static str,
        holds: bool,
        message: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Checked {
        if holds { Ok(()) } else { Err(self.fails(requirement, message, expected, actual)) }
    }

    /// Fails unless both are equal as JSON values; the order of keys does not matter.
    ///
    /// # Errors
    /// The failure, with both sides.
    pub fn equal(
        &self,
        requirement: &'static str,
        message: impl Into<String>,
        expected: impl Serialize,
        actual: impl Serialize,
    ) -> Checked {
        // Nearly always they are, to the letter: to build both as values takes several times as long.
        if matches!((serde_json::to_vec(&expected), serde_json::to_vec(&actual)), (Ok(left), Ok(right)) if left == right)
        {
            return Ok(());
        }
        let (expected, actual) = (to_json(&expected), to_json(&actual));
        let Some(place) = first_difference(&expected, &actual) else { return Ok(()) };
        let place = whole_tuple(&expected, &actual, place);
        // Short values are shown completely, long ones only at the place where they differ.
        let side = |whole: &Value, value| {
            let all = shown(Some(whole));
            if place.pointer.is_empty() || all.len() <= 160 {
                all
            } else {
                format!("{} is {}", named_place(&place.pointer), shown(value))
            }
        };
        let (left, right) = (side(&expected, place.left), side(&actual, place.right));
        let at = named_place(&place.pointer);
        let message = format!(
            "{}: {at} is {}, and should be {} (from {})",
            message.into(),
            brief(place.right),
            brief(place.left),
            self.named(),
        );
        Err(self.fails(requirement, message, left, right))
    }

    /// The request in a few words: which endpoint was called, and by whom.
    fn named(&self) -> String {
        let Exchange { method, path, actor, .. } = &*self.exchange;
        let path = path.split('?').next().unwrap_or_default();
        if endpoint::find(method, path).is_some() {
            return format!("{} by '{actor}'", endpoint_of(&self.exchange));
        }
        // Ids differ from run to run, and failures of one cause should read alike.
        let has_digit = |step: &&str| step.contains(|c: char| c.is_ascii_digit());
        let steps: Vec<&str> = path.split('/').map(|step| if has_digit(&step) { "{id}" } else { step }).collect();
        let path: String = steps.join("/").chars().take(BRIEF_CHARS).collect();
        format!("{method} {path} by '{actor}'")
    }

    /// The answer in a few words.
    #[must_use]
    pub fn outcome(&self) -> String {
        self.exchange.outcome()
    }
}

/// The value as JSON. A value that cannot be JSON becomes the text of the error; the suite compares none.
fn to_json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_else(|error| Value::String(error.to_string()))
}

/// The difference as one of the tuple that it is in: "entry 2 of entry 5" says little of a list of tuples, and the tuple itself
/// shows what differs. A tuple that does not fit into a sentence is left out.
fn whole_tuple<'a>(expected: &'a Value, actual: &'a Value, place: Difference<'a>) -> Difference<'a> {
    let is_index = |step: &str| step.parse::<usize>().is_ok();
    let in_list = |(tuple, last): &(&str, &str)| {
        is_index(last) && tuple.rsplit_once('/').is_some_and(|(_, index)| is_index(index))
    };
    let tuple = place.pointer.rsplit_once('/').filter(in_list).map(|(tuple, _)| tuple.to_owned());
    let whole = tuple.and_then(|pointer| {
        let (left, right) = (expected.pointer(&pointer), actual.pointer(&pointer));
        let is_short = |value: Option<&Value>| shown(value).chars().count() <= BRIEF_CHARS;
        (is_short(left) && is_short(right)).then_some(Difference { pointer, left, right })
    });
    whole.unwrap_or(place)
}

/// A JSON pointer (RFC 6901) in words: `/0/payload/title` is "payload.title of entry 1", and so is `/0/1/payload/title`, in a
/// list of tuples.
fn named_place(pointer: &str) -> String {
    let mut places: Vec<String> = Vec::new();
    let mut fields: Vec<String> = Vec::new();
    let is_index = |step: &str| step.parse::<usize>().is_ok();
    let mut steps: Vec<&str> = pointer.split('/').skip(1).collect();
    if let [entry, part, field, ..] = steps[..]
        && is_index(entry)
        && is_index(part)
        && !is_index(field)
    {
        steps.remove(1);
    }
    let end = |fields: &mut Vec<String>, places: &mut Vec<String>| {
        if !fields.is_empty() {
            places.push(std::mem::take(fields).join("."));
        }
    };
    for step in steps {
        match step.parse::<usize>() {
            Ok(index) => {
                end(&mut fields, &mut places);
                places.push(format!("entry {}", index + 1));
            }
            Err(_) => fields.push(step.replace("~1", "/").replace("~0", "~")),
        }
    }
    end(&mut fields, &mut places);
    places.reverse();
    if places.is_empty() { "it".to_owned() } else { places.join(" of ") }
}

/// Longer values do not fit into a sentence, in characters.
const BRIEF_CHARS: usize = 80;

/// A value that fits into a sentence.
fn brief(value: Option<&Value>) -> String {
    let text = value.map_or("missing".to_owned(), |value| shown(Some(value)));
    match text.char_indices().nth(BRIEF_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answered(status: u16, body: &Value) -> Answer {
        let mut exchange = Exchange::unanswered("anna", "POST", "/api/sync/pull", None);
        (exchange.status, exchange.response) = (Some(status), body.to_string().into_bytes());
        Answer::new(Arc::new(exchange))
    }

    fn failure<T: std::fmt::Debug>(outcome: Checked<T>) -> Failure {
        match outcome {
            Err(Stop::Failed(failure)) => *failure,
            other => panic!("no failure: {other:?}"),
        }
    }

    #[test]
    fn an_answer_5xx_breaks_no_5xx_whatever_is_checked() {
        let broken = failure(answered(503, &json!({})).read::<Value>("concurrent.versions-unique"));
        assert_eq!(broken.requirement, "http.no-5xx");
        assert!(broken.message.starts_with("POST /api/sync/pull answers 503 "), "{}", broken.message);
        let broken = failure(answered(503, &json!({})).expect_status("concurrent.versions-unique", &[200]));
        assert_eq!(broken.requirement, "http.no-5xx");
        assert_eq!(broken.message, "POST /api/sync/pull by 'anna' gets 503, and should get 200");
        let refused = failure(answered(400, &json!({})).expect_status("http.no-5xx", &[200]));
        assert_eq!(refused.requirement, "pull.complete");
    }

    #[test]
    fn a_difference_is_said_with_both_sides() {
        let sent = json!([{"payload": {"title": "a"}}, {"payload": {"title": "b"}}]);
        let got = json!([{"payload": {"title": "a"}}, {"payload": {"title": "c"}}]);
        let differs = failure(answered(200, &json!({})).equal("pull.complete", "the log differs", sent, got));
        let expected = "the log differs: payload.title of entry 2 is \"c\", and should be \"b\" \
            (from POST /api/sync/pull by 'anna')";
        assert_eq!(differs.message, expected);
        let (sent, got) = (json!([1, 2]), json!([1]));
        let differs = failure(answered(200, &json!({})).equal("pull.complete", "the log differs", sent, got));
        assert!(differs.message.contains("entry 2 is missing, and should be 2"), "{}", differs.message);
    }

    #[test]
    fn a_path_that_is_no_endpoint_is_named_without_ids() {
        let mut exchange = Exchange::unanswered("anna", "GET", "/api/workspaces/36957/owners", None);
        exchange.status = Some(200);
        let refused = failure(Answer::new(Arc::new(exchange)).expect_status("http.method-and-route", &[404, 405]));
        assert!(refused.message.starts_with("GET /api/workspaces/{id}/owners by 'anna' "), "{}", refused.message);
    }

    #[test]
    fn of_a_list_of_tuples_the_tuple_is_shown() {
        let differs =
            |sent, got| failure(answered(200, &json!({})).equal("pull.complete", "the log differs", sent, got)).message;
        let message = differs(json!([["threads", "a"], ["kv", "b"]]), json!([["threads", "a"], ["kv", "c"]]));
        assert!(message.contains(r#": entry 2 is ["kv","c"], and should be ["kv","b"] (from"#), "{message}");
        let message = differs(json!([[1, {"pk": "a"}]]), json!([[1, {"pk": "b"}]]));
        assert!(message.contains(r#": pk of entry 1 is "b", and should be "a" (from"#), "{message}");
        let long = "x".repeat(100);
        let message = differs(json!([[long, 1]]), json!([[long, 2]]));
        assert!(message.contains(": entry 2 of entry 1 is 2, and should be 1 (from"), "{message}");
    }
}
