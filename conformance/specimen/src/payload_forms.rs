//! Payloads as mutants store them that change what has a certain form: texts that look like numbers, names that a store
//! gives a meaning, and what a text holds at one place.

use super::switch::Switch;
use serde_json::{Map, Number, Value};

/// The UTF-16 unit of a text behind which a mutant begins a new part of it.
const PART: usize = 254;

/// The value as this mutant stores it at this level of a payload. The parser bounds the recursion.
pub(super) fn kept(switch: Switch, given: &Value, level: usize) -> Value {
    match given {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), kept(switch, value, level + 1)));
            as_stored(switch, fields.collect(), level)
        }
        Value::Array(items) => items.iter().map(|item| kept(switch, item, level + 1)).collect(),
        Value::String(text) => Value::String(kept_text(switch, text)),
        Value::Number(number) if switch == Switch::DoublesOf15Digits && number.is_f64() => {
            let rounded = number.as_f64().and_then(|double| format!("{double:.14e}").parse::<f64>().ok());
            Value::Number(rounded.and_then(Number::from_f64).unwrap_or_else(|| number.clone()))
        }
        _ => given.clone(),
    }
}

fn as_stored(switch: Switch, mut fields: Map<String, Value>, level: usize) -> Value {
    match switch {
        Switch::NumericKeysAsList if level > 0 && counts_up(&fields) => {
            return (0..fields.len()).filter_map(|place| fields.remove(&place.to_string())).collect();
        }
        Switch::EmptyContainersDropped if level > 0 => fields.retain(|_, value| !is_empty(value)),
        Switch::DottedKeysNested if level == 0 => {
            let dotted: Vec<String> = fields.keys().filter(|name| halves(name).is_some()).cloned().collect();
            for name in dotted {
                let Some((outer, inner)) = halves(&name).filter(|(outer, _)| !fields.contains_key(*outer)) else {
                    continue;
                };
                let value = fields.remove(&name).unwrap_or_default();
                fields.insert(outer.to_owned(), Value::Object(Map::from_iter([(inner.to_owned(), value)])));
            }
        }
        _ => {}
    }
    Value::Object(fields)
}

fn counts_up(fields: &Map<String, Value>) -> bool {
    !fields.is_empty() && (0..fields.len()).all(|place| fields.contains_key(&place.to_string()))
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
}

/// What stands before and behind the first dot of a name.
fn halves(name: &str) -> Option<(&str, &str)> {
    name.split_once('.').filter(|(outer, inner)| !outer.is_empty() && !inner.is_empty())
}

fn kept_text(switch: Switch, text: &str) -> String {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match switch {
        Switch::LeadingZerosLost if is_digits => {
            let rest = text.trim_start_matches('0');
            if rest.is_empty() { "0".to_owned() } else { rest.to_owned() }
        }
        Switch::ExponentTextsExpanded if text.contains(['e', 'E']) => as_number(text),
        Switch::NulInPayloadDropped => text.replace('\0', ""),
        Switch::AstralAt255Replaced => {
            let mut unit = 0;
            let changed = |c: char| {
                let at = unit;
                unit += c.len_utf16();
                if at == PART && c.len_utf16() == 2 { '\u{fffd}' } else { c }
            };
            text.chars().map(changed).collect()
        }
        _ => text.to_owned(),
    }
}

/// A text that is a decimal number as a column without a type of its own gives it back; any other text as it is.
pub(super) fn as_number(text: &str) -> String {
    let looks_like_one = text.starts_with(|c: char| c.is_ascii_digit()) && text.ends_with(|c: char| c.is_ascii_digit());
    let number = text.parse::<f64>().ok().filter(|number| looks_like_one && number.is_finite());
    number.map_or_else(|| text.to_owned(), |number| number.to_string())
}

/// Whether a text within the value is one for which `counts` is true.
pub(super) fn has_text(value: &Value, counts: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => counts(text),
        Value::Array(items) => items.iter().any(|item| has_text(item, counts)),
        Value::Object(fields) => fields.values().any(|value| has_text(value, counts)),
        _ => false,
    }
}

/// Whether a name within the value begins with a dollar sign.
pub(super) fn has_dollar_name(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_dollar_name),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.starts_with('$') || has_dollar_name(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{as_number, kept};
    use crate::switch::Switch;
    use serde_json::json;

    #[test]
    fn only_what_reads_as_a_number_is_taken_for_one() {
        assert_eq!([as_number("007"), as_number("1e3"), as_number("1.50")], ["7", "1000", "1.5"]);
        for other in ["", "e3", "0x1f", "1e999", "12 ", "-5", "1_000", "inf"] {
            assert_eq!(as_number(other), other);
        }
    }

    #[test]
    fn forms_are_changed_where_they_stand() {
        let given = json!({"a.b": 1, "v": {"0": "x", "1": {}, "name": "y"}, "w": {"0": 1}});
        let nested = json!({"a": {"b": 1}, "v": {"0": "x", "1": {}, "name": "y"}, "w": {"0": 1}});
        assert_eq!(kept(Switch::DottedKeysNested, &given, 0), nested);
        let listed = json!({"a.b": 1, "v": {"0": "x", "1": {}, "name": "y"}, "w": [1]});
        assert_eq!(kept(Switch::NumericKeysAsList, &given, 0), listed);
        let without = json!({"a.b": 1, "v": {"0": "x", "name": "y"}, "w": {"0": 1}});
        assert_eq!(kept(Switch::EmptyContainersDropped, &given, 0), without);
        let long = format!("{}\u{1f600}", "x".repeat(254));
        assert_eq!(kept(Switch::AstralAt255Replaced, &json!(long), 1), json!(long.replace('\u{1f600}', "\u{fffd}")));
    }
}
