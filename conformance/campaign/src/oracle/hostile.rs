//! What a server may refuse for its own safety: keys and names with a meaning in languages and databases
//! (`http.hostile-keys`), deep nesting (`http.deep-json`), and large requests (`http.body-limit`, `push.large-batch`).

use serde_json::Value;

use syncproof_protocol::family;

/// Nesting that no server has a reason to refuse.
const ALWAYS_ACCEPTED_LEVELS: usize = 32;

/// Every server has to accept a batch of this many ops (`push.large-batch`),
const ALWAYS_ACCEPTED_OPS: usize = 20;
/// and one of this many bytes (`http.body-limit`): frameworks accept at least 100 KB by default.
const ALWAYS_ACCEPTED_OPS_BYTES: usize = 64 * 1024;
/// Every server has to accept a payload of this many bytes. Accepting 256 KiB is a SHOULD (`push.large-payload`).
const ALWAYS_ACCEPTED_BYTES: usize = 16 * 1024;

/// Whether a server may refuse the batch as a whole because of its size.
pub(super) fn is_much<'a>(ops: impl ExactSizeIterator<Item = &'a Value>) -> bool {
    ops.len() > ALWAYS_ACCEPTED_OPS || ops.map(bytes).sum::<usize>() > ALWAYS_ACCEPTED_OPS_BYTES
}

/// The length of the value as JSON, without escapes.
fn bytes(value: &Value) -> usize {
    let mut total = 0;
    let mut left = vec![value];
    while let Some(value) = left.pop() {
        total += match value {
            Value::String(text) => text.len() + 3,
            Value::Array(values) => {
                left.extend(values);
                3
            }
            Value::Object(fields) => {
                left.extend(fields.values());
                fields.keys().map(|name| name.len() + 3).sum::<usize>() + 3
            }
            _ => 5,
        };
    }
    total
}

/// Whether a server may refuse that text as a key or a name. What it accepts has to come back unchanged.
pub(super) fn is_hostile(text: &str) -> bool {
    let is_odd = |c: char| c.is_control() || ['\'', '"', ';', '$', '<', '\\'].contains(&c);
    text == "null" || text.contains(is_odd) || text.contains("--") || family::may_be_refused(text)
}

/// Whether a server may refuse that payload.
pub(super) fn may_be_refused(payload: &Value) -> bool {
    if bytes(payload) > ALWAYS_ACCEPTED_BYTES {
        return true;
    }
    let is_odd = |name: &str| name.is_empty() || name.contains('.') || is_hostile(name);
    // Breadth first, level by level: deep values must not deepen the stack.
    let mut level = vec![payload];
    for _ in 0..ALWAYS_ACCEPTED_LEVELS {
        let mut next = Vec::new();
        for value in level {
            match value {
                Value::Array(values) => next.extend(values),
                Value::Object(fields) if fields.keys().any(|name| is_odd(name)) => return true,
                Value::Object(fields) => next.extend(fields.values()),
                // As in a key (`push.text-exact`).
                Value::String(text) if text.contains('\0') => return true,
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
    use syncproof_protocol::family::Family;

    #[test]
    fn what_means_nothing_to_anybody_may_not_be_refused() {
        for plain in ["a", "A ", "é", "%", "a/b", "😀"] {
            assert!(!is_hostile(plain), "{plain}");
        }
        assert!(!may_be_refused(&json!({"a": [1, {"b c": null}]})));
        assert!(may_be_refused(&json!({"a": [{"__proto__": 1}]})) && may_be_refused(&json!({"": 1})));
        let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
        assert!(may_be_refused(&deep));
        assert!(
            !may_be_refused(&json!({"a": "x".repeat(10_000)})) && may_be_refused(&json!({"a": "x".repeat(20_000)}))
        );
    }

    #[test]
    fn what_is_hostile_to_objects_databases_and_pages_may_be_refused() {
        for family in [Family::Prototypes, Family::Sql, Family::Markup] {
            assert!(family.texts().all(is_hostile), "{family:?}");
        }
    }

    #[test]
    fn what_is_much_at_once_may_be_refused() {
        let is_much =
            |length: usize, count: usize| is_much(vec![json!({"payload": {"a": "x".repeat(length)}}); count].iter());
        assert!(!is_much(10, 20) && is_much(10, 21));
        assert!(!is_much(10_000, 6) && is_much(10_000, 7));
    }
}
