//! One request and its answer, as it goes into a report.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// Bodies longer than this are cut in reports, in bytes.
const SHOWN_BYTES: usize = 4096;

/// One request and what came back. Credentials are never part of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Who asked: the case's name for the user, or `anonymous`.
    pub actor: String,
    /// HTTP method.
    pub method: String,
    /// Path and query, without the target's address.
    pub path: String,
    /// The body that was sent.
    pub request: Option<Vec<u8>>,
    /// Status of the answer; None when none came.
    pub status: Option<u16>,
    /// Headers of the answer, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body of the answer.
    pub response: Vec<u8>,
    /// Why no answer came.
    pub error: Option<String>,
    /// From the first byte sent to the last byte read, in milliseconds.
    pub duration_ms: u64,
}

impl Exchange {
    /// The first header of that name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body that was sent, readable and cut to a bearable length.
    #[must_use]
    pub fn shown_request(&self) -> Option<String> {
        self.request.as_deref().map(shown)
    }

    /// The body of the answer, readable and cut to a bearable length.
    #[must_use]
    pub fn shown_response(&self) -> String {
        shown(&self.response)
    }

    /// What a refusal tells: its status, its fields and its words, without the id that was asked for. (Times and trace ids
    /// are left aside.)
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

    /// What came, in a few words.
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

/// A short body as JSON where it is JSON, else as (cut) text.
fn readable(body: &[u8]) -> Value {
    if body.len() <= SHOWN_BYTES
        && let Ok(value) = serde_json::from_slice(body)
    {
        return value;
    }
    Value::String(shown(body))
}

/// An exchange as a report holds it.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Exchange")]
pub struct ShownExchange {
    /// Who asked: the case's name for the user, or `anonymous`.
    pub actor: String,
    /// HTTP method.
    pub method: String,
    /// Path and query, without the target's address.
    pub path: String,
    /// The body that was sent: JSON where it is short JSON, else text, cut; null when there was none.
    pub request: Option<Value>,
    /// Status of the answer; null when none came.
    pub status: Option<u16>,
    /// Headers of the answer, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Body of the answer: JSON where it is short JSON, else text, cut.
    pub response: Value,
    /// Why no answer came.
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

impl Serialize for Exchange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ShownExchange::from(self).serialize(serializer)
    }
}
