//! One request and its answer, as it goes into a report.

use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;

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

impl Serialize for Exchange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut exchange = serializer.serialize_struct("Exchange", 9)?;
        exchange.serialize_field("actor", &self.actor)?;
        exchange.serialize_field("method", &self.method)?;
        exchange.serialize_field("path", &self.path)?;
        exchange.serialize_field("request", &self.request.as_deref().map(readable))?;
        exchange.serialize_field("status", &self.status)?;
        let headers: serde_json::Map<String, Value> =
            self.headers.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
        exchange.serialize_field("headers", &headers)?;
        exchange.serialize_field("response", &readable(&self.response))?;
        exchange.serialize_field("error", &self.error)?;
        exchange.serialize_field("duration_ms", &self.duration_ms)?;
        exchange.end()
    }
}
