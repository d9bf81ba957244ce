//! Failures: every answer that is not a success, as JSON.

use super::app::{App, Shared};
use super::switch::Switch;
use super::variant::Ground;
use axum::Json;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use syncproof_model::Refusal;

/// Why a request fails.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) status: StatusCode,
    pub(super) message: String,
    /// Where honest servers differ in how they tell it.
    pub(super) ground: Ground,
}

impl Failure {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), ground: Ground::Plain }
    }

    /// The same for a reason that honest servers tell in different ways.
    pub(super) fn on(self, ground: Ground) -> Self {
        Self { ground, ..self }
    }

    /// The request is not in order (`http.wrong-shape`).
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// The server is to blame: only a mutant ever is.
    pub(super) fn broken(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized")
    }

    pub(super) fn not_found() -> Self {
        Refusal::NotFound.into()
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::NotFound => StatusCode::NOT_FOUND,
            Refusal::Forbidden => StatusCode::FORBIDDEN,
            Refusal::LastOwner | Refusal::AlreadyMember => StatusCode::CONFLICT,
        };
        Self::new(status, refusal.to_string()).on(Ground::Refused(refusal))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = json!({
            "error": true,
            "statusCode": self.status.as_u16(),
            "statusMessage": self.message,
            "message": self.message,
        });
        let mut response = (self.status, Json(body)).into_response();
        // Variants tell it in their own way.
        response.extensions_mut().insert(self);
        response
    }
}

/// The answer to a route that is not there (`http.method-and-route`).
pub(super) async fn no_route(State(app): Shared) -> Result<Json<Value>, Failure> {
    if app.is(Switch::UnknownRouteSucceeds) {
        return Ok(Json(json!({"ok": true})));
    }
    Err(Failure::new(StatusCode::NOT_FOUND, "no such route"))
}

/// The answer to a wrong method (`http.method-and-route`).
pub(super) async fn wrong_method(State(app): Shared, method: Method, uri: Uri) -> Failure {
    const KNOWN: [Method; 7] =
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    if app.is(Switch::UnknownMethodBreaks) && !KNOWN.contains(&method) {
        return Failure::broken("no such method");
    }
    if app.is(Switch::IdMethodNotFound) && uri.path().starts_with("/api/workspaces/") {
        return Failure::not_found();
    }
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
}

/// What a mutant makes of an answer on its way out.
pub(super) fn disguise(app: &App, response: Response) -> Response {
    let status = response.status();
    let is_of_text = |failure: &Failure| failure.message.ends_with("has to be a string");
    match app.switch() {
        Some(Switch::WrongMethodNotFound) if status == StatusCode::METHOD_NOT_ALLOWED => {
            Failure::not_found().into_response()
        }
        Some(Switch::StatementShown) if status == StatusCode::NOT_FOUND => {
            Failure::new(status, "no rows returned: SELECT id FROM workspaces WHERE id = ?").into_response()
        }
        Some(Switch::MissingFieldBreaks) if response.extensions().get::<Failure>().is_some_and(is_of_text) => {
            Failure::broken("cannot read properties of undefined").into_response()
        }
        Some(Switch::ErrorsAsText) if status.is_client_error() => {
            (status, format!("<h1>{status}</h1>")).into_response()
        }
        Some(Switch::ErrorsAsString) if status.is_client_error() => (status, Json(status.to_string())).into_response(),
        _ => response,
    }
}
