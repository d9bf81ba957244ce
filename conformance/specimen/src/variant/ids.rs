//! Ids in other forms: as numbers, with a prefix, and with characters that a path has to escape.

use super::super::shape::Object;
use super::freedom::{Freedom, Freedoms};
use serde_json::Value;
use syncproof_protocol::simulation;

/// The fields that hold an id that the server made.
const FIELDS: [&str; 3] = ["id", "userId", "workspaceId"];

/// A new id that cannot be guessed (`workspace.ids-unguessable`). `kind` is the prefix for variants that have one.
pub(in super::super) fn fresh_id(freedoms: Freedoms, kind: &str) -> String {
    let random = simulation::uuid();
    if freedoms.take(Freedom::IdsAsNumbers) {
        // The top bit makes it 19 or 20 digits long, so that it is never confused with a small number.
        let (high, low) = random.as_u64_pair();
        return (high.rotate_left(32) ^ low | 1 << 63).to_string();
    }
    if freedoms.take(Freedom::IdsWithPrefix) {
        return format!("{kind}_{}", random.simple());
    }
    if freedoms.take(Freedom::IdsToEscape) {
        return format!("{kind}:é/{}+?#% &", random.simple());
    }
    random.to_string()
}

/// Turns the numeric ids of a request into text, as the model keeps them. On such a server, text is not accepted as an id.
pub(in super::super) fn numeric_ids_to_text(freedoms: Freedoms, body: &mut Object) {
    if !freedoms.take(Freedom::IdsAsNumbers) {
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
        // Null is refused as an id later.
        _ => Value::Null,
    };
}

/// Turns the ids of an answer into numbers.
pub(super) fn ids_to_numbers(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object.iter_mut() {
                let number = value.as_str().and_then(|text| text.parse::<u64>().ok());
                match number.filter(|_| FIELDS.contains(&name.as_str())) {
                    Some(number) => *value = Value::from(number),
                    None if ["payload", "winner", "stamp"].contains(&name.as_str()) => {}
                    None => ids_to_numbers(value),
                }
            }
        }
        Value::Array(array) => array.iter_mut().for_each(ids_to_numbers),
        _ => {}
    }
}
