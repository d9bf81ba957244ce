//! The server: how it is put together, and the sockets that it listens on.

use super::app::App;
use super::routes::routes;
use super::settings::Settings;
use super::variant::{self, Freedom};
use super::{after_collection, socket_proxy};
use axum::Router;
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
