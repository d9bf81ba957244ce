//! What happens to every answer before it is sent.

use super::app::App;
use super::failure::Failure;
use super::switch::{Switch, deviations};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Adds what all answers have in common (`http.no-store`).
pub(super) fn finish(app: &App, mut response: Response) -> Response {
    mutate_answer(app, &mut response);
    if !app.is(Switch::AnswersCacheable) {
        let value = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, value);
    }
    mutate_headers(app, &mut response);
    response
}

/// Changes what the answer says about itself.
fn mutate_headers(app: &App, response: &mut Response) {
    let status = response.status();
    let headers = response.headers_mut();
    deviations!(match app.switches() {
        Switch::AnswersAsPlainText if headers.contains_key(header::CONTENT_TYPE) => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        }
        Switch::ErrorsOfUnknownType if status.is_client_error() => drop(headers.remove(header::CONTENT_TYPE)),
        // The router adds a true one where there is none.
        Switch::MethodsUntold if status == StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(header::ALLOW, HeaderValue::from_static(""));
        }
        Switch::AllowedMethodWrong if status == StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(header::ALLOW, HeaderValue::from_static("PROPFIND"));
        }
        _ => {}
    });
}

/// Changes the answer into what the mutants send.
fn mutate_answer(app: &App, response: &mut Response) {
    let is_of_text = |failure: &Failure| failure.message.ends_with("has to be a string");
    deviations!(match app.switches() {
        Switch::WrongMethodNotFound if response.status() == StatusCode::METHOD_NOT_ALLOWED => {
            *response = Failure::not_found().into_response();
        }
        Switch::StatementShown if response.status() == StatusCode::NOT_FOUND => {
            let statement = "no rows returned: SELECT id FROM workspaces WHERE id = ?";
            *response = Failure::new(StatusCode::NOT_FOUND, statement).into_response();
        }
        Switch::MissingFieldBreaks if response.extensions().get::<Failure>().is_some_and(is_of_text) => {
            *response = Failure::internal_error("cannot read properties of undefined").into_response();
        }
        Switch::ErrorsAsText if response.status().is_client_error() => {
            let status = response.status();
            *response = (status, format!("<h1>{status}</h1>")).into_response();
        }
        Switch::ErrorsAsString if response.status().is_client_error() => {
            let status = response.status();
            *response = (status, Json(status.to_string())).into_response();
        }
        _ => {}
    });
}
