//! Which path leads to which endpoint, and what surrounds all of them.

use std::any::Any;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::routes::{cursor, gc, members, pull, push, session, snapshot, workspaces};
use crate::state::AppState;
use crate::{body, error, rate};

#[derive(OpenApi)]
#[openapi(info(
    title = "syncproof reference server",
    description = "The sync protocol as the reference server speaks it. planning/requirements.md is normative.",
))]
struct Head;

/// The whole service on a state: usable over a socket or, as a `tower::Service`, within a process.
pub fn router(state: AppState) -> Router {
    // Made once in a process: the document that comes with the routes takes longer than all else.
    static ROUTES: LazyLock<Router<AppState>> = LazyLock::new(|| endpoints().split_for_parts().0);
    ROUTES
        .clone()
        .with_state(state.clone())
        // Under the body's reading, so that a client gets to read its 429.
        .layer(from_fn_with_state(state.clone(), rate::limit))
        // The one limit on bodies is our own, which answers in our own shape.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(state, body::settle))
        .layer(CatchPanicLayer::custom(report_panic))
        .layer(from_fn(error::dress))
}

/// The OpenAPI document of [`router`], made from the routes themselves.
#[must_use]
pub fn openapi() -> Document {
    let mut document = endpoints().into_openapi();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    document.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(bearer));
    document
}

fn endpoints() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Head::openapi())
        .routes(routes!(session::get_session))
        .routes(routes!(workspaces::list_workspaces, workspaces::create_workspace))
        .routes(routes!(workspaces::activate_workspace))
        .routes(routes!(workspaces::rename_workspace, workspaces::delete_workspace))
        .routes(routes!(members::list_members, members::add_member))
        .routes(routes!(members::change_role, members::remove_member))
        .routes(routes!(push::push))
        .routes(routes!(pull::pull))
        .routes(routes!(cursor::update_cursor))
        .routes(routes!(gc::gc_change_log))
        .routes(routes!(gc::gc_tombstones))
        .routes(routes!(snapshot::snapshot))
}

/// The panic's words stay in the log: they may name paths and lines (requirement `http.no-internals`).
fn report_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request handler panicked");
    error::ApiError::internal().into_response()
}
