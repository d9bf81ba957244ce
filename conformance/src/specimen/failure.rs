//! Failures: every answer that is not a success, as JSON.

use super::app::App;
use super::switch::Switch;
use crate::model::Refusal;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request fails.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    status: StatusCode,
    message: String,
}

impl Failure {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
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
        Self::new(status, refusal.to_string())
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
        (self.status, Json(body)).into_response()
    }
}

/// The answer to a route that is not there (`http.method-and-route`).
pub(super) async fn no_route() -> Failure {
    Failure::not_found()
}

/// The answer to a wrong method (`http.method-and-route`).
pub(super) async fn wrong_method() -> Failure {
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
}

/// What a mutant makes of an answer on its way out.
pub(super) fn disguise(app: &App, response: Response) -> Response {
    let status = response.status();
    match app.switch() {
        Some(Switch::WrongMethodNotFound) if status == StatusCode::METHOD_NOT_ALLOWED => {
            Failure::not_found().into_response()
        }
        Some(Switch::ErrorsAsText) if status.is_client_error() => {
            (status, format!("<h1>{status}</h1>")).into_response()
        }
        Some(Switch::ErrorsAsString) if status.is_client_error() => (status, Json(status.to_string())).into_response(),
        _ => response,
    }
}
