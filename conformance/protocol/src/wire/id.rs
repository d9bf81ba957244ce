//! Ids that the server chose, and ids that are made up for what does not exist.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// An id that the server chose: a string or a number, which is sent back unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Id(Value);

impl Id {
    /// An id that the suite made up, which the server does not know.
    pub fn text(id: impl Into<String>) -> Self {
        Id(Value::String(id.into()))
    }

    /// Whether the server's ids are numbers.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.0.is_number()
    }

    /// An id that differs from this one only in its last character, if this one is a long text and the result is surely
    /// unused. Otherwise an [`Id::unknown_alike`], since the next number may be the id of another workspace.
    #[must_use]
    pub fn nearly(&self) -> Self {
        match self.0.as_str().filter(|text| text.len() >= 20).and_then(|text| text.char_indices().next_back()) {
            Some((start, last)) => {
                let other = if last == '0' { '1' } else { '0' };
                Id::text(format!("{}{other}", &self.to_string()[..start]))
            }
            None => self.unknown_alike(),
        }
    }

    /// An id of the same form that the server has never used, to ask for something that does not exist but could.
    #[must_use]
    pub fn unknown_alike(&self) -> Self {
        let random = crate::simulation::uuid();
        match &self.0 {
            // Above every number that a server counts up to, and still exact in a double.
            Value::Number(_) => Id(Value::from(9_000_000_000_000_000 + u64::from(random.as_fields().0))),
            Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Id::text((9_000_000_000_000_000 + u64::from(random.as_fields().0)).to_string())
            }
            Value::String(text) => {
                let random = random.simple().to_string();
                let start = text.rfind('_').filter(|underscore| text.len() - underscore > 8).map_or(0, |at| at + 1);
                Id::text(format!("{}{}", &text[..start], alike(&text[start..], random.as_bytes())))
            }
            _ => Id::text(random.to_string()),
        }
    }
}

/// The same text with every digit and letter replaced by a random one of its kind. The version and the variant of a UUID
/// stay.
fn alike(text: &str, random: &[u8]) -> String {
    let is_uuid = uuid::Uuid::try_parse(text).is_ok() && text.len() == 36;
    let pick = |kind: &[u8], index: usize| {
        let byte = usize::from(random[index % random.len()]) * 7 + usize::from(random[(index * 5 + 3) % random.len()]);
        char::from(kind[byte % kind.len()])
    };
    text.char_indices()
        .map(|(index, c)| match c {
            _ if is_uuid && (index == 14 || index == 19) => c,
            '0'..='9' => pick(b"0123456789", index),
            'a'..='f' => pick(b"abcdef", index),
            'A'..='F' => pick(b"ABCDEF", index),
            'g'..='z' => pick(b"ghjkmnpqrstvwxyz", index),
            'G'..='Z' => pick(b"GHJKMNPQRSTVWXYZ", index),
            _ => c,
        })
        .collect()
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Value::String(text) => f.write_str(text),
            other => write!(f, "{other}"),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            id @ (Value::String(_) | Value::Number(_)) => Ok(Id(id)),
            other => Err(serde::de::Error::custom(format!("an id is a string or a number, not {other}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_ids_have_the_form_of_known_ones() {
        let id = Id::text("41d0224c-3846-4ee3-b0b8-e588a90aed63");
        let unknown = id.unknown_alike().to_string();
        assert_ne!(unknown, id.to_string());
        assert_eq!(uuid::Uuid::try_parse(&unknown).expect("a UUID").get_version_num(), 4);
        assert!(Id::text("ws_0123456789abcdef").unknown_alike().to_string().starts_with("ws_"));
        assert!(Id::text("17").unknown_alike().to_string().parse::<u64>().is_ok_and(|number| number > 1 << 50));
        assert!(Id(json!(3)).unknown_alike().0.as_u64().is_some_and(|number| number > 1 << 50));
    }
}
