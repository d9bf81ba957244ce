//! Payloads as mutants store them to which some keys mean something.

use super::payload::composed;
use super::switch::Switch;
use serde_json::{Map, Value, json};

/// The mutants of this file.
pub(super) const ALL: &[Switch] = &[
    Switch::DottedKeysNest,
    Switch::DollarKeysDropped,
    Switch::UnderscoreKeysDropped,
    Switch::ToJsonCalled,
    Switch::ThenAwaited,
    Switch::LengthMakesList,
    Switch::NumericKeysMakeList,
    Switch::PayloadKeysComposed,
    Switch::PayloadKeysTrimmed,
    Switch::PayloadKeysLowered,
    Switch::RevisionKeysSet,
    Switch::NestedEmptiesDropped,
    Switch::NestedFalsyDropped,
    Switch::TextsParsed,
    Switch::NestedTypeDropped,
];

/// The value as this mutant stores it at this level. The parser bounds the recursion.
pub(super) fn kept(switch: Switch, given: &Value, level: usize) -> Value {
    match given {
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(name, value)| !is_dropped(switch, name, value, level));
            let mut kept_fields = Map::new();
            for (name, value) in fields {
                put(switch, &mut kept_fields, name, kept(switch, value, level + 1));
            }
            meant(switch, kept_fields, level)
        }
        Value::Array(items) => items.iter().map(|item| kept(switch, item, level + 1)).collect(),
        Value::String(text) if switch == Switch::TextsParsed && level > 1 => {
            serde_json::from_str(text).ok().filter(|value: &Value| !value.is_string()).unwrap_or_else(|| given.clone())
        }
        _ => given.clone(),
    }
}

fn is_dropped(switch: Switch, name: &str, value: &Value, level: usize) -> bool {
    match switch {
        Switch::DollarKeysDropped => name.starts_with('$'),
        Switch::UnderscoreKeysDropped => name.starts_with('_'),
        Switch::NestedTypeDropped => level > 0 && ["__typename", "@type"].contains(&name),
        Switch::NestedEmptiesDropped => level > 0 && [json!([]), json!({})].contains(value),
        Switch::NestedFalsyDropped => level > 0 && [json!(false), json!(0), json!("")].contains(value),
        _ => false,
    }
}

/// Puts a field under its name, or where the mutant takes the name to lead.
fn put(switch: Switch, fields: &mut Map<String, Value>, name: &str, value: Value) {
    let name = match switch {
        Switch::PayloadKeysComposed => composed(name),
        Switch::PayloadKeysTrimmed => name.trim().to_owned(),
        Switch::PayloadKeysLowered => name.to_lowercase(),
        Switch::DottedKeysNest => {
            if let Some((outer, inner)) =
                name.split_once('.').filter(|(outer, inner)| !outer.is_empty() && !inner.is_empty())
            {
                let place = fields.entry(outer).or_insert_with(|| json!({}));
                if let Value::Object(object) = place {
                    object.insert(inner.to_owned(), value);
                    return;
                }
            }
            name.to_owned()
        }
        _ => name.to_owned(),
    };
    fields.insert(name, value);
}

/// What the mutant takes an object for.
fn meant(switch: Switch, mut fields: Map<String, Value>, level: usize) -> Value {
    match switch {
        Switch::ToJsonCalled if level > 0 && fields.contains_key("toJSON") => Value::Null,
        Switch::ThenAwaited => {
            fields.remove("then");
            Value::Object(fields)
        }
        Switch::LengthMakesList if level > 0 && fields.get("length").is_some_and(Value::is_number) => json!([]),
        Switch::NumericKeysMakeList
            if level > 0 && !fields.is_empty() && fields.keys().all(|name| name.parse::<u32>().is_ok()) =>
        {
            fields.into_iter().map(|(_, value)| value).collect()
        }
        Switch::RevisionKeysSet => {
            for name in ["_rev", "_version", "_v"] {
                fields.entry(name).and_modify(|value| *value = json!(1));
            }
            Value::Object(fields)
        }
        _ => Value::Object(fields),
    }
}
