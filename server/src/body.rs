//! Request bodies: reading them within bounds, and parsing them into typed requests.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::state::AppState;
use crate::wire::{Described, Object};

/// How much of a body that is too large is read and discarded, so that the client can read its 413 before the connection
/// is reset.
const MAX_DISCARDED_BYTES: usize = 64 * 1024 * 1024;

/// How long a client may take to send its body.
const BODY_TIMEOUT_SECONDS: u64 = 60;

/// The deepest nesting that is accepted. It bounds the stack of everything that reads the JSON later.
const MAX_DEPTH: usize = 100;

/// Reads the whole body before anything is decided, so that an early response never interrupts a client that is still
/// sending.
pub(crate) async fn read_body(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let max_bytes = state.shared.limits.max_body_bytes;
    let max_discarded_bytes = MAX_DISCARDED_BYTES.max(max_bytes);
    let (parts, body) = request.into_parts();
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let asks_first = parts.headers.contains_key(header::EXPECT);
    if announced > max_discarded_bytes || (asks_first && announced > max_bytes) {
        return refuse(BodyError::closing(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let reading = read(body, max_bytes, max_discarded_bytes);
    match tokio::time::timeout(Duration::from_secs(BODY_TIMEOUT_SECONDS), reading).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(error)) => refuse(error),
        Err(_) => refuse(BodyError::closing(StatusCode::REQUEST_TIMEOUT)),
    }
}

/// Why a body was not accepted.
struct BodyError {
    status: StatusCode,
    /// Whether a part of the body was left unread, so that no other request can follow on the connection.
    closes: bool,
}

impl BodyError {
    fn closing(status: StatusCode) -> Self {
        Self { status, closes: true }
    }
}

fn refuse(error: BodyError) -> Response {
    let reason = match error.status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request body is too large",
        StatusCode::REQUEST_TIMEOUT => "Request body took too long to arrive",
        _ => "Request body is incomplete",
    };
    let mut response = ApiError::new(error.status, reason).into_response();
    if error.closes {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn read(mut body: Body, max_bytes: usize, max_discarded_bytes: usize) -> Result<Bytes, BodyError> {
    let mut kept = Vec::new();
    let mut seen = 0_usize;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| BodyError::closing(StatusCode::BAD_REQUEST))?;
        let Some(data) = frame.data_ref() else { continue };
        seen = seen.saturating_add(data.len());
        if seen > max_discarded_bytes {
            return Err(BodyError::closing(StatusCode::PAYLOAD_TOO_LARGE));
        }
        if seen <= max_bytes {
            kept.extend_from_slice(data);
        } else {
            kept = Vec::new();
        }
    }
    if seen <= max_bytes {
        Ok(kept.into())
    } else {
        Err(BodyError { status: StatusCode::PAYLOAD_TOO_LARGE, closes: false })
    }
}

/// A JSON request body. The content type is ignored, since no endpoint takes anything but JSON.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T, S> FromRequest<S> for JsonBody<T>
where
    T: Described,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state).await.map_err(|_| ApiError::malformed_json())?;
        // serde_json does not validate the UTF-8 of values that it skips.
        let text = std::str::from_utf8(&bytes).map_err(|_| ApiError::malformed_json())?;
        if depth(text) > MAX_DEPTH {
            return Err(ApiError::bad_request("JSON body is nested too deeply"));
        }
        match serde_json::from_str::<Object<T>>(text) {
            Ok(Object(request)) => Ok(Self(request)),
            Err(error) if error.is_data() => Err(ApiError::bad_request(T::WRONG_SHAPE)),
            Err(_) => Err(ApiError::malformed_json()),
        }
    }
}

/// How deep arrays and objects are nested, not counting brackets in strings. For malformed JSON the result means nothing.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::depth;

    #[test]
    fn depth_counts_nesting_and_not_what_strings_hold() {
        assert_eq!(depth("1"), 0);
        assert_eq!(depth("[[],[[]]]"), 3);
        assert_eq!(depth(r#"{"a":"[[[\"[[["}"#), 1);
        assert_eq!(depth(&"[".repeat(5000)), 5000);
    }
}
