//! The server: its routes, and the sockets that it listens on.

use super::app::App;
use super::finish::finish;
use super::settings::Settings;
use super::variant::{self, Freedom, Limiter};
use super::{
    after_collection, cursor, fallback, gc, members, pull, push, session, snapshot, socket_proxy, special_cases,
    transport, workspaces,
};
use axum::Router;
use axum::routing::{get, patch, post};
use std::future::Future;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The routes of a specimen, with an empty state.
pub fn router(settings: Settings) -> Router {
    let only_after_collection = settings.only_after_collection;
    let app = Arc::new(App::new(settings));
    match only_after_collection {
        true => after_collection::router(&app),
        false => routes(app),
    }
}

pub(super) fn routes(app: Arc<App>) -> Router {
    let late = Arc::clone(&app);
    let early = Arc::clone(&app);
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
        .with_state(app);
    variant::ignore_trailing_slash(freedoms, routes)
}

/// Serves a specimen until `shutdown` is ready, and then finishes the requests in flight.
///
/// # Errors
/// The listener fails.
pub async fn serve<F>(listener: TcpListener, settings: Settings, shutdown: F) -> io::Result<()>
where
    F: Future + Send + 'static,
{
    if settings.variants.iter().any(|variant| variant.freedom() == Freedom::HeadersInTitleCase) {
        return variant::serve_in_title_case(listener, router(settings), shutdown).await;
    }
    let switches = settings.switches();
    let (listener, proxy) = match switches.has_any(socket_proxy::PROXIED) {
        false => (listener, None),
        true => {
            let inner = TcpListener::bind("127.0.0.1:0").await?;
            let address = inner.local_addr()?;
            (inner, Some(AbortOnDrop(tokio::spawn(socket_proxy::pass(listener, address, switches)))))
        }
    };
    let served = axum::serve(listener, router(settings))
        .with_graceful_shutdown(async move {
            shutdown.await;
        })
        .await;
    drop(proxy);
    served
}

/// A task that is aborted when its handle is dropped.
struct AbortOnDrop(tokio::task::JoinHandle<io::Result<()>>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
