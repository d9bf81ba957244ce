//! The routes of the server.

use super::app::App;
use super::finish::finish;
use super::variant::{self, Limiter};
use super::{
    coding, cursor, fallback, gc, members, pull, push, session, snapshot, special_cases, transport, workspaces,
};
use axum::Router;
use axum::routing::{get, patch, post};
use std::sync::Arc;

/// The routes of that server.
pub(super) fn routes(app: Arc<App>) -> Router {
    let late = Arc::clone(&app);
    let (early, packing) = (Arc::clone(&app), Arc::clone(&app));
    let special = Arc::clone(&app);
    let freedoms = app.freedoms();
    let limiter = Arc::new(Limiter::default());
    let routes = Router::new()
        .route("/api/auth/session", get(session::show))
        .route("/api/workspaces", get(workspaces::list).post(workspaces::create))
        .route("/api/workspaces/active", post(workspaces::activate))
        .route("/api/workspaces/{id}", patch(workspaces::rename).delete(workspaces::delete))
        .route("/api/workspaces/{id}/members", get(members::list).post(members::add))
        .route("/api/workspaces/{id}/members/{user}", patch(members::change).delete(members::remove))
        .route("/api/sync/push", post(push::push))
        .route("/api/sync/pull", post(pull::pull))
        .route("/api/sync/update-cursor", post(cursor::update))
        .route("/api/sync/snapshot", post(snapshot::page))
        .route("/api/sync/gc-change-log", post(gc::change_log))
        .route("/api/sync/gc-tombstones", post(gc::tombstones))
        .fallback(fallback::no_route)
        .method_not_allowed_fallback(fallback::wrong_method)
        .layer(axum::middleware::from_fn(move |request, next| transport::handle(Arc::clone(&early), request, next)))
        .layer(axum::middleware::from_fn(move |request, next| {
            special_cases::handle(Arc::clone(&special), request, next)
        }))
        .layer(axum::middleware::map_response(move |response| {
            let app = Arc::clone(&late);
            async move { finish(&app, response) }
        }))
        .layer(axum::middleware::from_fn(move |request, next| {
            variant::middleware(freedoms, Arc::clone(&limiter), request, next)
        }))
        .layer(axum::middleware::from_fn(move |request, next| coding::handle(Arc::clone(&packing), request, next)))
        .with_state(app);
    variant::ignore_trailing_slash(freedoms, routes)
}
