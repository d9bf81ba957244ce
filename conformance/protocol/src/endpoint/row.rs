//! A row of the table of endpoints: method, path, body and permissions.

use serde_json::{Value, json};

use super::field::{self, Field};
use super::filling::Filling;
use crate::capability::Capability;

/// A method that the protocol uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Method {
    /// Its name in a request.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// What the protocol says about a call by a user with a certain role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// It must succeed.
    Yes,
    /// It must be refused.
    No,
    /// The protocol leaves it open.
    Open,
}

/// Who may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everyone, even without a credential.
    Anybody,
    /// Everyone with a credential.
    Users,
    /// Members of the workspace that the request names: owners, editors and viewers, in this order.
    Members {
        /// The permission of each of these roles.
        may: [Permission; 3],
        /// The requirement that is broken when a server deviates.
        requirement: &'static str,
    },
}

/// One endpoint: a method on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name in reports.
    pub name: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path; `{id}` stands for a workspace and `{userId}` for one of its members.
    pub path: &'static str,
    /// The capability that it belongs to.
    pub capability: Option<Capability>,
    /// Who may call it.
    pub access: Access,
    /// The requirement that a server breaks when it refuses every valid request of somebody who may call it.
    pub served_by: &'static str,
    /// A valid body as JSON, without the scope; [`Filling`] has the placeholders.
    body: Option<&'static str>,
    fields: &'static [Field],
}

impl Endpoint {
    pub(super) const fn new(name: &'static str, method: Method, path: &'static str, served_by: &'static str) -> Self {
        Endpoint { name, method, path, capability: None, access: Access::Users, served_by, body: None, fields: &[] }
    }

    pub(super) const fn needs(self, capability: Capability) -> Self {
        Endpoint { capability: Some(capability), ..self }
    }

    pub(super) const fn anybody(self) -> Self {
        Endpoint { access: Access::Anybody, ..self }
    }

    pub(super) const fn members(self, may: [Permission; 3], requirement: &'static str) -> Self {
        Endpoint { access: Access::Members { may, requirement }, ..self }
    }

    pub(super) const fn body(self, body: &'static str, fields: &'static [Field]) -> Self {
        Endpoint { body: Some(body), fields, ..self }
    }

    /// Its method and its path, such as `POST /api/sync/push`.
    #[must_use]
    pub fn method_and_path(&self) -> String {
        format!("{} {}", self.method.name(), self.path)
    }

    /// The requirement that a refusal with that status breaks, where the request is valid and the user may send it. Not
    /// found is an endpoint that is not there, or data that is not: no question of roles.
    #[must_use]
    pub fn broken_by_refusal(&self, status: Option<u16>) -> &'static str {
        match (status, self.access) {
            (Some(401), _) => "session.stable",
            (Some(403), Access::Members { requirement, .. }) => requirement,
            _ => self.served_by,
        }
    }

    /// Whether its body has a `scope`.
    #[must_use]
    pub fn is_sync(&self) -> bool {
        self.path.starts_with("/api/sync/")
    }

    /// Whether it takes a body.
    #[must_use]
    pub fn has_body(&self) -> bool {
        self.body.is_some()
    }

    /// Whether the request names a workspace.
    #[must_use]
    pub fn names_workspace(&self) -> bool {
        matches!(self.access, Access::Members { .. })
    }

    /// Whether the request names a user.
    #[must_use]
    pub fn names_user(&self) -> bool {
        self.path.contains("{userId}") || self.body.is_some_and(|body| body.contains("{newcomer}"))
    }

    /// The fields of its body, in the order of the requirements.
    pub fn fields(&self) -> impl Iterator<Item = Field> + use<> {
        let scope: &[Field] = if self.is_sync() { &field::SCOPE } else { &[] };
        scope.iter().chain(self.fields).copied()
    }

    /// A valid body, if it takes one.
    #[must_use]
    pub fn filled_body(&self, filling: &Filling) -> Option<Value> {
        // The table's test reads every body.
        let mut body = filling.filled(serde_json::from_str(self.body?).unwrap_or_default());
        if self.is_sync() {
            body["scope"] = json!({"workspaceId": filling.workspace});
        }
        Some(body)
    }

    /// Whether that path is one of its paths.
    pub(super) fn matches(&self, path: &str) -> bool {
        let (own, asked): (Vec<_>, Vec<_>) = (self.path.split('/').collect(), path.split('/').collect());
        own.len() == asked.len() && own.iter().zip(&asked).all(|(own, asked)| own == asked || own.starts_with('{'))
    }
}
