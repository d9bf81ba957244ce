//! A spoil: one thing in the body of a call that has the wrong shape.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A call with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// `POST /api/sync/push`, of nothing.
    Push,
    /// `POST /api/sync/pull`.
    Pull,
    /// `POST /api/sync/update-cursor`.
    Cursor,
    /// `POST /api/sync/snapshot`.
    Snapshot,
    /// `POST /api/sync/gc-change-log`.
    CollectLog,
    /// `POST /api/sync/gc-tombstones`.
    CollectTombstones,
    /// `POST /api/workspaces`.
    Create,
    /// `PATCH /api/workspaces/{id}`.
    Rename,
    /// `POST /api/workspaces/active`.
    Activate,
    /// `POST /api/workspaces/{id}/members`.
    AddMember,
}

impl Call {
    /// Every such call.
    pub const ALL: [Call; 10] = [
        Call::Push,
        Call::Pull,
        Call::Cursor,
        Call::Snapshot,
        Call::CollectLog,
        Call::CollectTombstones,
        Call::Create,
        Call::Rename,
        Call::Activate,
        Call::AddMember,
    ];

    /// The fields that its body has to have, with what they hold (section 2 of the requirements).
    #[must_use]
    pub fn fields(self) -> &'static [(&'static str, FieldKind)] {
        use FieldKind::{Ids, List, MayBeText, Names, Object, Scope, Text, Whole};
        match self {
            Call::Push => &[("scope", Object), ("scope.workspaceId", Scope), ("ops", List)],
            Call::Pull => &[
                ("scope", Object),
                ("scope.workspaceId", Scope),
                ("cursor", Whole { least: 0 }),
                ("limit", Whole { least: 1 }),
                ("tables", Names),
            ],
            Call::Cursor => {
                &[("scope", Object), ("scope.workspaceId", Scope), ("deviceId", Text), ("version", Whole { least: 0 })]
            }
            Call::Snapshot => {
                &[("scope", Object), ("scope.workspaceId", Scope), ("pageSize", Whole { least: 1 }), ("tables", Names)]
            }
            Call::CollectLog | Call::CollectTombstones => {
                &[("scope", Object), ("scope.workspaceId", Scope), ("retentionSeconds", Whole { least: 1 })]
            }
            Call::Create | Call::Rename => &[("name", Text), ("description", MayBeText)],
            Call::Activate => &[("id", Ids)],
            Call::AddMember => &[("userId", Ids), ("role", Text)],
        }
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// An object.
    Object,
    /// A list.
    List,
    /// A list of texts, which may be left out.
    Names,
    /// A text.
    Text,
    /// A text, which may be left out.
    MayBeText,
    /// An id: a text, and with some targets a number.
    Ids,
    /// The id of the workspace that a sync request is about: an id that is not blank.
    Scope,
    /// An integer from there on.
    Whole {
        /// The least.
        least: i64,
    },
}

impl FieldKind {
    /// Whether this is certainly none; None stands for a field that is left out.
    #[must_use]
    pub fn refuses(self, value: Option<&Value>) -> bool {
        let Some(value) = value else { return !matches!(self, FieldKind::Names | FieldKind::MayBeText) };
        match self {
            FieldKind::Object => !value.is_object(),
            FieldKind::List => !value.is_array(),
            // null may stand for a field that is left out.
            FieldKind::Names => match value {
                Value::Null => false,
                Value::Array(names) => !names.iter().all(Value::is_string),
                _ => true,
            },
            FieldKind::Text => !value.is_string(),
            FieldKind::MayBeText => !value.is_string() && !value.is_null(),
            FieldKind::Ids => !value.is_string() && !value.is_number(),
            FieldKind::Scope => match value {
                Value::String(text) => text.trim().is_empty(),
                value => !value.is_number(),
            },
            FieldKind::Whole { least } => match value.as_f64() {
                None => true,
                #[allow(clippy::cast_precision_loss, reason = "the least is 0 or 1")]
                Some(number) => number.fract() != 0.0 || number < least as f64,
            },
        }
    }
}

/// One field of a call's body, as it should not be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvalidField {
    /// The call.
    pub call: Call,
    /// The field: `limit`, `scope.workspaceId`. Empty for the whole body.
    pub field: String,
    /// What stands there instead. Nothing at all when there is none; null is something.
    #[serde(default, deserialize_with = "super::draft::present", skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

impl InvalidField {
    /// Whether that is wrong by the protocol for certain.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        if self.field.is_empty() {
            return !self.value.as_ref().is_some_and(Value::is_object);
        }
        let mut fields = self.call.fields().iter();
        fields.any(|(name, holds)| *name == self.field && holds.refuses(self.value.as_ref()))
    }

    /// Whether it is a blank id of a workspace, which may be told as out of reach (`push.empty-workspace-id`).
    #[must_use]
    pub fn is_blank_scope(&self) -> bool {
        self.field == "scope.workspaceId" && self.value.as_ref().is_some_and(Value::is_string)
    }

    /// Puts it into a body that was in order.
    #[must_use]
    pub fn into_body(&self, mut body: Value) -> Value {
        if self.field.is_empty() {
            return self.value.clone().unwrap_or(Value::Null);
        }
        let (outer, inner) = match self.field.split_once('.') {
            Some((outer, inner)) => (body.get_mut(outer), inner),
            None => (Some(&mut body), self.field.as_str()),
        };
        if let Some(Value::Object(fields)) = outer {
            match &self.value {
                Some(value) => drop(fields.insert(inner.to_owned(), value.clone())),
                None => drop(fields.remove(inner)),
            }
        }
        body
    }
}
