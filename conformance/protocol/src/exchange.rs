//! One request and its answer, as shown in a report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

/// Longer bodies are shortened in reports, in bytes.
const SHOWN_BYTES: usize = 4096;

/// One request and its answer. It never contains credentials.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Who sent the request: the name of the user in the case, or `anonymous`.
    pub actor: String,
    /// HTTP method.
    pub method: String,
    /// Path and query, without the target's address.
    pub path: String,
    /// The body that was sent.
    pub request: Option<Vec<u8>>,
    /// Status of the answer; None when there was none.
    pub status: Option<u16>,
    /// Headers of the answer, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body of the answer.
    pub response: Vec<u8>,
    /// Why there was no answer.
    pub error: Option<String>,
    /// From the first byte sent to the last byte read, in milliseconds.
    pub duration_ms: u64,
}

impl Exchange {
    /// A request without an answer yet.
    #[must_use]
    pub fn unanswered(actor: &str, method: &str, path: &str, request: Option<Vec<u8>>) -> Self {
        let (actor, method, path) = (actor.to_owned(), method.to_owned(), path.to_owned());
        let (headers, response) = (Vec::new(), Vec::new());
        Exchange { actor, method, path, request, status: None, headers, response, error: None, duration_ms: 0 }
    }

    /// The first header with that name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body that was sent, as readable text, shortened.
    #[must_use]
    pub fn shown_request(&self) -> Option<String> {
        self.request.as_deref().map(shown)
    }

    /// The body of the answer, as readable text, shortened.
    #[must_use]
    pub fn shown_response(&self) -> String {
        shown(&self.response)
    }

    /// What a refusal reveals: its status, the names of its fields and its texts, without the id in the request. (Times and
    /// trace ids are ignored.)
    #[must_use]
    pub fn refusal(&self, id: &str) -> Value {
        let body: Value = serde_json::from_slice(&self.response).unwrap_or_default();
        let words = ["statusMessage", "message", "code", "errorCode"].map(|field| match body.get(field) {
            Some(Value::String(text)) => Value::String(text.replace(id, "{id}")),
            other => other.cloned().unwrap_or_default(),
        });
        let fields: Vec<&String> = body.as_object().map(|fields| fields.keys().collect()).unwrap_or_default();
        json!({"status": self.status, "fields": fields, "words": words})
    }

    /// The answer in a few words.
    #[must_use]
    pub fn outcome(&self) -> String {
        match (&self.error, self.status) {
            (Some(error), _) => format!("no answer: {error}"),
            (None, Some(status)) => format!("status {status}: {}", self.shown_response()),
            (None, None) => "no answer".to_owned(),
        }
    }
}

fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(SHOWN_BYTES)]).into_owned();
    match body.len().checked_sub(SHOWN_BYTES) {
        None | Some(0) => text,
        Some(more) => format!("{text}… ({more} more bytes)"),
    }
}

/// A short body as JSON if it is JSON, or else as shortened text.
fn readable(body: &[u8]) -> Value {
    if body.len() <= SHOWN_BYTES
        && let Ok(value) = serde_json::from_slice(body)
    {
        return value;
    }
    Value::String(shown(body))
}

/// An exchange in the form of a report.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "Exchange")]
pub struct ShownExchange {
    /// Who sent the request: the name of the user in the case, or `anonymous`.
    pub actor: String,
    /// HTTP method.
    pub method: String,
    /// Path and query, without the target's address.
    pub path: String,
    /// The body that was sent: short JSON as JSON, anything else as shortened text; null when there was none.
    pub request: Option<Value>,
    /// Status of the answer; null when there was none.
    pub status: Option<u16>,
    /// Headers of the answer, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Body of the answer: short JSON as JSON, anything else as shortened text.
    pub response: Value,
    /// Why there was no answer.
    pub error: Option<String>,
    /// From the first byte sent to the last byte read, in milliseconds.
    pub duration_ms: u64,
}

impl From<&Exchange> for ShownExchange {
    fn from(exchange: &Exchange) -> Self {
        ShownExchange {
            actor: exchange.actor.clone(),
            method: exchange.method.clone(),
            path: exchange.path.clone(),
            request: exchange.request.as_deref().map(readable),
            status: exchange.status,
            headers: exchange.headers.iter().cloned().collect(),
            response: readable(&exchange.response),
            error: exchange.error.clone(),
            duration_ms: exchange.duration_ms,
        }
    }
}

impl From<&ShownExchange> for Exchange {
    /// What a report shows: a long body stays shortened.
    fn from(shown: &ShownExchange) -> Self {
        let body = |body: &Value| match body {
            Value::String(text) => text.clone().into_bytes(),
            json => json.to_string().into_bytes(),
        };
        Exchange {
            actor: shown.actor.clone(),
            method: shown.method.clone(),
            path: shown.path.clone(),
            request: shown.request.as_ref().map(body),
            status: shown.status,
            headers: shown.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            response: body(&shown.response),
            error: shown.error.clone(),
            duration_ms: shown.duration_ms,
        }
    }
}

impl Serialize for Exchange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ShownExchange::from(self).serialize(serializer)
    }
}
