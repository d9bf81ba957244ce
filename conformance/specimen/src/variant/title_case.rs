//! A server that writes its header names Like-This, which axum's cannot.

use axum::Router;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use tokio::net::TcpListener;

/// Serves until `shutdown` is ready, and then finishes the requests in flight.
///
/// # Errors
/// The listener fails.
pub(in super::super) async fn serve<F>(listener: TcpListener, router: Router, shutdown: F) -> io::Result<()>
where
    F: Future + Send + 'static,
{
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            _ = &mut shutdown => break,
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = hyper::server::conn::http1::Builder::new()
            .title_case_headers(true)
            .serve_connection(TokioIo::new(stream), service);
        let watched = graceful.watch(connection);
        // An error, as when a client disconnects in mid-request, ends that connection only.
        tokio::spawn(async move { drop(watched.await) });
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}
