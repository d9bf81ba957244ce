//! Ids in other forms: numbers, with a prefix, and such that a path has to escape them.

use super::super::shape::Object;
use super::freedom::{Freedom, Freedoms};
use serde_json::Value;
use uuid::Uuid;

/// The fields that hold an id of the server's.
const FIELDS: [&str; 3] = ["id", "userId", "workspaceId"];

/// A new id that cannot be guessed (`workspace.ids-unguessable`). `kind` is a short word for what it names.
pub(in super::super) fn fresh_id(freedoms: Freedoms, kind: &str) -> String {
    let random = Uuid::new_v4();
    if freedoms.take(Freedom::NumericIds) {
        // Of all 20 digits, so that it is never confused with a small number.
        let (high, low) = random.as_u64_pair();
        return (high.rotate_left(32) ^ low | 1 << 63).to_string();
    }
    if freedoms.take(Freedom::PrefixedIds) {
        return format!("{kind}_{}", random.simple());
    }
    if freedoms.take(Freedom::IdsToEscape) {
        return format!("{kind}:é/{}+?#% &", random.simple());
    }
    random.to_string()
}

/// A request of a server whose ids are numbers, as the model takes it: with its ids as text. Text is no id there.
pub(in super::super) fn without_numbers(freedoms: Freedoms, body: &mut Object) {
    if !freedoms.take(Freedom::NumericIds) {
        return;
    }
    for field in FIELDS {
        as_text(body, field);
    }
    if let Some(scope) = body.get_mut("scope").and_then(Value::as_object_mut) {
        as_text(scope, "workspaceId");
    }
}

fn as_text(object: &mut Object, field: &str) {
    let Some(value) = object.get_mut(field) else { return };
    *value = match value {
        Value::Number(number) => Value::String(number.to_string()),
        // No type that any reader takes.
        _ => Value::Null,
    };
}

/// An answer with its ids as numbers.
pub(super) fn as_numbers(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object.iter_mut() {
                let number = value.as_str().and_then(|text| text.parse::<u64>().ok());
                match number.filter(|_| FIELDS.contains(&name.as_str())) {
                    Some(number) => *value = Value::from(number),
                    None if ["payload", "winner", "stamp"].contains(&name.as_str()) => {}
                    None => as_numbers(value),
                }
            }
        }
        Value::Array(array) => array.iter_mut().for_each(as_numbers),
        _ => {}
    }
}
