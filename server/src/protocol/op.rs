//! An op as the rules see it: one put or delete of one record, whose shape was checked.

use serde::Deserialize;
use serde_json::{Value, from_str};

use super::json;
use super::revision::{Revision, op_key};

/// What an op does.
// Read from a string: serde would also read an enum from `{"put": null}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(test, derive(utoipa::ToSchema), schema(as = OperationName, rename_all = "lowercase"))]
pub(crate) enum Operation {
    Put,
    Delete,
}

impl Operation {
    /// The name on the wire and in the database.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }

    /// The operation of that name, if there is one.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "put" => Some(Self::Put),
            "delete" => Some(Self::Delete),
            _ => None,
        }
    }
}

impl TryFrom<String> for Operation {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name).ok_or("an operation is put or delete")
    }
}

/// The content of an op: two ops with the same id are the same op exactly if all of this is equal. The envelope (`id`,
/// `attempts`, `status`, `createdAt`, `nextAttemptAt`) does not belong to it.
#[derive(Debug, Clone)]
pub(crate) struct Op {
    pub(crate) table_name: String,
    pub(crate) operation: Operation,
    pub(crate) pk: String,
    /// The JSON text as received.
    pub(crate) payload: Option<String>,
    pub(crate) device_id: String,
    pub(crate) revision: Revision,
}

impl Op {
    /// What identifies the op within its workspace.
    pub(crate) fn key(&self) -> String {
        op_key(&self.revision.op_id)
    }

    /// Whether `other` is this op, sent again (requirements `op.replay-*`, `op.reuse-conflicting`).
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.table_name == other.table_name
            && self.operation == other.operation
            && self.pk == other.pk
            && self.device_id == other.device_id
            && self.revision == other.revision
            && same_payload(self.payload.as_deref(), other.payload.as_deref())
    }
}

fn same_payload(left: Option<&str>, right: Option<&str>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) if left == right => true,
        (Some(left), Some(right)) => match (from_str::<Value>(left), from_str::<Value>(right)) {
            (Ok(left), Ok(right)) => json::equal(&left, &right),
            _ => false,
        },
        _ => false,
    }
}
