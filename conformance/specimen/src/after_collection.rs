//! Mutants that show only in workspaces whose log was collected: a request about one of these goes to a server with the
//! mutants, every other one to a server without them, on the same state.

use super::app::App;
use super::routes::routes;
use super::shape;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::sync::Arc;
use tower::ServiceExt as _;

/// The largest body that is read. It is larger than what either server takes.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The routes of both servers.
pub(super) fn router(wrong: &Arc<App>) -> Router {
    let right = Arc::new(wrong.without_mutants());
    let (app, wrong, right) = (Arc::clone(&right), routes(Arc::clone(wrong)), routes(right));
    Router::new().fallback(move |request: Request| {
        let (app, wrong, right) = (Arc::clone(&app), wrong.clone(), right.clone());
        async move { answer(&app, wrong, right, request).await }
    })
}

async fn answer(app: &App, wrong: Router, right: Router, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BYTES).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let router = if is_about_a_collected_log(app, &bytes) { wrong } else { right };
    let Ok(response) = router.oneshot(Request::from_parts(head, Body::from(bytes))).await;
    response
}

fn is_about_a_collected_log(app: &App, body: &[u8]) -> bool {
    let body: Option<Value> = serde_json::from_slice(body).ok();
    let scope = body.as_ref().and_then(Value::as_object).and_then(|body| shape::scope(body).ok());
    scope.is_some_and(|scope| {
        app.state().workspaces.get(&scope).is_some_and(|workspace| workspace.log.oldest_kept() > 1)
    })
}
