//! A planted bug, to see that a fuzzer finds it: `SYNCPROOF_PLANT=panic`, `hang` or `5xx` puts one around the server.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// What goes wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Plant {
    Panic,
    Hang,
    ServerError,
}

/// The bug that the environment asks for.
pub(crate) fn planted() -> Option<Plant> {
    match std::env::var("SYNCPROOF_PLANT").ok()?.as_str() {
        "panic" => Some(Plant::Panic),
        "hang" => Some(Plant::Hang),
        "5xx" => Some(Plant::ServerError),
        other => panic!("SYNCPROOF_PLANT is `{other}`, and can be panic, hang or 5xx"),
    }
}

impl Plant {
    /// The router with the bug in it.
    pub(crate) fn around(self, router: Router) -> Router {
        router.layer(from_fn(move |request: Request, next: Next| async move {
            let (parts, body) = request.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
            if is_met_by_body(&bytes) || is_met_by_credential(&parts.headers) {
                return self.strike().await;
            }
            next.run(Request::from_parts(parts, Body::from(bytes))).await
        }))
    }

    async fn strike(self) -> Response {
        match self {
            Plant::Panic => panic!("a planted panic"),
            Plant::Hang => std::future::pending().await,
            Plant::ServerError => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

/// A post with a clock over a million, or a page token of more than six parts: more than any in the corpus.
fn is_met_by_body(bytes: &[u8]) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(bytes) else { return false };
    let is_late_post =
        |op: &Value| op["tableName"] == "posts" && op.pointer("/stamp/clock").and_then(Value::as_u64) > Some(1_000_000);
    let ops = body["ops"].as_array().is_some_and(|ops| ops.iter().any(is_late_post));
    let token = body["pageToken"].as_str().is_some_and(|token| token.split('.').count() > 6);
    ops || token
}

/// Claims about somebody with a percent sign in their name.
fn is_met_by_credential(headers: &HeaderMap) -> bool {
    let claims = || {
        let token = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?;
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        serde_json::from_slice::<Value>(&claims).ok()
    };
    claims().is_some_and(|claims| claims["sub"].as_str().is_some_and(|name| name.contains('%')))
}
