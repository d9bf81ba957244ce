//! The symptom of a failure: what a server shows of a fault, without the values that differ from one run to the next.
//! Failures with the same symptom are taken for the same fault.

use serde_json::Value;

use crate::endpoint::{self, Endpoint};
use crate::exchange::Exchange;
use crate::table::Table;

/// What a server shows of a fault. Two failures with the same symptom differ only in ids, numbers and texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symptom {
    /// The requirement that is broken.
    pub requirement: &'static str,
    /// Method and path of the endpoint that shows it, such as `POST /api/sync/push`; empty without an exchange.
    pub endpoint: String,
    /// The status and the error message of the answer, or why there was none; empty for a success.
    pub answer: String,
    /// The sentence that says what is wrong; empty for an answer 5xx and for a missing answer, which look the same
    /// whatever was being checked.
    pub message: String,
}

impl Symptom {
    /// The symptom of a violation of that requirement, with the sentence that says what is wrong.
    #[must_use]
    pub fn of(requirement: &'static str, message: &str, exchange: Option<&Exchange>) -> Self {
        let Some(exchange) = exchange else {
            let (endpoint, answer) = (String::new(), String::new());
            return Symptom { requirement, endpoint, answer, message: template(message) };
        };
        let breaks_down = exchange.status.is_none_or(|status| status >= 500);
        Symptom {
            requirement,
            endpoint: endpoint_of(exchange),
            answer: answer_of(exchange),
            message: if breaks_down { String::new() } else { template(message) },
        }
    }
}

/// Method and path of the endpoint that an exchange calls, with placeholders for ids, and without a query.
#[must_use]
pub fn endpoint_of(exchange: &Exchange) -> String {
    let path = exchange.path.split('?').next().unwrap_or_default();
    endpoint::find(&exchange.method, path)
        .map_or_else(|| format!("{} {}", exchange.method, template(path)), Endpoint::method_and_path)
}

fn answer_of(exchange: &Exchange) -> String {
    match exchange.status {
        None => exchange.error.as_deref().map_or_else(|| "no answer".to_owned(), template),
        Some(status) if status < 400 => String::new(),
        Some(status) => {
            let body: Value = serde_json::from_slice(&exchange.response).unwrap_or_default();
            let texts = ["message", "statusMessage", "error"].map(|field| body.get(field).and_then(Value::as_str));
            let text = texts.into_iter().flatten().next().unwrap_or_default();
            format!("{status} {}", template(text)).trim_end().to_owned()
        }
    }
}

/// The place at which two values differ, in a message such as `the log differs: payload.title of entry 2 is 1, and should be
/// 2`: the text up to its end, and its parts.
fn difference(message: &str) -> Option<(&str, Vec<&str>)> {
    let is_step = |step: &&str| {
        let word = step.strip_prefix("entry ").unwrap_or(step);
        !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.')
    };
    message.match_indices(": ").find_map(|(colon, _)| {
        let place = &message[colon + 2..];
        let (place, values) = place.split_once(" is ")?;
        let steps: Vec<&str> = place.split(" of ").collect();
        let names_place = steps.iter().all(is_step) && values.contains(", and should be ");
        names_place.then(|| (&message[..colon + 2 + place.len()], steps))
    })
}

/// The field that a message says to be wrong, without where it is: `title`, of `payload.title of entry 2`.
#[must_use]
pub fn wrong_field(message: &str) -> Option<&str> {
    let (_, steps) = difference(message)?;
    let field = steps.into_iter().find(|step| !step.starts_with("entry ") && !["it", "changes"].contains(step))?;
    Some(field.strip_prefix("payload.").unwrap_or(field))
}

/// The text without what differs from one run to the next: quoted parts become `'…'`, words with a digit and names of
/// tables become `#`. Of a difference, the place stays and the values are left out.
#[must_use]
pub fn template(text: &str) -> String {
    let mut rest = difference(text).map_or(text, |(place, _)| place);
    let mut plain = String::with_capacity(text.len());
    while let Some(start) = rest.find(['\'', '"', '`', '‘', '“']) {
        let quote = rest[start..].chars().next().unwrap_or('"');
        let closing = match quote {
            '‘' => '’',
            '“' => '”',
            same => same,
        };
        let is_apostrophe = quote == '\'' && rest[..start].ends_with(char::is_alphanumeric);
        let inner = &rest[start + quote.len_utf8()..];
        match inner.find(closing).filter(|_| !is_apostrophe) {
            Some(end) => {
                plain.push_str(&rest[..start]);
                plain.push_str("'…'");
                rest = &inner[end + closing.len_utf8()..];
            }
            None => {
                plain.push_str(&rest[..start + quote.len_utf8()]);
                rest = inner;
            }
        }
    }
    plain.push_str(rest);
    let is_value = |word: &str| {
        let name = word.trim_end_matches(|c: char| c.is_ascii_punctuation());
        word.contains(|c: char| c.is_ascii_digit()) || Table::named(name).is_some()
    };
    let words = plain.split_whitespace().map(|word| if is_value(word) { "#" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(path: &str, status: Option<u16>, body: &str) -> Exchange {
        let mut exchange = Exchange::unanswered("anna", "POST", path, None);
        exchange.status = status;
        exchange.response = body.as_bytes().to_vec();
        exchange
    }

    #[test]
    fn ids_numbers_and_quoted_texts_do_not_count() {
        let one = template("the pull of 'anna' shows 3 changes in w-81f3, not \"4\"");
        assert_eq!(one, template("the pull of 'bob' shows 11 changes in w-02aa, not \"9\""));
        assert_ne!(one, template("the snapshot of 'anna' shows 3 changes in w-81f3, not \"4\""));
        assert_eq!(template("the server's answer isn't right"), "the server's answer isn't right");
    }

    #[test]
    fn of_a_difference_the_place_counts_and_the_values_do_not() {
        let differs =
            |at: &str| template(&format!("the log differs: {at}, and should be true (from POST /api/sync/pull)"));
        assert_eq!(differs("payload.deleted of entry 2 is 1"), differs("payload.deleted of entry 7 is {\"a\": \"b\"}"));
        assert_ne!(differs("payload.deleted of entry 2 is 1"), differs("payload.title of entry 2 is 1"));
        assert_eq!(template("a delete in threads fails, not a put"), template("a delete in kv fails, not a put"));
    }

    #[test]
    fn a_wrong_field_is_known_by_its_name() {
        let of = |at: &str| format!("a chunked body, whole: the log is odd: {at} is \"a\", and should be \"b\"");
        assert_eq!(wrong_field(&of("payload.deleted of entry 2")), Some("deleted"));
        assert_eq!(wrong_field(&of("entry 1 of revision.clock of entry 2 of items")), Some("revision.clock"));
        for without in [of("it"), of("entry 3"), of("entry 3 of changes"), "what is wrong".to_owned()] {
            assert_eq!(wrong_field(&without), None, "{without}");
        }
    }

    #[test]
    fn an_answer_5xx_is_one_symptom_whatever_is_checked() {
        let of = |message, id| {
            let answer = exchange("/api/sync/push", Some(500), &format!(r#"{{"message": "no row {id}"}}"#));
            Symptom::of("http.no-5xx", message, Some(&answer))
        };
        assert_eq!(of("a retry fails", 1), of("a batch fails", 2));
        let refused = exchange("/api/sync/push", Some(400), "{}");
        assert_ne!(
            Symptom::of("op.replay-same-version", "a retry fails", Some(&refused)),
            Symptom::of("op.replay-same-version", "a batch fails", Some(&refused)),
        );
    }

    #[test]
    fn an_endpoint_has_placeholders() {
        let asked = exchange("/api/workspaces/4f1d2c/members?x=1", None, "");
        assert_eq!(endpoint_of(&asked), "POST /api/workspaces/{id}/members");
    }
}
