//! Answers to requests for which there is no route or no method.

use super::app::Shared;
use super::failure::Failure;
use super::switch::Switch;
use super::wire::done;
use axum::Json;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use serde_json::Value;

/// The answer to an unknown route (`http.method-and-route`).
pub(super) async fn no_route(State(app): Shared) -> Result<Json<Value>, Failure> {
    if app.is(Switch::UnknownRouteSucceeds) {
        return Ok(done());
    }
    Err(Failure::new(StatusCode::NOT_FOUND, "no such route"))
}

/// The answer to a wrong method (`http.method-and-route`).
pub(super) async fn wrong_method(State(app): Shared, method: Method, uri: Uri) -> Failure {
    const KNOWN: [Method; 7] =
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    if app.is(Switch::UnknownMethodBreaks) && !KNOWN.contains(&method) {
        return Failure::internal_error("no such method");
    }
    if app.is(Switch::IdMethodNotFound) && uri.path().starts_with("/api/workspaces/") {
        return Failure::not_found();
    }
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
}
