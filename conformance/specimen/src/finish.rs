//! What happens to every answer before it is sent.

use super::app::App;
use super::failure::Failure;
use super::switch::Switch;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Adds what all answers have in common (`http.no-store`).
pub(super) fn finish(app: &App, response: Response) -> Response {
    let mut response = mutate_answer(app, response);
    if !app.is(Switch::AnswersCacheable) {
        let value = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, value);
    }
    response
}

/// The answer as a mutant sends it.
fn mutate_answer(app: &App, response: Response) -> Response {
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
            Failure::internal_error("cannot read properties of undefined").into_response()
        }
        Some(Switch::ErrorsAsText) if status.is_client_error() => {
            (status, format!("<h1>{status}</h1>")).into_response()
        }
        Some(Switch::ErrorsAsString) if status.is_client_error() => (status, Json(status.to_string())).into_response(),
        _ => response,
    }
}
