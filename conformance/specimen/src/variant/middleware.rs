//! The middleware of variants: it delays or limits requests, and sends answers in another form.

use super::super::failure::Failure;
use super::freedom::{Freedom, Freedoms};
use super::limiter::Limiter;
use super::{fields, json, refusal};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use syncproof_protocol::simulation;

/// How long a slow answer takes.
const SLOW: Duration = Duration::from_millis(300);
/// How long an uneven answer takes at most.
const UNEVEN_MS: u64 = 60;
/// Into how many chunks a body is split.
const CHUNKS: usize = 64;
/// Larger than any answer of a specimen.
const MAX_ANSWER_BYTES: usize = 1 << 30;

/// Handles a request as these variants do.
pub(in super::super) async fn middleware(
    freedoms: Freedoms,
    limiter: Arc<Limiter>,
    request: Request,
    next: Next,
) -> Response {
    if freedoms == Freedoms::default() {
        return next.run(request).await;
    }
    let path = request.uri().path().to_owned();
    if let Some(failure) = too_many(freedoms, &limiter, request.headers()) {
        return sent(freedoms, &path, failure).await;
    }
    wait(freedoms).await;
    if is_gone(freedoms, &path) {
        return sent(freedoms, &path, Failure::new(StatusCode::NOT_FOUND, "no such route").into_response()).await;
    }
    let response = next.run(request).await;
    sent(freedoms, &path, response).await
}

/// The answer to a caller who sends too many requests (`http.rate-limit`).
fn too_many(freedoms: Freedoms, limiter: &Limiter, headers: &HeaderMap) -> Option<Response> {
    const LIMITS: [Freedom; 3] = [Freedom::RateLimited, Freedom::RateLimitedUntilDate, Freedom::RateLimitedSilently];
    let caller = headers.get(header::AUTHORIZATION).map_or(&[][..], HeaderValue::as_bytes);
    if !freedoms.take_any(&LIMITS) || limiter.admits(caller) {
        return None;
    }
    let mut response = Failure::new(StatusCode::TOO_MANY_REQUESTS, "slow down").into_response();
    let after = if freedoms.take(Freedom::RateLimitedUntilDate) {
        // A date has whole seconds: only the one after the next is certainly a full second away.
        let moment = simulation::now() + Duration::from_secs(2);
        HeaderValue::try_from(httpdate::fmt_http_date(moment)).ok()
    } else {
        Some(HeaderValue::from_static("1"))
    };
    if let Some(after) = after.filter(|_| !freedoms.take(Freedom::RateLimitedSilently)) {
        response.headers_mut().insert(header::RETRY_AFTER, after);
    }
    Some(response)
}

async fn wait(freedoms: Freedoms) {
    let time = if freedoms.take(Freedom::Slow) {
        SLOW
    } else if freedoms.take(Freedom::Uneven) {
        Duration::from_millis(u64::from(simulation::uuid().as_fields().0) % UNEVEN_MS)
    } else {
        return;
    };
    tokio::time::sleep(time).await;
}

/// Whether this server has no such endpoint.
fn is_gone(freedoms: Freedoms, path: &str) -> bool {
    let of_members = path.starts_with("/api/workspaces/") && path.split('/').nth(4) == Some("members");
    (freedoms.take(Freedom::WithoutSnapshot) && path == "/api/sync/snapshot")
        || (freedoms.take(Freedom::WithoutGc) && path.starts_with("/api/sync/gc-"))
        || (freedoms.take(Freedom::WithoutMembers) && of_members)
}

/// The answer as these variants send it.
async fn sent(freedoms: Freedoms, path: &str, mut response: Response) -> Response {
    let failure = response.extensions_mut().remove::<Failure>();
    if let Some(failure) = &failure {
        *response.status_mut() = refusal::status(freedoms, failure, path);
    }
    let status = response.status();
    let status = match status {
        StatusCode::CREATED if freedoms.take(Freedom::CreatedWith200) => StatusCode::OK,
        StatusCode::OK if path.starts_with("/api/sync/gc-") && freedoms.take(Freedom::GcWithoutContent) => {
            StatusCode::NO_CONTENT
        }
        status => status,
    };
    let (mut parts, body) = response.into_parts();
    parts.status = status;
    parts.headers.remove(header::CONTENT_LENGTH);
    headers(freedoms, &mut parts.headers);
    if status == StatusCode::NO_CONTENT {
        parts.headers.remove(header::CONTENT_TYPE);
        return Response::from_parts(parts, Body::empty());
    }
    let Ok(bytes) = to_bytes(body, MAX_ANSWER_BYTES).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let value = match &failure {
        Some(failure) => Some(refusal::body(freedoms, failure, status, path)),
        None => serde_json::from_slice(&bytes).ok(),
    };
    let bytes = match value {
        Some(mut value) => {
            fields::change(freedoms, path, &mut value);
            json::written(freedoms, &value)
        }
        None => bytes.to_vec(),
    };
    let body = if freedoms.take(Freedom::BodiesInChunks) { in_chunks(bytes) } else { Body::from(bytes) };
    Response::from_parts(parts, body)
}

fn headers(freedoms: Freedoms, headers: &mut HeaderMap) {
    let mut set = |name: &'static str, value: &'static str| {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    };
    if freedoms.take(Freedom::CharsetNamed) {
        set("content-type", "application/json; charset=utf-8");
    }
    if freedoms.take(Freedom::NoStoreAmongOthers) {
        set("cache-control", "private, No-Cache, No-Store, max-age=0, must-revalidate");
    }
    if freedoms.take(Freedom::ConnectionsClosed) {
        set("connection", "close");
    }
    if freedoms.take(Freedom::ExtraFields) {
        set("server", "specimen/1.0 (honest)");
        set("vary", "Authorization, Accept-Encoding");
        set("x-request-id", "7f1c0e0e-2f5c-4a53-8f0a-5d4f3b1c9a77");
        set("x-ratelimit-remaining", "17");
    }
}

/// A body in many chunks, which may split a character.
fn in_chunks(bytes: Vec<u8>) -> Body {
    let size = bytes.len().div_ceil(CHUNKS).max(1);
    let chunks: Vec<Result<Vec<u8>, Infallible>> = bytes.chunks(size).map(|chunk| Ok(chunk.to_vec())).collect();
    Body::from_stream(futures_util::stream::iter(chunks))
}
