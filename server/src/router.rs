//! Which path leads to which endpoint, and what surrounds all of them.

use std::any::Any;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use tower_http::catch_panic::CatchPanicLayer;

use crate::routes::{cursor, gc, members, pull, push, session, snapshot, workspaces};
use crate::state::AppState;
use crate::{body, error, rate_limit};

/// Makes the router from the list of endpoints and, for the tests, what the OpenAPI document is made of: one list, so that
/// no endpoint is served and not described.
macro_rules! endpoints {
    ($($path:literal: $($method:ident $module:ident::$handler:ident),+;)+) => {
        fn endpoints() -> Router<AppState> {
            Router::new()$(.route($path, MethodRouter::new()$(.$method($module::$handler))+))+
        }

        #[cfg(test)]
        #[derive(utoipa::OpenApi)]
        #[openapi(
            info(
                title = "syncproof reference server",
                description = "The sync protocol as the reference server speaks it. planning/requirements.md is normative.",
            ),
            paths($($($module::$handler),+),+),
            components(schemas(error::ErrorBody))
        )]
        pub(crate) struct Described;

        /// Every endpoint, as path and method.
        #[cfg(test)]
        pub(crate) const ENDPOINTS: &[(&str, &str)] = &[$($(($path, stringify!($method))),+),+];
    };
}

endpoints! {
    "/api/auth/session": get session::get_session;
    "/api/workspaces": get workspaces::list_workspaces, post workspaces::create_workspace;
    "/api/workspaces/active": post workspaces::activate_workspace;
    "/api/workspaces/{id}": patch workspaces::rename_workspace, delete workspaces::delete_workspace;
    "/api/workspaces/{id}/members": get members::list_members, post members::add_member;
    "/api/workspaces/{id}/members/{userId}": patch members::change_role, delete members::remove_member;
    "/api/sync/push": post push::push;
    "/api/sync/pull": post pull::pull;
    "/api/sync/update-cursor": post cursor::update_cursor;
    "/api/sync/gc-change-log": post gc::gc_change_log;
    "/api/sync/gc-tombstones": post gc::gc_tombstones;
    "/api/sync/snapshot": post snapshot::snapshot;
}

/// The whole service on a state: usable over a socket or, as a `tower::Service`, within a process.
pub fn router(state: AppState) -> Router {
    endpoints()
        .with_state(state.clone())
        // After the body is read, so that the client can read its 429.
        .layer(from_fn_with_state(state.clone(), rate_limit::limit_rate))
        // Our own limit on bodies is the only one: its error has the shape of all others.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(state, body::read_body))
        .layer(CatchPanicLayer::custom(report_panic))
        .layer(from_fn(error::complete_response))
}

/// The panic's message stays out of the response: it may name paths and lines (requirement `http.no-internals`).
fn report_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request handler panicked");
    error::ApiError::internal().into_response()
}
