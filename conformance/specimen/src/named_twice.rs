//! JSON in which an object names a key twice: read so that mutants and variants can tell the first value from the last.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Before the name of a key whose value is the last of several. No key of a client begins with it, since such a body is
/// refused.
const LAST: &str = "\u{0}last ";

/// A JSON value in which the first value of a repeated key stands under its name, and the last one under [`LAST`].
struct Both(Value);

/// Parses JSON so that the first value of a repeated key stands under its name; [`last`] gives the others.
pub(super) fn parse(bytes: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(bytes).map(|Both(value)| value)
}

/// The value in which the last one of each repeated key counts.
pub(super) fn last(value: Value) -> Value {
    match value {
        Value::Array(entries) => entries.into_iter().map(last).collect(),
        Value::Object(mut object) => {
            let repeated: Vec<String> = object.keys().filter(|key| key.starts_with(LAST)).cloned().collect();
            for key in repeated {
                let value = object.remove(&key).unwrap_or_default();
                object.insert(key[LAST.len()..].to_owned(), value);
            }
            object.into_iter().map(|(key, value)| (key, last(value))).collect()
        }
        other => other,
    }
}

/// The value in which the first one of each repeated key counts.
pub(super) fn first(value: Value) -> Value {
    match value {
        Value::Array(entries) => entries.into_iter().map(first).collect(),
        Value::Object(object) => {
            let named = object.into_iter().filter(|(key, _)| !key.starts_with(LAST));
            named.map(|(key, value)| (key, first(value))).collect()
        }
        other => other,
    }
}

impl<'de> Deserialize<'de> for Both {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Both)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Both(value)) = entries.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, Both(value))) = entries.next_entry::<String, Both>()? {
            let key = if object.contains_key(&key) { format!("{LAST}{key}") } else { key };
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::{first, last, parse};
    use serde_json::json;

    #[test]
    fn the_first_and_the_last_value_of_a_repeated_key_can_be_told() {
        let value = parse(br#"{"a": 1, "b": [{"c": 1, "c": 2}], "a": 2, "a": 3}"#).expect("JSON");
        assert_eq!(first(value.clone()), json!({"a": 1, "b": [{"c": 1}]}));
        assert_eq!(last(value), json!({"a": 3, "b": [{"c": 2}]}));
    }
}
