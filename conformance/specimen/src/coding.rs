//! Answers in gzip, as a layer in front of a server packs them: as a variant does it, and as mutants do.

use super::app::App;
use super::switch::{Switch, Switches, deviation};
use super::variant::Freedom;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use syncproof_protocol::gzip::{gzip, is_accepted};

/// Larger than any answer of a specimen.
const MAX_BYTES: usize = 1 << 30;
/// How much of a body a buffer holds.
const BUFFER: usize = 16 * 1024;
/// A shorter body is not worth the work.
const SHORT: usize = 200;

const CODING: &[Switch] = &[
    Switch::CodedUnasked,
    Switch::CodedAlthoughRefused,
    Switch::CodedInNameOnly,
    Switch::CodedUpToABuffer,
    Switch::CodedListsKept,
];

/// Handles a request as such a layer does.
pub(super) async fn handle(app: Arc<App>, request: Request, next: Next) -> Response {
    let switches = app.switches();
    if !switches.has_any(CODING) && !app.freedoms().take(Freedom::AnswersInGzip) {
        return next.run(request).await;
    }
    let asks = header_of(request.headers(), header::ACCEPT_ENCODING).to_owned();
    let accepts = deviation!(match switches {
        Switch::CodedUnasked => true,
        Switch::CodedAlthoughRefused => asks.contains("gzip"),
        _ => is_accepted(&asks),
    });
    if !accepts {
        return next.run(request).await;
    }
    let is_list = switches.has(Switch::CodedListsKept) && request.uri().path() == "/api/workspaces";
    let caller = header_of(request.headers(), header::AUTHORIZATION).to_owned();
    let kept = app.state().mutant_state.coded_lists.get(&caller).filter(|_| is_list).cloned();
    let (parts, body) = next.run(request).await.into_parts();
    let bytes = to_bytes(body, MAX_BYTES).await.unwrap_or_default();
    let bytes = kept.unwrap_or_else(|| bytes.to_vec());
    if is_list {
        app.state().mutant_state.coded_lists.insert(caller, bytes.clone());
    }
    packed(switches, Response::from_parts(parts, Body::empty()), &bytes)
}

/// That answer with this body in gzip.
fn packed(switches: Switches, mut response: Response, bytes: &[u8]) -> Response {
    let body = deviation!(match switches {
        Switch::CodedInNameOnly if bytes.len() < SHORT => bytes.to_vec(),
        Switch::CodedUpToABuffer => gzip(bytes.get(..BUFFER).unwrap_or(bytes)),
        _ => gzip(bytes),
    });
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    *response.body_mut() = Body::from(body);
    response
}

fn header_of(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
