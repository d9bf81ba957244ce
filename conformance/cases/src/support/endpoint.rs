//! The endpoints that take a body, each with one that is right: for cases that make bodies wrong.

use serde_json::{Value, json};

use syncproof_harness::client::Request;
use syncproof_harness::world::{Context, User, member_path, members_path, workspace_path};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::failure::Checked;
use syncproof_protocol::wire::Role;

/// One call with a right body.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// What reports call it.
    pub(crate) name: &'static str,
    method: reqwest::Method,
    path: String,
    /// A body that is accepted.
    pub(crate) body: Value,
    /// JSON pointers (RFC 6901) of the fields that it cannot do without.
    pub(crate) required: Vec<String>,
}

impl Endpoint {
    /// A POST.
    pub(crate) fn post(name: &'static str, path: impl Into<String>, body: Value, required: &[&str]) -> Self {
        let required = required.iter().map(|pointer| (*pointer).to_owned()).collect();
        Endpoint { name, method: reqwest::Method::POST, path: path.into(), body, required }
    }

    fn patch(self) -> Self {
        Endpoint { method: reqwest::Method::PATCH, ..self }
    }

    /// The call with that body.
    pub(crate) fn with(&self, body: &Value) -> Request {
        self.raw(body.to_string().into_bytes())
    }

    /// The call with those bytes as its body.
    pub(crate) fn raw(&self, body: Vec<u8>) -> Request {
        Request::raw(self.method.clone(), self.path.clone(), Some(body))
    }

    /// The right body with another value at that place.
    pub(crate) fn replaced(&self, pointer: &str, value: Value) -> Value {
        let mut body = self.body.clone();
        if let Some(place) = body.pointer_mut(pointer) {
            *place = value;
        }
        body
    }

    /// The right body without the field at that place.
    pub(crate) fn without(&self, pointer: &str) -> Value {
        let mut body = self.body.clone();
        if let Some((parent, field)) = pointer.rsplit_once('/')
            && let Some(Value::Object(fields)) = body.pointer_mut(parent)
        {
            fields.remove(field);
        }
        body
    }
}

/// Every call with a body that the target has, in the user's own home. Nothing in them adds to its change log.
pub(crate) async fn endpoints(context: &Context, user: &User) -> Checked<Vec<Endpoint>> {
    let scope = json!({"workspaceId": user.home});
    let scope_fields = ["/scope", "/scope/workspaceId"];
    let sync = |name, body: Value, fields: &[&str]| {
        let mut body = body;
        body["scope"] = scope.clone();
        Endpoint::post(name, format!("/api/sync/{name}"), body, &[&scope_fields[..], fields].concat())
    };
    let home = workspace_path(&user.home);
    let mut endpoints = vec![
        Endpoint::post("create workspace", "/api/workspaces", json!({"name": "made"}), &["/name"]),
        Endpoint::post("rename workspace", home.as_str(), json!({"name": "renamed"}), &["/name"]).patch(),
        Endpoint::post("activate workspace", "/api/workspaces/active", json!({"id": user.home}), &["/id"]),
        sync("push", json!({"ops": []}), &["/ops"]),
        sync("pull", json!({"cursor": 0, "limit": 10}), &["/cursor", "/limit"]),
        sync("update-cursor", json!({"deviceId": "device", "version": 0}), &["/deviceId", "/version"]),
    ];
    if context.has(Capability::Snapshot) {
        endpoints.push(sync("snapshot", json!({"pageSize": 10}), &["/pageSize"]));
    }
    if context.has(Capability::Gc) {
        for name in ["gc-change-log", "gc-tombstones"] {
            endpoints.push(sync(name, json!({"retentionSeconds": 1_000_000}), &["/retentionSeconds"]));
        }
    }
    if context.has(Capability::Members) {
        let member = context.user("member").await?;
        user.invite(&user.home, &member, Role::Viewer).await?;
        let (members, body) = (members_path(&user.home), json!({"userId": member.id, "role": "viewer"}));
        endpoints.push(Endpoint::post("add member", members.as_str(), body, &["/userId", "/role"]));
        let member = member_path(&user.home, &member.id);
        endpoints.push(Endpoint::post("change member", member, json!({"role": "viewer"}), &["/role"]).patch());
    }
    Ok(endpoints)
}
