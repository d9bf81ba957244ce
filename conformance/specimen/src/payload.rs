//! Payloads as mutants store them, and text as they normalise it.

use super::switch::Switch;
use super::{named_twice, nested, payload_forms};
use serde_json::{Map, Number, Value};
use syncproof_model::Op;
use syncproof_protocol::json::compact_length;
use syncproof_protocol::table::{FieldType, TABLES};

/// The size of an op's payload in bytes.
pub(super) fn bytes(op: &Op) -> usize {
    op.payload.as_deref().map_or(0, compact_length)
}

/// The payload as this mutant stores it in the log.
pub(super) fn kept(switch: Switch, given: Value) -> Value {
    match switch {
        Switch::UnknownFieldsDropped => retain(&given, |field, _| is_typed(field)),
        Switch::NullFieldsDropped => retain(&given, |_, value| !value.is_null()),
        Switch::ProtoFieldsDropped => retain(&given, |field, _| field != "__proto__" && field != "constructor"),
        Switch::NumbersThroughF32
        | Switch::IntegersIn32Bits
        | Switch::EmptyTextIsNull
        | Switch::AstralReplaced
        | Switch::TextTrimmed
        | Switch::MarkupEscaped
        | Switch::TextComposed
        | Switch::BoolsAsIntegers => leaves(switch, &given),
        Switch::FirstNamedFieldChecked => named_twice::last(given),
        Switch::FirstNamedScopeChecked => named_twice::first(given),
        Switch::OwnWorkspaceIdDropped => retain(&given, |field, _| field != "workspace_id"),
        Switch::TitlesCut
        | Switch::SizesIn32Bits
        | Switch::TimesTruncated
        | Switch::HashesLowered
        | Switch::WordsLowered
        | Switch::IsoTimesRewritten => by_field(switch, &given),
        Switch::NestedNumbersThroughF32
        | Switch::EmptyKeysDropped
        | Switch::SubnormalsFlushed
        | Switch::DeepValuesCut
        | Switch::LongTextCut
        | Switch::NestedKeysCamelled
        | Switch::LongKeysCut
        | Switch::EscapesUndone => nested::kept(switch, &given, 0, false),
        Switch::LeadingZerosLost
        | Switch::ExponentTextsExpanded
        | Switch::NulInPayloadDropped
        | Switch::AstralAt255Replaced
        | Switch::NumericKeysAsList
        | Switch::EmptyContainersDropped
        | Switch::DoublesOf15Digits
        | Switch::DottedKeysNested => payload_forms::kept(switch, &given, 0),
        _ => given,
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

/// The payload with its fields changed according to their names.
fn by_field(switch: Switch, given: &Value) -> Value {
    const WORDS: [&str; 5] = ["status", "role", "kind", "type", "post_type"];
    const MOST: i64 = 2_147_483_647;
    let Value::Object(object) = given else {
        return given.clone();
    };
    let kept = |name: &str, value: &Value| match (switch, value) {
        (Switch::TitlesCut, Value::String(text)) if ["title", "name"].contains(&name) => {
            Value::String(text.chars().take(255).collect())
        }
        (Switch::SizesIn32Bits, Value::Number(size)) if name == "size_bytes" => {
            size.as_i64().map_or_else(|| value.clone(), |size| Value::from(size.min(MOST)))
        }
        (Switch::TimesTruncated, Value::Number(time)) if name.ends_with("_at") && time.is_f64() => {
            time.as_f64().and_then(|time| Number::from_f64(time.trunc())).map_or_else(|| value.clone(), Value::Number)
        }
        (Switch::HashesLowered, Value::String(text)) if name == "hash" => Value::String(text.to_lowercase()),
        (Switch::WordsLowered, Value::String(text)) if WORDS.contains(&name) => Value::String(text.to_lowercase()),
        (Switch::IsoTimesRewritten, Value::String(text)) => Value::String(with_offset(text)),
        _ => value.clone(),
    };
    Value::Object(object.iter().map(|(name, value)| (name.clone(), kept(name, value))).collect())
}

/// A time in UTC as some libraries rewrite it.
fn with_offset(text: &str) -> String {
    let is_time = text.len() >= 20 && text.starts_with(|c: char| c.is_ascii_digit()) && text.get(10..11) == Some("T");
    text.strip_suffix('Z').filter(|_| is_time).map_or_else(|| text.to_owned(), |time| format!("{time}+00:00"))
}

/// Whether the payload has a negative number in a number field of its table.
pub(super) fn has_negative(op: &Op) -> bool {
    let known = TABLES.iter().find(|table| table.name == op.table);
    let mut fields = known.into_iter().flat_map(|table| table.fields());
    fields.any(|(field, kind)| {
        let number = op.payload.as_ref().and_then(|payload| payload.get(field)).and_then(Value::as_f64);
        kind == FieldType::Number && number.is_some_and(|number| number < 0.0)
    })
}

/// Whether the payload is a list of name-value pairs.
pub(super) fn is_pairs(op: &Op) -> bool {
    let is_pair = |pair: &Value| pair.as_array().is_some_and(|pair| pair.len() == 2 && pair[0].is_string());
    let pairs = op.payload.as_deref().and_then(Value::as_array);
    pairs.is_some_and(|pairs| !pairs.is_empty() && pairs.iter().all(is_pair))
}

/// Text that is percent-decoded.
pub(super) fn unquoted(text: &str) -> String {
    let mut parts = text.split('%');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(u8::is_ascii);
        match code {
            Some(code) => {
                whole.push(char::from(code));
                whole.push_str(&part[2..]);
            }
            None => {
                whole.push('%');
                whole.push_str(part);
            }
        }
    }
    whole
}

fn is_typed(field: &str) -> bool {
    let mut fields = TABLES.iter().flat_map(|table| table.fields());
    fields.any(|(name, _)| name == field)
}

/// The value with every leaf changed. The parser bounds the recursion.
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
        Switch::NumbersThroughF32 if number.is_f64() => nested::through_f32(number),
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

/// Precomposed letters that tests are likely to use, with their decomposition.
const COMPOSED: [(char, char, char); 13] = [
    ('a', '\u{308}', 'ä'),
    ('o', '\u{308}', 'ö'),
    ('u', '\u{308}', 'ü'),
    ('e', '\u{301}', 'é'),
    ('a', '\u{301}', 'á'),
    ('o', '\u{301}', 'ó'),
    ('e', '\u{300}', 'è'),
    ('a', '\u{30a}', 'å'),
    ('A', '\u{30a}', 'Å'),
    ('A', '\u{301}', 'Á'),
    ('E', '\u{301}', 'É'),
    ('n', '\u{303}', 'ñ'),
    ('c', '\u{327}', 'ç'),
];

/// Text with letters and combining marks composed, as in NFC.
pub(super) fn composed(text: &str) -> String {
    COMPOSED.iter().fold(text.to_owned(), |text, (letter, mark, whole)| {
        text.replace(&format!("{letter}{mark}"), &whole.to_string())
    })
}

/// Text without its accents, as an accent-insensitive collation compares it.
pub(super) fn without_accents(text: &str) -> String {
    let plain = |c: char| COMPOSED.iter().find(|(_, _, whole)| *whole == c).map_or(c, |(letter, _, _)| *letter);
    text.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).map(plain).collect()
}

/// Text with fullwidth letters as narrow ones, as a width-insensitive collation compares it.
pub(super) fn narrowed(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(narrow).collect()
}
