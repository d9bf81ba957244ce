//! The values that replace the placeholders in a row of the table.

use serde_json::{Value, json};

use crate::op::Op;
use crate::wire::{Id, Role};

/// The values for the placeholders of a request.
#[derive(Debug, Clone, Copy)]
pub struct Filling<'a> {
    /// `{id}`: the workspace.
    pub workspace: &'a Id,
    /// `{userId}`: a member of it.
    pub member: &'a Id,
    /// `{newcomer}`: the user who is to be added.
    pub newcomer: &'a Id,
    /// `{role}`: the new role of a member.
    pub role: Role,
    /// `{ops}`: the ops to push.
    pub ops: &'a [Op],
}

impl<'a> Filling<'a> {
    /// The values for that workspace and that user, with the role of a viewer and no ops.
    #[must_use]
    pub fn of(workspace: &'a Id, user: &'a Id) -> Self {
        Filling { workspace, member: user, newcomer: user, role: Role::Viewer, ops: &[] }
    }

    /// The body with its placeholders replaced.
    pub(super) fn filled(&self, body: Value) -> Value {
        match body {
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, value)| (name, self.filled(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Value::String(text) => match text.as_str() {
                "{id}" => json!(self.workspace),
                "{userId}" => json!(self.member),
                "{newcomer}" => json!(self.newcomer),
                "{role}" => json!(self.role.name()),
                "{ops}" => self.ops.iter().map(Op::json).collect(),
                _ => json!(text),
            },
            other => other,
        }
    }
}
