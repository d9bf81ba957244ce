//! A field in the body of a request: its place, and which values are valid for it.

use serde_json::{Value, json};

/// A field of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its place, as a JSON pointer (RFC 6901).
    pub pointer: &'static str,
    /// The kind of its value.
    pub kind: ValueKind,
    /// Whether a body must have it.
    pub is_required: bool,
}

impl Field {
    pub(super) const fn required(pointer: &'static str, kind: ValueKind) -> Self {
        Field { pointer, kind, is_required: true }
    }

    pub(super) const fn optional(pointer: &'static str, kind: ValueKind) -> Self {
        Field { pointer, kind, is_required: false }
    }

    /// Whether a server must refuse a body with that value there, or without one.
    #[must_use]
    pub fn refuses(&self, value: Option<&Value>) -> bool {
        value.map_or(self.is_required, |value| self.kind.refuses(value))
    }
}

/// The fields that every sync request has.
pub(super) const SCOPE: [Field; 3] = [
    Field::required("/scope", ValueKind::Object),
    Field::required("/scope/workspaceId", ValueKind::WorkspaceId),
    Field::optional("/scope/projectId", ValueKind::Unused),
];

/// The kind of value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// A text.
    Text,
    /// A text or null.
    TextOrNull,
    /// An id: a text, or with some servers a number.
    Id,
    /// The id of the workspace that a sync request is about: an id that is not blank.
    WorkspaceId,
    /// An integer that is at least `min`.
    Count {
        /// The smallest value.
        min: i64,
    },
    /// An integer from 1 to 1000.
    PageSize,
    /// A list of ops.
    List,
    /// An object.
    Object,
    /// A list of names of tables.
    Tables,
    /// A token that the server made.
    PageToken,
    /// A field that a server may ignore.
    Unused,
}

impl ValueKind {
    /// Whether the protocol requires a server to refuse that value because of its type. Null may mean that an optional
    /// field is left out.
    #[must_use]
    pub fn refuses(self, value: &Value) -> bool {
        let is_no_integer_from = |min: i64| match value.as_f64() {
            None => true,
            #[allow(clippy::cast_precision_loss, reason = "the least is 0 or 1")]
            Some(number) => number.fract() != 0.0 || number < min as f64,
        };
        match self {
            ValueKind::Text => !value.is_string(),
            ValueKind::TextOrNull => !value.is_string() && !value.is_null(),
            ValueKind::Id => !value.is_string() && !value.is_number(),
            ValueKind::WorkspaceId => match value {
                Value::String(text) => text.trim().is_empty(),
                value => !value.is_number(),
            },
            ValueKind::Count { min } => is_no_integer_from(min),
            ValueKind::PageSize => is_no_integer_from(1),
            ValueKind::List => !value.is_array(),
            ValueKind::Object => !value.is_object(),
            ValueKind::Tables => match value {
                Value::Null => false,
                Value::Array(names) => !names.iter().all(Value::is_string),
                _ => true,
            },
            ValueKind::PageToken | ValueKind::Unused => false,
        }
    }

    /// Values of every wrong type.
    #[must_use]
    pub fn wrong_values(self) -> Vec<Value> {
        let values = |json: Value| match json {
            Value::Array(values) => values,
            other => vec![other],
        };
        let containers = json!([true, [], {}, [["5"]], {"a": "5"}]);
        let and_containers = |more: Value| [values(containers), values(more)].concat();
        match self {
            ValueKind::Text => and_containers(json!([null, 5, 0.5, ["5"]])),
            ValueKind::TextOrNull => and_containers(json!([5, 0, ["5"]])),
            ValueKind::Id | ValueKind::WorkspaceId => and_containers(json!([null, ["5"]])),
            // A whole number above the head has the right type, and so has 9007199254740993.5 for a server that reads doubles.
            ValueKind::Count { .. } | ValueKind::PageSize => and_containers(json!([null, "5", "", 0.5, -1, -0.5, [5]])),
            ValueKind::List => values(json!([null, 5, "5", true, {}, {"0": {}}, {"length": 0}])),
            ValueKind::Object => values(json!([null, 5, "5", true, [], [{"workspaceId": "x"}]])),
            ValueKind::Tables => {
                values(json!(["5", "threads", 5, true, {}, {"0": "threads"}, [5], [null], [["threads"]], [{}]]))
            }
            ValueKind::PageToken => values(json!([5, 0.5, true, [], {}, ["x"]])),
            ValueKind::Unused => values(json!([5, true, [], {}])),
        }
    }

    /// A value of the right type that matches nothing in a workspace.
    #[must_use]
    pub fn unmatched_value(self) -> Option<Value> {
        match self {
            ValueKind::Count { .. } => Some(json!(1_000_000_000)),
            ValueKind::Tables => Some(json!(["no_such_table"])),
            ValueKind::PageToken => Some(json!("AAAA")),
            _ => None,
        }
    }
}
