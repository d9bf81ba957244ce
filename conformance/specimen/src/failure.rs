//! Failures: every answer that is not a success, as JSON.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use syncproof_model::Refusal;

/// Why a request failed, where conformant servers answer with different statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// All conformant servers answer with the same status.
    Plain,
    /// The directory of users and workspaces refused.
    Refused(Refusal),
    /// The workspace is deleted, and the caller was a member of it.
    Deleted,
    /// The owner deletes a deleted workspace again.
    DeletedAgain,
    /// The user to add is not known.
    UnknownUser,
    /// The workspace id of a request is blank.
    BlankScope,
    /// The page token cannot be read.
    BadToken,
    /// The page token belongs to another workspace.
    ForeignToken,
}

/// An answer that is not a success.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) status: StatusCode,
    pub(super) message: String,
    /// Why, for variants that answer with another status.
    pub(super) reason: Reason,
}

impl Failure {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), reason: Reason::Plain }
    }

    /// The same failure, for a reason that conformant servers answer differently.
    pub(super) fn because(self, reason: Reason) -> Self {
        Self { reason, ..self }
    }

    /// 400: the request is malformed (`http.wrong-shape`).
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 500: only mutants answer so.
    pub(super) fn internal_error(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized")
    }

    pub(super) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden")
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
        Self::new(status, refusal.to_string()).because(Reason::Refused(refusal))
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
        // Variants write their own status and body from it.
        response.extensions_mut().insert(self);
        response
    }
}
