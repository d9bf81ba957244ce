//! A call: an endpoint with its path and body filled in.

use serde_json::Value;

use crate::client::Request;
use crate::percent;
use syncproof_protocol::endpoint::{ADD_MEMBER, CHANGE_MEMBER, Endpoint, Filling, Method, RENAME_WORKSPACE};
use syncproof_protocol::wire::Id;

/// A valid call.
#[derive(Debug, Clone)]
pub struct EndpointCall {
    /// The endpoint.
    pub endpoint: &'static Endpoint,
    /// The body; null where the endpoint takes none.
    pub body: Value,
    path: String,
}

impl EndpointCall {
    /// The call with these values filled in.
    #[must_use]
    pub fn new(endpoint: &'static Endpoint, filling: &Filling) -> Self {
        let path = filled_path(endpoint.path, filling.workspace, filling.member);
        EndpointCall { endpoint, body: endpoint.filled_body(filling).unwrap_or_default(), path }
    }

    /// The request with its own body, if the endpoint takes one.
    #[must_use]
    pub fn request(&self) -> Request {
        let body = self.endpoint.has_body().then(|| self.body.to_string().into_bytes());
        Request::raw(method(self.endpoint), self.path.as_str(), body)
    }

    /// The request with that body.
    #[must_use]
    pub fn with(&self, body: &Value) -> Request {
        self.raw(body.to_string().into_bytes())
    }

    /// The request with those bytes as its body.
    #[must_use]
    pub fn raw(&self, body: Vec<u8>) -> Request {
        Request::raw(method(self.endpoint), self.path.as_str(), Some(body))
    }

    /// Its body with another value at that place (RFC 6901), which may be a new field.
    #[must_use]
    pub fn replaced(&self, pointer: &str, value: Value) -> Value {
        replaced(&self.body, pointer, value)
    }

    /// Its body without the field at that place.
    #[must_use]
    pub fn without(&self, pointer: &str) -> Value {
        let mut body = self.body.clone();
        if let Some((parent, field)) = pointer.rsplit_once('/')
            && let Some(Value::Object(fields)) = body.pointer_mut(parent)
        {
            fields.remove(field);
        }
        body
    }
}

/// The value with another at that place (RFC 6901), which may be a new field.
#[must_use]
pub fn replaced(whole: &Value, pointer: &str, value: Value) -> Value {
    let mut whole = whole.clone();
    let parent = pointer.rsplit_once('/').map(|(parent, field)| (whole.pointer_mut(parent), field));
    if let Some((Some(Value::Object(fields)), field)) = parent {
        fields.insert(field.to_owned(), value);
    } else if let Some(place) = whole.pointer_mut(pointer) {
        *place = value;
    }
    whole
}

/// The endpoint's method as a type of the HTTP library.
#[must_use]
pub fn method(endpoint: &Endpoint) -> reqwest::Method {
    match endpoint.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// The path of an endpoint for that workspace and that member.
#[must_use]
pub fn filled_path(path: &str, workspace: &Id, member: &Id) -> String {
    let filled = |id: &Id| percent::encoded(&id.to_string());
    path.replace("{id}", &filled(workspace)).replace("{userId}", &filled(member))
}

/// Path of a workspace.
#[must_use]
pub fn workspace_path(workspace: &Id) -> String {
    filled_path(RENAME_WORKSPACE.path, workspace, workspace)
}

/// Path of a workspace's members.
#[must_use]
pub fn members_path(workspace: &Id) -> String {
    filled_path(ADD_MEMBER.path, workspace, workspace)
}

/// Path of one member of a workspace.
#[must_use]
pub fn member_path(workspace: &Id, user: &Id) -> String {
    filled_path(CHANGE_MEMBER.path, workspace, user)
}
