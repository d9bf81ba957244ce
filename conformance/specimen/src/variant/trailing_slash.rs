//! A server that ignores a slash at the end of a path, as many frameworks do.

use super::freedom::{Freedom, Freedoms};
use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::middleware::map_request;

/// The routes, behind a middleware that removes the slash before they are matched.
pub(in super::super) fn ignore_trailing_slash(freedoms: Freedoms, routes: Router) -> Router {
    if !freedoms.take(Freedom::TrailingSlashForgiven) {
        return routes;
    }
    Router::new().fallback_service(routes).layer(map_request(without_slash))
}

async fn without_slash(mut request: Request) -> Request {
    let shorter = request.uri().path().strip_suffix('/').filter(|path| !path.is_empty());
    if let Some(uri) = shorter.and_then(|path| path.parse::<Uri>().ok()) {
        *request.uri_mut() = uri;
    }
    request
}
