//! Error responses: one JSON shape for all of them, none of which reveals internals of the server.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::store::{Refusal, StoreError};

/// The body of every error response (requirement `http.json-errors`).
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorBody {
    /// Always true.
    error: bool,
    /// The path of the request.
    url: String,
    /// The HTTP status.
    status_code: u16,
    /// What went wrong, as text for users.
    status_message: String,
    /// The same, or more detailed.
    message: String,
}

/// An error response without its body, which names the path: [`complete_response`] adds it.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: StatusCode,
    status_message: String,
    message: String,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, status_message: message.clone(), message }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn malformed_json() -> Self {
        let message = "Invalid JSON body".into();
        Self { status: StatusCode::BAD_REQUEST, status_message: "Bad Request".into(), message }
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized")
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden")
    }

    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => refusal.into(),
            StoreError::Panicked | StoreError::Inconsistent(_) => {
                tracing::error!(%error, "a request failed in the store");
                Self::internal()
            }
            StoreError::Sqlite(_) | StoreError::NotCommitted | StoreError::Busy | StoreError::Closed => {
                tracing::error!(%error, "the store is not available");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Forbidden => Self::forbidden(),
            Refusal::UnknownUser => Self::new(StatusCode::NOT_FOUND, "User not found"),
            Refusal::NotAMember => Self::new(StatusCode::NOT_FOUND, "Member not found"),
            Refusal::AlreadyAMember => Self::new(StatusCode::CONFLICT, "User is already a member"),
            Refusal::LastOwner => Self::new(StatusCode::CONFLICT, "A workspace needs an owner"),
            Refusal::CursorRegress => Self::new(StatusCode::CONFLICT, "Device cursor cannot regress"),
            Refusal::CursorBeyondHead => Self::bad_request("Cursor exceeds workspace version"),
            Refusal::RetentionTooShort(minimum) => {
                Self::bad_request(format!("retentionSeconds must be at least {minimum}"))
            }
            Refusal::SnapshotGone => Self::new(StatusCode::GONE, "Snapshot expired or unavailable"),
        }
    }
}

/// Adds the body to every error response, including those of axum and of the panic handler, and keeps every response out
/// of caches (requirement `http.no-store`).
pub(crate) async fn complete_response(request: Request, next: Next) -> Response {
    let url = request.uri().path().to_owned();
    let method = request.method().as_str().to_ascii_lowercase();
    let mut response = next.run(request).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        let error = response.extensions_mut().remove::<ApiError>();
        let error = error.unwrap_or_else(|| default_error(response.status(), &url, &method));
        response = write_body(response, error, url);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn default_error(status: StatusCode, url: &str, method: &str) -> ApiError {
    let message = match status {
        StatusCode::NOT_FOUND => format!("Cannot find any route matching {url}."),
        StatusCode::METHOD_NOT_ALLOWED => format!("Method {method} is not allowed on this route."),
        _ => status.canonical_reason().unwrap_or("Error").to_owned(),
    };
    ApiError::new(status, message)
}

/// Keeps the headers, such as `Allow`, except those that describe the old body.
fn write_body(response: Response, error: ApiError, url: String) -> Response {
    let body = ErrorBody {
        error: true,
        url,
        status_code: error.status.as_u16(),
        status_message: error.status_message,
        message: error.message,
    };
    let (mut parts, _) = response.into_parts();
    parts.status = error.status;
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if error.status == StatusCode::UNAUTHORIZED {
        // A 401 must say how to authenticate (RFC 9110 §11.6.1).
        parts.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    Response::from_parts(parts, axum::Json(body).into_response().into_body())
}
