//! Finds the first difference between two JSON values, which failures show.

use serde_json::Value;

use crate::json::same_json;

/// The first place at which two values differ, with the value there on each side; None where a side has no value.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference<'a> {
    /// The place, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// The value there on the left.
    pub left: Option<&'a Value>,
    /// The value there on the right.
    pub right: Option<&'a Value>,
}

/// The first difference in reading order; None when both are the same value.
#[must_use]
pub fn first_difference<'a>(left: &'a Value, right: &'a Value) -> Option<Difference<'a>> {
    if same_json(left, right) {
        return None;
    }
    let mut place = Difference { pointer: String::new(), left: Some(left), right: Some(right) };
    // Each step goes one level down, so the depth of the smaller value bounds the loop.
    while let (Some(left), Some(right)) = (place.left, place.right) {
        let Some((step, left, right)) = step(left, right) else { break };
        place.pointer.push('/');
        place.pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        (place.left, place.right) = (left, right);
    }
    Some(place)
}

type Step<'a> = (String, Option<&'a Value>, Option<&'a Value>);

/// One level down, towards the first difference.
fn step<'a>(left: &'a Value, right: &'a Value) -> Option<Step<'a>> {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => (0..left.len().max(right.len()))
            .map(|index| (index.to_string(), left.get(index), right.get(index)))
            .find(|(_, left, right)| differ(*left, *right)),
        (Value::Object(left), Value::Object(right)) => left
            .keys()
            .chain(right.keys().filter(|key| !left.contains_key(*key)))
            .map(|key| (key.clone(), left.get(key), right.get(key)))
            .find(|(_, left, right)| differ(*left, *right)),
        _ => None,
    }
}

fn differ(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => !same_json(left, right),
        _ => true,
    }
}

/// A value to compare by eye: shortened, and with everything escaped that is not ASCII, since texts that look alike may
/// differ.
#[must_use]
pub fn shown(value: Option<&Value>) -> String {
    const SHOWN_CHARS: usize = 300;
    let Some(value) = value else { return "nothing".to_owned() };
    let text = value.to_string();
    let mut shown = String::new();
    for (count, letter) in text.chars().enumerate() {
        if count == SHOWN_CHARS {
            shown.push_str(&format!("… ({} characters)", text.chars().count()));
            break;
        }
        if letter.is_ascii() {
            shown.push(letter);
        } else {
            shown.extend(letter.escape_unicode());
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(left: &Value, right: &Value) -> Option<(String, String, String)> {
        first_difference(left, right).map(|place| (place.pointer.clone(), shown(place.left), shown(place.right)))
    }

    #[test]
    fn the_first_difference_is_found_however_deep() {
        let left = json!([{"a": 1}, {"b": {"c": [1, 2, 3]}}]);
        let right = json!([{"a": 1.0}, {"b": {"c": [1, 9, 3]}}]);
        assert_eq!(at(&left, &right), Some(("/1/b/c/1".into(), "2".into(), "9".into())));
        assert_eq!(at(&left, &left), None);
    }

    #[test]
    fn what_is_missing_is_nothing() {
        assert_eq!(at(&json!([1]), &json!([1, 2])), Some(("/1".into(), "nothing".into(), "2".into())));
        assert_eq!(at(&json!({"a/b": null}), &json!({})), Some(("/a~1b".into(), "null".into(), "nothing".into())));
        assert_eq!(at(&json!(1), &json!("1")), Some((String::new(), "1".into(), "\"1\"".into())));
    }

    #[test]
    fn texts_that_look_alike_are_shown_differently() {
        let (_, left, right) = at(&json!("é"), &json!("e\u{301}")).expect("a difference");
        assert_eq!((left.as_str(), right.as_str()), ("\"\\u{e9}\"", "\"e\\u{301}\""));
    }
}
