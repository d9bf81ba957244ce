//! Payloads as mutants store them that are wrong about nested values: in arrays, under odd keys, past some size.

use super::switch::Switch;
use serde_json::{Number, Value};

/// How many levels of nesting a mutant stores.
const LEVELS: usize = 6;
/// How many characters of a text a mutant stores.
const CHARACTERS: usize = 4096;

/// The value as this mutant stores it at this level of the payload. The parser bounds the recursion.
pub(super) fn kept(switch: Switch, given: &Value, level: usize, in_array: bool) -> Value {
    match given {
        Value::Object(_) | Value::Array(_) if switch == Switch::DeepValuesCut && level > LEVELS => Value::Null,
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(name, _)| switch != Switch::EmptyKeysDropped || !name.is_empty());
            Value::Object(
                fields
                    .map(|(name, value)| (kept_name(switch, name, level), kept(switch, value, level + 1, in_array)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(|item| kept(switch, item, level + 1, true)).collect(),
        Value::Number(number) => Value::Number(kept_number(switch, number, in_array).unwrap_or_else(|| number.clone())),
        Value::String(text) if switch == Switch::LongTextCut => Value::String(text.chars().take(CHARACTERS).collect()),
        Value::String(text) if switch == Switch::EscapesUndone => Value::String(text.replace("\\n", "\n")),
        _ => given.clone(),
    }
}

fn kept_name(switch: Switch, name: &str, level: usize) -> String {
    match switch {
        Switch::LongKeysCut => name.chars().take(63).collect(),
        Switch::NestedKeysCamelled if level > 0 => {
            let mut words = name.split('_');
            let first = words.next().unwrap_or_default().to_owned();
            words.fold(first, |whole, word| {
                let mut letters = word.chars();
                let capital = letters.next().map(|letter| letter.to_ascii_uppercase());
                whole + &capital.into_iter().chain(letters).collect::<String>()
            })
        }
        _ => name.to_owned(),
    }
}

fn kept_number(switch: Switch, number: &Number, in_array: bool) -> Option<Number> {
    let double = number.as_f64().filter(|_| number.is_f64())?;
    match switch {
        Switch::NestedNumbersThroughF32 if in_array => through_f32(number),
        Switch::SubnormalsFlushed if double.is_subnormal() => Some(Number::from(0)),
        _ => None,
    }
}

/// The number with the precision of 32 bits. It goes through text, because clippy refuses a narrowing cast, which is the
/// bug that these mutants have.
pub(super) fn through_f32(number: &Number) -> Option<Number> {
    number.to_string().parse::<f32>().ok().and_then(|single| Number::from_f64(f64::from(single)))
}
