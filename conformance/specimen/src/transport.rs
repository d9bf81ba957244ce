//! Mutants that are wrong about how a request was sent: its headers, its target, and the framing of its body.

use super::app::App;
use super::failure::Failure;
use super::switch::{Switch, Switches};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// How long a mutant works on a push, so that its client can disconnect in the meantime.
const WORK: Duration = Duration::from_millis(30);
/// The largest body that these mutants read.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Handles a request as the specimen's mutants do.
pub(super) async fn handle(app: Arc<App>, request: Request, next: Next) -> Response {
    if breaks(app.switches(), &request) {
        return Failure::internal_error("unhandled").into_response();
    }
    let kind = request.headers().get(header::CONTENT_TYPE);
    if app.is(Switch::ContentTypeComparedExactly) && kind.is_some_and(|kind| kind != "application/json") {
        return Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not application/json").into_response();
    }
    let request = match reframed(app.switches(), request).await {
        Ok(request) => request,
        Err(failure) => return failure.into_response(),
    };
    let works = app.switches().has_any(&[Switch::LostPushForgotten, Switch::RetryMeetsLock]);
    if !works || !request.uri().path().ends_with("/push") {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let (bytes, _) = piecewise(body, Switches::default()).await;
    let ids = op_ids(&bytes);
    let locks = app.is(Switch::RetryMeetsLock);
    if locks && ids.iter().any(|id| app.state().mutant_state.under_way.contains(id)) {
        return Failure::internal_error("database is locked").into_response();
    }
    app.state().mutant_state.under_way.extend(ids.iter().cloned());
    let mut work = Work { app: Arc::clone(&app), ids, done: false };
    tokio::time::sleep(if locks { WORK } else { Duration::ZERO }).await;
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    tokio::time::sleep(WORK).await;
    work.done = true;
    response
}

/// The request with the body that these mutants read, or the failure of those that break.
async fn reframed(switches: Switches, request: Request) -> Result<Request, Failure> {
    const REFRAMING: &[Switch] = &[
        Switch::BadChunkBreaks,
        Switch::LargeChunkedBodyBreaks,
        Switch::CutBatchRepaired,
        Switch::FirstPieceIsBody,
        Switch::PiecesDecodedApart,
    ];
    if !switches.has_any(REFRAMING) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let chunked = parts.headers.contains_key(header::TRANSFER_ENCODING);
    let (bytes, cut) = piecewise(body, switches).await;
    if (cut && chunked && switches.has(Switch::BadChunkBreaks))
        || (chunked && bytes.len() > 4_000_000 && switches.has(Switch::LargeChunkedBodyBreaks))
    {
        return Err(Failure::internal_error("unhandled"));
    }
    let bytes = match cut {
        true if switches.has(Switch::CutBatchRepaired) => repaired(&bytes),
        true => return Err(Failure::bad_request("the body broke off")),
        false => bytes,
    };
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// A push in progress. If it is dropped before it is done, its client has disconnected.
struct Work {
    app: Arc<App>,
    ids: Vec<String>,
    done: bool,
}

impl Drop for Work {
    fn drop(&mut self) {
        let mut state = self.app.state();
        for id in &self.ids {
            state.mutant_state.under_way.remove(id);
            if !self.done {
                state.mutant_state.forgotten.insert(id.clone());
            }
        }
    }
}

fn breaks(switches: Switches, request: &Request) -> bool {
    let headers = request.headers();
    let uri = request.uri();
    let breaks = |switch| match switch {
        Switch::HugeHeaderBreaks => headers.values().any(|value| value.len() > 32 * 1024),
        Switch::LongTargetBreaks => uri.to_string().len() > 8 * 1024,
        Switch::MissingTypeBreaks => request.method() == Method::POST && !headers.contains_key(header::CONTENT_TYPE),
        Switch::CharsetBreaks => contains(headers, header::CONTENT_TYPE, "charset=bogus"),
        Switch::EncodingBreaks => contains(headers, header::CONTENT_ENCODING, "gzip"),
        Switch::NulInPathBreaks => uri.path().contains("%00"),
        Switch::AbsoluteTargetBreaks => uri.scheme().is_some(),
        Switch::TraceBreaks => request.method() == Method::TRACE,
        Switch::ExpectationBreaks => headers.get(header::EXPECT).is_some_and(|value| value != "100-continue"),
        Switch::BodyOnGetBreaks => {
            request.method() == Method::GET && headers.get(header::CONTENT_LENGTH).is_some_and(|value| value != "0")
        }
        _ => false,
    };
    switches.iter().any(breaks)
}

fn contains(headers: &HeaderMap, name: header::HeaderName, text: &str) -> bool {
    headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(text))
}

/// The part of a body that arrived, or its first piece, and whether the body was cut off.
async fn piecewise(body: Body, switches: Switches) -> (Bytes, bool) {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) if switches.has(Switch::PiecesDecodedApart) => {
                bytes.extend_from_slice(String::from_utf8_lossy(&piece).as_bytes());
            }
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(_) => return (bytes.into(), true),
        }
        if switches.has(Switch::FirstPieceIsBody) || bytes.len() > MAX_BYTES {
            break;
        }
    }
    (bytes.into(), false)
}

/// A batch that was cut off, up to its last complete op.
fn repaired(bytes: &Bytes) -> Bytes {
    let ends = (0..bytes.len()).rev().filter(|at| bytes[*at] == b'}');
    let candidates = ends.flat_map(|at| ["]}", "}"].map(|tail| [&bytes[..=at], tail.as_bytes()].concat()));
    let whole =
        candidates.into_iter().find(|text| serde_json::from_slice::<Value>(text).is_ok_and(|v| v["ops"].is_array()));
    whole.map_or_else(|| bytes.clone(), Bytes::from)
}

fn op_ids(bytes: &Bytes) -> Vec<String> {
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let ops = body["ops"].as_array().cloned().unwrap_or_default();
    ops.iter().filter_map(|op| op["stamp"]["opId"].as_str().map(str::to_owned)).collect()
}
