//! A specimen inside the test's own process that answers some requests as the test says.

use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse as _;
use syncproof_specimen::{Settings, router};

use super::SECRET;

/// Which status a request gets instead of its answer: from its path, and from the number of requests before it that had
/// that path.
pub(crate) type Bend = fn(&str, usize) -> Option<u16>;

/// Starts the server on a thread of its own, which ends with the test's process. Returns its address.
pub(crate) fn start(bend: Bend) -> String {
    let counts: Arc<std::sync::Mutex<std::collections::HashMap<String, usize>>> = Arc::default();
    let bent = from_fn(move |request: Request, next: Next| {
        let path = request.uri().path().to_owned();
        let number = {
            let mut counts = counts.lock().expect("counts");
            let count = counts.entry(path.clone()).or_default();
            *count += 1;
            *count - 1
        };
        async move {
            match bend(&path, number).and_then(|status| StatusCode::from_u16(status).ok()) {
                Some(status) => {
                    (status, axum::Json(serde_json::json!({"statusCode": status.as_u16()}))).into_response()
                }
                None => next.run(request).await,
            }
        }
    });
    serve(router(specimen()).layer(bent))
}

/// The settings of a healthy specimen that shares the tests' secret.
pub(crate) fn specimen() -> Settings {
    Settings::new(SECRET.as_bytes(), Vec::new(), Vec::new())
}

/// Serves these routes on a thread of its own, which ends with the test's process. Returns the address.
pub(crate) fn serve(routes: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    listener.set_nonblocking(true).expect("a setting");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let _ = axum::serve(listener, routes).await;
        });
    });
    base
}
