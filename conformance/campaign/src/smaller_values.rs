//! Smaller JSON values and texts, for shrinking.

use serde_json::{Map, Value};

/// Lists and objects up to this size are reduced entry by entry.
const MAX_SEARCHED_ENTRIES: usize = 4;

/// How deep entries are reduced. Every candidate is a copy of the whole value, and of a value that is nested a thousand times
/// there would be a thousand.
const MAX_DEPTH: usize = 8;

/// The simplest value.
const ONE: u64 = 1;
/// The simplest name of a field.
const NAME: &str = "a";

/// Values with less content, the smallest first. Each is shorter as text, or has the simplest name in the place of another, so
/// that repeating this comes to an end.
pub(super) fn less(value: &Value) -> Vec<Value> {
    less_to(MAX_DEPTH, value)
}

fn less_to(depth: usize, value: &Value) -> Vec<Value> {
    let one = Value::from(ONE);
    let mut found = Vec::new();
    match value {
        // Where it is nested seldom matters.
        Value::Array(values) if values.len() == 1 => found.extend(values.iter().cloned()),
        Value::Object(fields) if fields.len() == 1 => found.extend(fields.values().cloned()),
        _ => {}
    }
    found.extend((*value != one).then_some(one));
    let Some(depth) = depth.checked_sub(1) else { return found };
    match value {
        Value::Object(fields) => found.extend(less_fields_to(depth, fields).into_iter().map(Value::Object)),
        Value::Array(values) => {
            found.extend(parts(values, |value| less_to(depth, value)).into_iter().map(Value::Array))
        }
        Value::String(text) => found.extend(shorter_texts(text).into_iter().map(Value::String)),
        _ => {}
    }
    found
}

/// Fewer fields, or fields with simpler names and values.
pub(super) fn less_fields(fields: &Map<String, Value>) -> Vec<Map<String, Value>> {
    less_fields_to(MAX_DEPTH, fields)
}

fn less_fields_to(depth: usize, fields: &Map<String, Value>) -> Vec<Map<String, Value>> {
    let entries: Vec<(String, Value)> = fields.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let within = |(name, value): &(String, Value)| {
        let simplest = (!name.is_empty() && !fields.contains_key(NAME)).then(|| NAME.to_owned());
        let names =
            simplest.into_iter().chain(shorter_texts(name).into_iter().filter(|name| !fields.contains_key(name)));
        let renamed = names.map(|name| (name, value.clone()));
        renamed.chain(less_to(depth, value).into_iter().map(|value| (name.clone(), value))).collect::<Vec<_>>()
    };
    parts(&entries, within).into_iter().map(Map::from_iter).collect()
}

/// The text without one of its halves, or without one of a few characters.
pub(super) fn shorter_texts(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    parts(&letters, |_| Vec::new()).into_iter().map(|part| part.into_iter().collect()).collect()
}

fn parts<T: Clone>(whole: &[T], less: impl Fn(&T) -> Vec<T>) -> Vec<Vec<T>> {
    let mut found = Vec::new();
    if whole.len() > 1 {
        let (left, right) = whole.split_at(whole.len() / 2);
        found.extend([left.to_vec(), right.to_vec()]);
    }
    if whole.len() > MAX_SEARCHED_ENTRIES {
        return found;
    }
    if whole.len() > 2 {
        for place in 0..whole.len() {
            let mut part = whole.to_vec();
            part.remove(place);
            found.push(part);
        }
    }
    for (place, entry) in whole.iter().enumerate() {
        for smaller in less(entry) {
            let mut part = whole.to_vec();
            part[place] = smaller;
            found.push(part);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_deep_values_there_are_few_candidates() {
        let deep = (0..1000).fold(json!(1), |value, _| json!({"down": [value]}));
        assert!(less(&deep).len() < 100, "{}", less(&deep).len());
    }

    #[test]
    fn a_needle_is_found_in_few_tries() {
        let mut value: Value = (0..500).map(|number| (format!("field {number}"), json!("straw"))).collect();
        value["field 321"] = json!({"deep": [1, 2, "a text with a \u{0} in it", 4], "other": 1});
        let has_needle = |value: &Value| value.to_string().contains("u0000");
        let mut tries = 0;
        while let Some(smaller) = less(&value).into_iter().find(|smaller| {
            tries += 1;
            has_needle(smaller)
        }) {
            assert!(smaller.to_string().len() <= value.to_string().len());
            value = smaller;
        }
        assert_eq!(value, json!("\u{0}"));
        assert!(tries < 100, "{tries}");
    }
}
