//! What a server may refuse for its own safety: keys and names that mean something to languages and databases
//! (`http.hostile-keys`), and deep nesting (`http.deep-json`).

use serde_json::Value;

/// Words of prototypes.
const WORDS: [&str; 8] =
    ["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "__defineGetter__", "null"];

/// Nesting that no server has a reason to refuse.
const FEW_LEVELS: usize = 32;

/// Whether a server may refuse that text as a key or a name. What it takes has to come back as it came.
pub(super) fn is_hostile(text: &str) -> bool {
    WORDS.contains(&text) || text.contains(['\0', '\'', '"', ';', '$', '<', '\\']) || text.contains("--")
}

/// Whether it may refuse a payload with that in it.
pub(super) fn may_be_refused(payload: &Value) -> bool {
    let is_odd = |name: &str| name.is_empty() || name.contains('.') || is_hostile(name);
    // Breadth first, level by level: deep values must not deepen the stack.
    let mut level = vec![payload];
    for _ in 0..FEW_LEVELS {
        let mut next = Vec::new();
        for value in level {
            match value {
                Value::Array(values) => next.extend(values),
                Value::Object(fields) if fields.keys().any(|name| is_odd(name)) => return true,
                Value::Object(fields) => next.extend(fields.values()),
                _ => {}
            }
        }
        if next.is_empty() {
            return false;
        }
        level = next;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_means_nothing_to_anybody_may_not_be_refused() {
        for plain in ["a", "A ", "é", "%", "a/b", "😀"] {
            assert!(!is_hostile(plain), "{plain}");
        }
        assert!(!may_be_refused(&json!({"a": [1, {"b c": null}]})));
        assert!(may_be_refused(&json!({"a": [{"__proto__": 1}]})) && may_be_refused(&json!({"": 1})));
        let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
        assert!(may_be_refused(&deep));
    }
}
