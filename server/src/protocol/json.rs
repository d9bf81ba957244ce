//! JSON values: read with every key named once, and compared by value, not by notation.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reads a value in which no object names a key twice. Parsers differ in which of the two they take (RFC 8259 §4), and a
/// payload is given back in the words in which it came, so a reader could take another value than the one that was checked
/// (requirement `push.duplicate-keys`).
///
/// # Errors
/// When the text is not such a value; a data error is about a key.
pub(crate) fn parse(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(text).map(|UniqueKeys(value)| value)
}

/// The key by which `serde_json` marks a value of its own that stands for JSON text.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

struct UniqueKeys(Value);

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
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
        let mut array = Vec::new();
        while let Some(UniqueKeys(value)) = entries.next_element()? {
            array.push(value);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, UniqueKeys(value))) = entries.next_entry::<String, UniqueKeys>()? {
            // `serde_json` reads another value where an object has this key, so it could not be compared with itself.
            if key == RAW_VALUE {
                return Err(A::Error::custom("a key that cannot be stored"));
            }
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("an object names a key twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

/// Whether two values are equal. The order of members, white space and the notation of a number (`1`, `1.0`, `1e0`) do
/// not matter (RFC 8259 §6); everything else does.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => equal_numbers(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => left == right,
    }
}

fn equal_numbers(left: &Number, right: &Number) -> bool {
    match (integer(left), integer(right)) {
        (Some(left), Some(right)) => left == right,
        (None, None) => left.as_f64() == right.as_f64(),
        _ => false,
    }
}

/// The exact integer, if the number is one. Doubles beyond 2^64 stay doubles.
fn integer(number: &Number) -> Option<i128> {
    number.as_i128().or_else(|| {
        let value = number.as_f64()?;
        #[allow(clippy::cast_possible_truncation)]
        (value.fract() == 0.0 && value.abs() < 18_446_744_073_709_551_616.0).then_some(value as i128)
    })
}

#[cfg(test)]
mod tests {
    use super::{equal, parse};
    use serde_json::{Value, from_str};

    fn check(left: &str, right: &str) -> bool {
        let left: Value = from_str(left).unwrap();
        let right: Value = from_str(right).unwrap();
        assert_eq!(equal(&left, &right), equal(&right, &left), "equality is symmetric");
        equal(&left, &right)
    }

    #[test]
    fn numbers_are_compared_by_value() {
        assert!(check("1", "1.0"));
        assert!(check("-0.0", "0"));
        assert!(check("[1e2]", "[100]"));
        assert!(!check("1", "2"));
        assert!(!check("1", "1.5"));
        assert!(!check("9007199254740993", "9007199254740992.0"));
        assert!(!check("1", "\"1\""));
    }

    #[test]
    fn a_key_is_named_once_in_each_object() {
        let nested = r#"[{"a": 1, "b": {"a": -2.5}}, {"a": null, "": true}]"#;
        assert_eq!(parse(nested).unwrap(), from_str::<Value>(nested).unwrap());
        for twice in [r#"{"a": 1, "a": 1}"#, r#"{"b": [{"a": 1, "\u0061": 2}]}"#] {
            assert!(parse(twice).is_err_and(|error| error.is_data()), "{twice}");
        }
        assert!(parse("{").is_err_and(|error| !error.is_data()));
    }

    #[test]
    fn member_order_does_not_count_but_members_do() {
        assert!(check(r#"{"a":1,"b":[null]}"#, r#"{"b":[null],"a":1}"#));
        assert!(!check(r#"{"a":null}"#, "{}"));
        assert!(!check(r#"{"a":null}"#, r#"{"b":null}"#));
        assert!(!check("[1,2]", "[2,1]"));
        assert!(!check("[1]", "[1,1]"));
    }
}
