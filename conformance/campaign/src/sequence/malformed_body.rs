//! A request body that is not JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

with_all! {
    /// What is done to a valid request body (`http.malformed-json`).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    pub enum MalformedBody {
        /// It ends after its first half.
        Cut,
        /// Nothing at all.
        Empty,
        /// Something follows it.
        Followed,
        /// It comes twice.
        Twice,
        /// It has a comma before its last bracket.
        Comma,
        /// A text in it has a byte that is not valid UTF-8.
        NoUtf8,
        /// A text in it has a tab that is not escaped (RFC 8259, section 7).
        RawTab,
        /// A NUL follows it.
        Nul,
        /// A number in it is larger than any double: valid JSON that few parsers can read (RFC 8259, section 6).
        Overflow,
        /// A text in it has half of a surrogate pair, escaped: valid JSON, but not valid Unicode (RFC 8259, section 8.2).
        HalfPair,
        /// UTF-16 instead of UTF-8 (RFC 8259, section 8.1).
        Utf16,
        /// Single quotes.
        Quotes,
        /// Thousands of brackets that are not closed.
        Brackets,
    }
}

impl MalformedBody {
    /// The value in it, if the body is still valid JSON, so that a server may accept it.
    #[must_use]
    pub fn value(self) -> Option<&'static str> {
        match self {
            MalformedBody::Overflow => Some("1e999"),
            MalformedBody::HalfPair => Some("\"\\ud800\""),
            _ => None,
        }
    }

    /// The bytes to send.
    #[must_use]
    pub fn bytes(self, body: &Value) -> Vec<u8> {
        let text = body.to_string();
        let with = |value: &str| format!("{{\"odd\":{value},{}", text.trim_start_matches('{')).into_bytes();
        match self {
            MalformedBody::Cut => text.as_bytes()[..text.len() / 2].to_vec(),
            MalformedBody::Empty => Vec::new(),
            MalformedBody::Followed => format!("{text} and more").into_bytes(),
            MalformedBody::Twice => text.repeat(2).into_bytes(),
            MalformedBody::Comma => format!("{},}}", text.trim_end_matches('}')).into_bytes(),
            MalformedBody::NoUtf8 => [b"{\"odd\":\"\xff\",", text.trim_start_matches('{').as_bytes()].concat(),
            MalformedBody::RawTab => with("\"\t\""),
            MalformedBody::Nul => format!("{text}\0").into_bytes(),
            MalformedBody::Overflow | MalformedBody::HalfPair => with(self.value().unwrap_or_default()),
            MalformedBody::Utf16 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            MalformedBody::Quotes => text.replace('"', "'").into_bytes(),
            MalformedBody::Brackets => format!("{{\"deep\":{}", "[".repeat(5000)).into_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_can_be_read() {
        for malformed in MalformedBody::ALL {
            let bytes = malformed.bytes(&serde_json::json!({"scope": {"workspaceId": "a"}, "ops": []}));
            assert!(serde_json::from_slice::<Value>(&bytes).is_err(), "{malformed:?}: {bytes:?}");
        }
    }
}
