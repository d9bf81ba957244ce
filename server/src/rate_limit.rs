//! The optional rate limit (requirement `http.rate-limit`): which requests count together, and the response to one too
//! many.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::state::AppState;

/// Whose allowance a request counts against.
#[derive(Hash)]
enum Client<'a> {
    /// The user whom a valid credential names, by provider and id: all their credentials share one allowance.
    Identity(&'a str, &'a str),
    /// The address that a request without one comes from; unknown within a process.
    Address(Option<IpAddr>),
}

/// Responds 429 to clients that send too many requests, if there is a limit.
pub(crate) async fn limit_rate(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(limiter) = &state.shared.rate_limiter else { return next.run(request).await };
    let credential = state.shared.verifier.credential(request.headers());
    let client = match &credential {
        Some(credential) => Client::Identity(&credential.identity.provider, &credential.identity.provider_user_id),
        None => Client::Address(
            request.extensions().get().map(|ConnectInfo(address): &ConnectInfo<SocketAddr>| address.ip()),
        ),
    };
    match limiter.check(&client, Instant::now) {
        Ok(()) => next.run(request).await,
        Err(wait) => refuse(wait),
    }
}

fn refuse(wait: Duration) -> Response {
    let mut response = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests").into_response();
    // Whole seconds (RFC 9110 §10.2.3), rounded up: a client that waits this long must not be refused again.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
