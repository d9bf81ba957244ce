//! Compares JSON values by meaning, and measures their length.

use std::io::{self, Write};

use serde_json::{Number, Value};

/// The length of a value in bytes of compact JSON (`push.large-payload`).
pub fn compact_length(value: &Value) -> usize {
    let mut length = Length(0);
    // A value can always be written, and counting never fails.
    let _ = serde_json::to_writer(&mut length, value);
    length.0
}

/// Counts the bytes that are written to it.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether two JSON values are equal by value. The order of the keys of an object does not matter, and neither does the
/// way in which a number is written (`1`, `1.0` and `1e0` are the same number).
///
/// Values come from a parser with a limit on nesting, so the recursion is bounded.
pub fn same_json(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => same_number(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same_json(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len() && left.iter().all(|(key, l)| right.get(key).is_some_and(|r| same_json(l, r)))
        }
        _ => left == right,
    }
}

/// Whole numbers are compared exactly, because above 2^53 two of them can be the same double.
fn same_number(left: &Number, right: &Number) -> bool {
    left == right || ((left.is_f64() || right.is_f64()) && left.as_f64() == right.as_f64())
}

#[cfg(test)]
mod tests {
    use super::{compact_length, same_json};
    use serde_json::json;

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        assert!(same_json(&json!({"a": [1], "b": null}), &json!({"b": null, "a": [1.0]})));
    }

    #[test]
    fn the_length_is_that_of_what_is_written() {
        for value in [json!(null), json!({"a": [1, 2.5, "é\n\u{0}"], "b": {}}), json!("x".repeat(1000))] {
            assert_eq!(compact_length(&value), value.to_string().len());
        }
    }

    #[test]
    fn neighbouring_large_integers_differ() {
        assert!(!same_json(&json!(9_007_199_254_740_992_u64), &json!(9_007_199_254_740_993_u64)));
    }

    #[test]
    fn a_missing_field_is_not_a_null_field() {
        assert!(!same_json(&json!({"a": null}), &json!({})));
        assert!(!same_json(&json!([1, 2]), &json!([2, 1])));
    }
}
