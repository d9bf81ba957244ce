//! Whom and what a request is about: filled in where a row of the table leaves a place.

use serde_json::{Value, json};

use crate::op::Op;
use crate::wire::{Id, Role};

/// What stands in a request's places.
#[derive(Debug, Clone, Copy)]
pub struct Filling<'a> {
    /// `{id}`: the workspace.
    pub workspace: &'a Id,
    /// `{userId}`: a member of it.
    pub member: &'a Id,
    /// `{newcomer}`: who is to become one.
    pub newcomer: &'a Id,
    /// `{role}`: a member's role to be.
    pub role: Role,
    /// `{ops}`: what is pushed.
    pub ops: &'a [Op],
}

impl<'a> Filling<'a> {
    /// A request about that workspace and that user: to make them a viewer, and to push nothing.
    #[must_use]
    pub fn of(workspace: &'a Id, user: &'a Id) -> Self {
        Filling { workspace, member: user, newcomer: user, role: Role::Viewer, ops: &[] }
    }

    /// The same of a body with its places filled.
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
