//! One request to send.

use axum::body::Bytes;
use serde::Serialize;
use syncproof_protocol::exchange::Exchange;

/// The initial size of a buffer for a body. Most bodies fit, so that the buffer need not grow.
const ORDINARY_BYTES: usize = 4 * 1024;

/// One request to send.
#[derive(Debug, Clone)]
pub struct Request {
    pub(super) method: reqwest::Method,
    pub(super) path: String,
    pub(super) body: Option<Bytes>,
}

impl Request {
    /// A GET.
    pub fn get(path: impl Into<String>) -> Self {
        Request { method: reqwest::Method::GET, path: path.into(), body: None }
    }

    /// A DELETE without a body.
    pub fn delete(path: impl Into<String>) -> Self {
        Request { method: reqwest::Method::DELETE, path: path.into(), body: None }
    }

    /// A POST with a JSON body. (A value that cannot be JSON would be sent as an empty body; callers have none.)
    pub fn post(path: impl Into<String>, body: &impl Serialize) -> Self {
        let mut written = Vec::with_capacity(ORDINARY_BYTES);
        let body = serde_json::to_writer(&mut written, body).map_or_else(|_| Vec::new(), |()| written);
        Request { method: reqwest::Method::POST, path: path.into(), body: Some(body.into()) }
    }

    /// A PATCH with a JSON body.
    pub fn patch(path: impl Into<String>, body: &impl Serialize) -> Self {
        Request { method: reqwest::Method::PATCH, ..Request::post(path, body) }
    }

    /// A request with any method, and any bytes as the body.
    pub fn raw(method: reqwest::Method, path: impl Into<String>, body: Option<Vec<u8>>) -> Self {
        Request { method, path: path.into(), body: body.map(Bytes::from) }
    }

    /// The exchange of this request by that actor, without an answer yet.
    pub fn exchange(&self, actor: &str) -> Exchange {
        let body = self.body.as_ref().map(|body| body.to_vec());
        Exchange::unanswered(actor, self.method.as_str(), &self.path, body)
    }

    /// The request in one line, for the report of a missing answer.
    pub fn shown(&self) -> String {
        let body = self.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        format!("{} {} {body}", self.method, self.path)
    }
}
