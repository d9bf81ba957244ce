//! Failures as variants send them: which status, and which body.

use super::super::failure::{Failure, Reason};
use super::freedom::{Freedom, Freedoms};
use axum::http::StatusCode;
use serde_json::{Value, json};
use syncproof_model::Refusal;

/// The status that this server sends for a failure at this path.
pub(super) fn status(freedoms: Freedoms, failure: &Failure, path: &str) -> StatusCode {
    let takes = |freedom| freedoms.take(freedom);
    match failure.reason {
        Reason::Refused(Refusal::NotFound) if takes(Freedom::ForbiddenOutOfSight) => StatusCode::FORBIDDEN,
        Reason::Refused(Refusal::Forbidden) if takes(Freedom::NotFoundForRoles) && !path.starts_with("/api/sync/") => {
            StatusCode::NOT_FOUND
        }
        Reason::Refused(Refusal::LastOwner) if takes(Freedom::LastOwnerForbidden) => StatusCode::FORBIDDEN,
        Reason::Refused(Refusal::LastOwner) if takes(Freedom::LastOwnerInvalid) => StatusCode::BAD_REQUEST,
        Reason::Deleted if takes(Freedom::DeletedConflicts) && path == "/api/workspaces/active" => StatusCode::CONFLICT,
        Reason::Deleted if takes(Freedom::DeletedIsGone) => StatusCode::GONE,
        Reason::Deleted if takes(Freedom::ForbiddenOutOfSight) => StatusCode::FORBIDDEN,
        Reason::DeletedAgain if takes(Freedom::SecondDeletionGone) => StatusCode::GONE,
        Reason::DeletedAgain if takes(Freedom::ForbiddenOutOfSight) => StatusCode::FORBIDDEN,
        Reason::UnknownUser if takes(Freedom::UnknownUserInvalid) => StatusCode::BAD_REQUEST,
        Reason::BlankScope if takes(Freedom::BlankScopeForbidden) => StatusCode::FORBIDDEN,
        Reason::BadToken if takes(Freedom::BadTokenGone) => StatusCode::GONE,
        Reason::ForeignToken if takes(Freedom::ForeignTokenForbidden) => StatusCode::FORBIDDEN,
        Reason::ForeignToken if takes(Freedom::ForeignTokenNotFound) => StatusCode::NOT_FOUND,
        _ => failure.status,
    }
}

/// The body that this server sends for a failure.
pub(super) fn body(freedoms: Freedoms, failure: &Failure, status: StatusCode, path: &str) -> Value {
    let code = status.as_u16();
    let words = match freedoms.take(Freedom::ErrorsInOtherWords) {
        true => other_words(code),
        false => failure.message.as_str(),
    };
    if freedoms.take(Freedom::ErrorsMinimal) {
        return json!({"statusCode": code, "statusMessage": words});
    }
    let mut body = json!({"error": true, "statusCode": code, "statusMessage": words, "message": words});
    if freedoms.take(Freedom::ErrorsMaximal) {
        body["url"] = json!(path);
        body["unhandled"] = json!(false);
        body["fatal"] = json!(false);
        body["cause"] = Value::Null;
        body["data"] = json!({"code": format!("E{code}"), "issues": [{"path": ["body"], "message": words}]});
        body["timestamp"] = json!("2026-11-22T10:17:25.000Z");
    }
    body
}

/// Harmless messages, some of which resemble the internals that must not be shown (`http.no-internals`).
fn other_words(code: u16) -> &'static str {
    match code {
        400 => "The values that you want to insert into the table are not in order: please update them and try again.",
        401 => "ログインしてください",
        403 => "Zugriff verweigert: wähle einen anderen Arbeitsbereich",
        404 => "Nothing to select from here; see /docs/errors#404 or https://example.test/help.html",
        409 => "Conflict: somebody else was faster, or the state constraint of the last owner failed you.",
        410 => "C'est supprimé depuis longtemps ¯\\_(ツ)_/¯",
        413 => "Too much at a time. At most a little less would do.",
        _ => "",
    }
}
