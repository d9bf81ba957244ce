//! Payloads as wrong servers keep them, and text as they fold it.

use super::switch::Switch;
use crate::model::{Op, TABLES};
use serde_json::{Map, Number, Value};

/// How many bytes an op's payload has.
pub(super) fn bytes(op: &Op) -> usize {
    op.payload.as_ref().map_or(0, |payload| payload.to_string().len())
}

/// The payload as the log of this mutant keeps it.
pub(super) fn kept(switch: Switch, given: &Value) -> Value {
    match switch {
        Switch::UnknownFieldsDropped => retain(given, |field, _| is_typed(field)),
        Switch::NullFieldsDropped => retain(given, |_, value| !value.is_null()),
        Switch::ProtoFieldsDropped => retain(given, |field, _| field != "__proto__" && field != "constructor"),
        Switch::NumbersThroughF32
        | Switch::IntegersIn32Bits
        | Switch::EmptyTextIsNull
        | Switch::AstralReplaced
        | Switch::TextTrimmed
        | Switch::MarkupEscaped
        | Switch::TextComposed
        | Switch::BoolsAsIntegers => leaves(switch, given),
        Switch::NestedNumbersThroughF32
        | Switch::EmptyKeysDropped
        | Switch::SubnormalsFlushed
        | Switch::DeepValuesCut
        | Switch::LongTextCut
        | Switch::EscapesUndone => super::nested::kept(switch, given, 0, false),
        _ => given.clone(),
    }
}

/// The object without some of its fields.
fn retain(given: &Value, keep: impl Fn(&str, &Value) -> bool) -> Value {
    let Value::Object(object) = given else {
        return given.clone();
    };
    let fields = object.iter().filter(|(field, value)| keep(field, value));
    Value::Object(fields.map(|(field, value)| (field.clone(), value.clone())).collect::<Map<_, _>>())
}

fn is_typed(field: &str) -> bool {
    let mut fields = TABLES.iter().flat_map(|table| table.required.iter().chain(table.optional));
    fields.any(|(name, _)| *name == field)
}

/// The value with every leaf changed. The parser bounds how deep it goes.
fn leaves(switch: Switch, given: &Value) -> Value {
    match given {
        Value::Object(object) => {
            let fields = object.iter().map(|(field, value)| (field.clone(), leaves(switch, value)));
            Value::Object(fields.collect())
        }
        Value::Array(array) => array.iter().map(|value| leaves(switch, value)).collect(),
        Value::Number(number) => leaf_number(switch, number),
        Value::String(text) => leaf_text(switch, text),
        Value::Bool(yes) if switch == Switch::BoolsAsIntegers => Value::from(u8::from(*yes)),
        _ => given.clone(),
    }
}

fn leaf_number(switch: Switch, number: &Number) -> Value {
    let kept = match switch {
        // By way of text, because a narrowing cast would be a lint elsewhere and is the very bug here.
        Switch::NumbersThroughF32 if number.is_f64() => {
            let single: Option<f32> = number.to_string().parse().ok();
            single.and_then(|single| Number::from_f64(f64::from(single)))
        }
        Switch::IntegersIn32Bits => {
            number.as_i64().map(|value| Number::from(value.clamp(i64::from(i32::MIN), i64::from(i32::MAX))))
        }
        _ => None,
    };
    Value::Number(kept.unwrap_or_else(|| number.clone()))
}

fn leaf_text(switch: Switch, text: &str) -> Value {
    match switch {
        Switch::EmptyTextIsNull if text.is_empty() => Value::Null,
        Switch::AstralReplaced => {
            Value::String(text.chars().map(|c| if c > '\u{ffff}' { '\u{fffd}' } else { c }).collect())
        }
        Switch::TextTrimmed => Value::String(text.trim().to_owned()),
        Switch::MarkupEscaped => Value::String(text.replace('<', "&lt;")),
        Switch::TextComposed => Value::String(composed(text)),
        _ => Value::String(text.to_owned()),
    }
}

/// The precomposed letters that tests are likely to try, with what they are composed of.
const COMPOSED: [(char, char, char); 12] = [
    ('a', '\u{308}', 'ä'),
    ('o', '\u{308}', 'ö'),
    ('u', '\u{308}', 'ü'),
    ('e', '\u{301}', 'é'),
    ('a', '\u{301}', 'á'),
    ('o', '\u{301}', 'ó'),
    ('e', '\u{300}', 'è'),
    ('a', '\u{30a}', 'å'),
    ('A', '\u{30a}', 'Å'),
    ('E', '\u{301}', 'É'),
    ('n', '\u{303}', 'ñ'),
    ('c', '\u{327}', 'ç'),
];

/// Text with letters and combining marks made one, as NFC would.
pub(super) fn composed(text: &str) -> String {
    COMPOSED.iter().fold(text.to_owned(), |text, (letter, mark, whole)| {
        text.replace(&format!("{letter}{mark}"), &whole.to_string())
    })
}

/// Text with its accents taken off, as an accent-insensitive collation compares it.
pub(super) fn without_accents(text: &str) -> String {
    let plain = |c: char| COMPOSED.iter().find(|(_, _, whole)| *whole == c).map_or(c, |(letter, _, _)| *letter);
    text.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).map(plain).collect()
}

/// Text with fullwidth letters made narrow, as a width-insensitive collation compares it.
pub(super) fn narrowed(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(narrow).collect()
}
