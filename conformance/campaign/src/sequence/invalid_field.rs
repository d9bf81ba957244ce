//! One field of a request body that has the wrong shape.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use syncproof_protocol::endpoint::{self, Endpoint, Field, ValueKind};

with_all! {
    /// A call with a body.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    pub enum Call {
        /// `POST /api/sync/push` without ops.
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
}

impl Call {
    /// Its row in the table of endpoints.
    #[must_use]
    pub fn endpoint(self) -> &'static Endpoint {
        match self {
            Call::Push => &endpoint::PUSH,
            Call::Pull => &endpoint::PULL,
            Call::Cursor => &endpoint::UPDATE_CURSOR,
            Call::Snapshot => &endpoint::SNAPSHOT,
            Call::CollectLog => &endpoint::GC_CHANGE_LOG,
            Call::CollectTombstones => &endpoint::GC_TOMBSTONES,
            Call::Create => &endpoint::CREATE_WORKSPACE,
            Call::Rename => &endpoint::RENAME_WORKSPACE,
            Call::Activate => &endpoint::ACTIVATE,
            Call::AddMember => &endpoint::ADD_MEMBER,
        }
    }

    /// The fields of its body with clear rules, by their names in traces: `scope.workspaceId`.
    pub fn fields(self) -> impl Iterator<Item = (String, Field)> {
        let fields = self.endpoint().fields();
        let certain = fields.filter(|field| !matches!(field.kind, ValueKind::PageToken | ValueKind::Unused));
        certain.map(|field| (field.pointer.trim_start_matches('/').replace('/', "."), field))
    }
}

/// An invalid field of a request body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvalidField {
    /// The call.
    pub call: Call,
    /// The field: `limit`, `scope.workspaceId`. Empty for the whole body.
    pub field: String,
    /// Its value. The field is left out when there is none; null is a value.
    #[serde(default, deserialize_with = "super::draft::present", skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

impl InvalidField {
    /// Whether the protocol clearly forbids it.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        if self.field.is_empty() {
            return !self.value.as_ref().is_some_and(Value::is_object);
        }
        self.call.fields().any(|(name, field)| name == self.field && field.refuses(self.value.as_ref()))
    }

    /// Whether it is a blank workspace id, which may be refused like an unknown one (`push.empty-workspace-id`).
    #[must_use]
    pub fn is_blank_scope(&self) -> bool {
        self.field == "scope.workspaceId" && self.value.as_ref().is_some_and(Value::is_string)
    }

    /// Whether it is a retention that is a number, and not one that is allowed (`gc.bad-retention`).
    #[must_use]
    pub fn is_retention(&self) -> bool {
        self.field == "retentionSeconds" && self.value.as_ref().is_some_and(Value::is_number)
    }

    /// Puts it into a valid body.
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
