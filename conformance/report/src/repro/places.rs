//! The positions of values in JSON, as paths for jq.

use serde_json::Value;

/// Names of fields with ids of the server: there even a short text or a number is an id.
pub(super) const ID_FIELDS: &[&str] = &["id", "workspaceId", "userId", "snapshotId", "nextPageToken"];
/// How many values of one answer are examined.
const MAX_LEAVES: usize = 5000;

/// A text or a number in an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leaf {
    /// Its path for jq.
    pub(super) path: String,
    /// The name of the field that contains it or its list.
    pub(super) field: String,
    /// The text, or the digits.
    pub(super) text: String,
    /// Whether it is a number.
    pub(super) number: bool,
}

/// Every text and number of a value, in reading order, within a bound.
pub(super) fn leaves(value: &Value) -> Vec<Leaf> {
    let mut found = Vec::new();
    // Last in, first out: children are pushed backwards, so that they come out in order.
    let mut open = vec![(String::new(), String::new(), value)];
    while let Some((path, field, value)) = open.pop() {
        if found.len() >= MAX_LEAVES {
            break;
        }
        match value {
            Value::String(text) => found.push(leaf(path, field, text.clone(), false)),
            Value::Number(number) => found.push(leaf(path, field, number.to_string(), true)),
            Value::Array(items) => {
                open.extend(
                    items.iter().enumerate().rev().map(|(at, item)| (format!("{path}[{at}]"), field.clone(), item)),
                );
            }
            Value::Object(fields) => {
                open.extend(
                    fields.iter().rev().map(|(name, value)| (format!("{path}[{}]", quoted(name)), name.clone(), value)),
                );
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
    found
}

fn leaf(path: String, field: String, text: String, number: bool) -> Leaf {
    Leaf { path: format!(".{path}"), field, text, number }
}

/// A text of jq, which is one of JSON.
fn quoted(name: &str) -> String {
    Value::from(name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_leaf_has_a_path() {
        let value = serde_json::json!({"workspaces": [{"id": "w"}, {"id": 7}], "x": null});
        let found: Vec<(String, String)> = leaves(&value).into_iter().map(|leaf| (leaf.path, leaf.text)).collect();
        let expected = [(r#".["workspaces"][0]["id"]"#, "w"), (r#".["workspaces"][1]["id"]"#, "7")];
        assert_eq!(found, expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
    }
}
