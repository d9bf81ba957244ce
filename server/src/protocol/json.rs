//! Equality of JSON values: by value, not by notation.

use serde_json::{Number, Value};

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
    use super::equal;
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
    fn member_order_does_not_count_but_members_do() {
        assert!(check(r#"{"a":1,"b":[null]}"#, r#"{"b":[null],"a":1}"#));
        assert!(!check(r#"{"a":null}"#, "{}"));
        assert!(!check(r#"{"a":null}"#, r#"{"b":null}"#));
        assert!(!check("[1,2]", "[2,1]"));
        assert!(!check("[1]", "[1,1]"));
    }
}
