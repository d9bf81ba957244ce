//! Mutations that keep JSON valid. A fuzzer that flips bits hardly ever does, and so never gets past the parser.

use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom as _;
use rand::{Rng, RngExt as _, SeedableRng as _};
use serde_json::{Deserializer, Map, Value, json};

use syncproof_model::MAX_CLOCK;
use syncproof_protocol::json_generator;
use syncproof_protocol::table::TABLES;

/// The most places that one mutation changes.
const MAX_CHANGES: u32 = 3;
/// What some server makes something else of, inside of a text.
const MARKS: [&str; 12] = ["%", "'", "\"", "\\", "\0", "\u{202e}", "😀", "../", "$", ";--", "{}", "\n"];

/// The bytes with another JSON value in the place of the first object or list in them, the same for the same seed; None
/// when nothing in them is one.
#[must_use]
pub fn mutated(bytes: &[u8], seed: u32) -> Option<Vec<u8>> {
    let start = bytes.iter().position(|byte| matches!(byte, b'{' | b'['))?;
    let mut values = Deserializer::from_slice(&bytes[start..]).into_iter::<Value>();
    let mut value = values.next()?.ok()?;
    let end = start + values.byte_offset();
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(seed));
    for _ in 0..rng.random_range(1..=MAX_CHANGES) {
        change(&mut value, &mut rng);
    }
    let text = match rng.random_range(0..4) {
        0 => json_generator::spelled(&mut rng, &value),
        _ => value.to_string(),
    };
    Some([&bytes[..start], text.as_bytes(), &bytes[end..]].concat())
}

/// Changes one place.
fn change(value: &mut Value, rng: &mut impl Rng) {
    let places = count(value);
    let other = nth(value, rng.random_range(0..places)).map(|other| other.clone());
    let Some(place) = nth(value, rng.random_range(0..places)) else { return };
    match rng.random_range(0..6) {
        0 => *place = json_generator::value(rng, 2),
        // The place stays within bounds: nothing is put into itself more than once.
        1 => *place = other.unwrap_or(Value::Null),
        _ => change_value(place, rng),
    }
}

/// Something near to it.
fn change_value(value: &mut Value, rng: &mut impl Rng) {
    match value {
        Value::Null => *value = json!(false),
        Value::Bool(is) => *is = !*is,
        Value::Number(number) => {
            let near = number.as_i64().unwrap_or_default();
            let options = [
                near.wrapping_add(1),
                near.wrapping_sub(1),
                near.wrapping_neg(),
                near.wrapping_mul(2),
                i64::from(i32::MAX).wrapping_add(near),
                MAX_CLOCK.cast_signed().wrapping_sub(near),
                MAX_CLOCK.cast_signed().wrapping_add(near),
                i64::MAX.wrapping_sub(near),
            ];
            *value = json!(options.choose(rng));
        }
        Value::String(text) => {
            let place = (0..=text.len()).filter(|place| text.is_char_boundary(*place)).collect::<Vec<_>>();
            let place = place.choose(rng).copied().unwrap_or(0);
            match rng.random_range(0..4) {
                0 => text.truncate(place),
                1 => *text = TABLES.choose(rng).map_or_else(String::new, |table| table.name.to_owned()),
                _ => text.insert_str(place, MARKS.choose(rng).copied().unwrap_or(" ")),
            }
        }
        Value::Array(values) => {
            if values.is_empty() {
                return values.push(Value::Null);
            }
            let place = rng.random_range(0..values.len());
            if rng.random() {
                values.remove(place);
            } else {
                values.push(values[place].clone());
            }
        }
        Value::Object(fields) => rename(fields, rng),
    }
}

/// Takes a field away, or gives it another name.
fn rename(fields: &mut Map<String, Value>, rng: &mut impl Rng) {
    let names: Vec<String> = fields.keys().cloned().collect();
    let Some(value) = names.choose(rng).and_then(|name| fields.remove(name)) else { return };
    if rng.random() {
        fields
            .insert(names.choose(rng).cloned().unwrap_or_default() + ["", "s", "_"].choose(rng).unwrap_or(&""), value);
    }
}

/// How many values there are in it, with itself.
fn count(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(count).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

/// One of them, in reading order.
fn nth(value: &mut Value, place: usize) -> Option<&mut Value> {
    let Some(mut left) = place.checked_sub(1) else { return Some(value) };
    let mut within: Box<dyn Iterator<Item = &mut Value>> = match value {
        Value::Array(values) => Box::new(values.iter_mut()),
        Value::Object(fields) => Box::new(fields.values_mut()),
        _ => return None,
    };
    within
        .find_map(|value| {
            let size = count(value);
            if left < size {
                return Some((value, left));
            }
            left -= size;
            None
        })
        .and_then(|(value, left)| nth(value, left))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_is_around_the_json_stays_and_the_json_stays_json() {
        let bytes = b"\x05{\"a\":[1,{\"b\":\"words\"}],\"c\":null}\n{}";
        let all: BTreeSet<Vec<u8>> = (0..300).filter_map(|seed| mutated(bytes, seed)).collect();
        assert!(all.len() > 100, "{}", all.len());
        for one in &all {
            let middle = one.strip_prefix(b"\x05").and_then(|rest| rest.strip_suffix(b"\n{}")).unwrap();
            serde_json::from_slice::<Value>(middle).unwrap();
        }
        assert_eq!(mutated(bytes, 7), mutated(bytes, 7));
    }

    #[test]
    fn without_json_there_is_nothing_to_change() {
        for bytes in [&b""[..], b"words", b"\xff{", b"[1"] {
            assert_eq!(mutated(bytes, 1), None);
        }
    }

    #[test]
    fn every_place_is_reached() {
        let mut value = json!({"a": [1, {"b": 2}], "c": 3});
        let numbers: Vec<_> = (0..count(&value)).filter_map(|place| nth(&mut value, place)?.as_u64()).collect();
        assert_eq!(numbers, [1, 2, 3]);
        assert_eq!(nth(&mut value, 6), None);
    }
}
