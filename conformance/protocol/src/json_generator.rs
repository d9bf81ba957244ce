//! Generates random JSON values, and different ways to write the same value. A library writes a value in one way only, but
//! servers must read all of them.

use std::sync::LazyLock;

use rand::RngExt as _;
use serde_json::{Map, Number, Value, json};

use crate::family::{Family, may_be_refused};

/// Keys that some stores misinterpret, and that a server has to keep all the same.
static KEYS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    use Family::{DottedKeys, LibraryKeys, NameStyles, NormalForms, NumericKeys, ProtocolKeys, StoreKeys};
    let families = [StoreKeys, LibraryKeys, ProtocolKeys, NameStyles, DottedKeys, NumericKeys, NormalForms];
    families.into_iter().flat_map(Family::texts).chain(["", " "]).filter(|key| !may_be_refused(key)).collect()
});

/// Any JSON value with at most that depth.
pub fn value(rng: &mut impl rand::Rng, depth: u32) -> Value {
    match rng.random_range(0..if depth == 0 { 8 } else { 13 }) {
        0 => Value::Null,
        1 => json!(rng.random::<bool>()),
        2 | 4 => Family::EdgeNumbers.values()[rng.random_range(0..Family::EdgeNumbers.values().len())].clone(),
        3 => json!(rng.random_range(-9_007_199_254_740_991_i64..=9_007_199_254_740_991)),
        5 => any_double(rng),
        6 | 7 => json!(text(rng, 12)),
        8..=10 => Value::Array((0..rng.random_range(0..5)).map(|_| value(rng, depth - 1)).collect()),
        _ => {
            let fields = (0..rng.random_range(0..6)).map(|_| (key(rng), value(rng, depth - 1)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}

/// A value that is large in one way: long, wide or deep.
pub fn large(rng: &mut impl rand::Rng) -> Value {
    match rng.random_range(0..4) {
        0 => json!(text(rng, 8_000)),
        1 => Value::Array((0..rng.random_range(100..400)).map(|_| value(rng, 0)).collect()),
        2 => Value::Object(
            (0..rng.random_range(100..400)).map(|n| (format!("{n}{}", key(rng)), value(rng, 0))).collect(),
        ),
        _ => (0..rng.random_range(20..40)).fold(value(rng, 0), |inner, _| {
            if rng.random() { json!([inner, value(rng, 0)]) } else { json!({key(rng): inner}) }
        }),
    }
}

/// Any text of at most so many characters, without NUL, which a server may refuse.
pub fn text(rng: &mut impl rand::Rng, longest: usize) -> String {
    let length = rng.random_range(0..=longest);
    let any_char = |_| {
        let planes = [
            1..0x20,
            0x20..0x80,
            0x80..0x800,
            0x800..0xd800,
            0xe000..0xfdd0,
            0xff00..0xfffe,
            0x1_0000..0x1_fffe,
            0x2_0000..0x2_fffe,
            0xf_0000..0xf_fffe,
        ];
        let plane = planes[rng.random_range(0..planes.len())].clone();
        char::from_u32(rng.random_range(plane)).unwrap_or('x')
    };
    (0..length).map(any_char).collect()
}

/// A key that is not hostile (`http.hostile-keys` is about those that are).
fn key(rng: &mut impl rand::Rng) -> String {
    if rng.random_range(0..4) == 0 { KEYS[rng.random_range(0..KEYS.len())].to_owned() } else { text(rng, 8) }
}

fn any_double(rng: &mut impl rand::Rng) -> Value {
    let double = f64::from_bits(rng.random());
    Number::from_f64(double).map_or(json!(0.25), Value::Number)
}

/// The same value written differently: with white space, escapes, keys in another order and, inside payloads, other forms
/// of numbers. Outside of payloads a server may require integers and refuse `5.0`.
pub fn spelled(rng: &mut impl rand::Rng, value: &Value) -> String {
    spelled_at(rng, value, false)
}

fn spelled_at(rng: &mut impl rand::Rng, value: &Value, in_payload: bool) -> String {
    let blank = ["", "", " ", "\n", "\t ", "\r\n"][rng.random_range(0..6)];
    let written = match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| spelled_at(rng, item, in_payload)).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(fields) => {
            let mut fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| {
                    let value = spelled_at(rng, value, in_payload || name == "payload");
                    format!("{}:{value}", spelled_text(rng, name))
                })
                .collect();
            if rng.random() {
                fields.reverse();
            }
            format!("{{{}}}", fields.join(","))
        }
        Value::String(text) => spelled_text(rng, text),
        Value::Number(number) if in_payload => spelled_number(rng, number),
        other => other.to_string(),
    };
    format!("{blank}{written}{blank}")
}

fn spelled_text(rng: &mut impl rand::Rng, text: &str) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        let must = c < ' ' || c == '"' || c == '\\';
        if c == '/' && rng.random() {
            written.push_str("\\/");
        } else if must || rng.random_range(0..3) == 0 {
            for unit in c.encode_utf16(&mut [0; 2]) {
                written.push_str(&if rng.random() { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") });
            }
        } else {
            written.push(c);
        }
    }
    written.push('"');
    written
}

/// Rewrites only small integers, for which every form is exact everywhere.
fn spelled_number(rng: &mut impl rand::Rng, number: &Number) -> String {
    match number.as_i64().filter(|integer| integer.abs() < 1_000_000 && *integer != 0) {
        Some(integer) => match rng.random_range(0..4) {
            0 => format!("{integer}.0"),
            1 => format!("{integer}e0"),
            2 => format!("{integer}00E-2"),
            _ => integer.to_string(),
        },
        None => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::ChaCha8Rng;
    use serde_json::{Value, json};

    use super::{spelled, value};
    use crate::json::same_json;

    #[test]
    fn another_spelling_is_the_same_value() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for _ in 0..500 {
            let value = json!({"clock": 5, "payload": value(&mut rng, 5)});
            let spelled = spelled(&mut rng, &value);
            let read: Value = serde_json::from_str(&spelled).expect(&spelled);
            assert!(same_json(&value, &read), "{value} as {spelled}");
        }
    }
}
