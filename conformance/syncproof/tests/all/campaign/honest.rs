//! Honest servers that are no variant of the specimen: what stands around the reference answers in another way.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use syncproof::in_process;

use super::{plan, run, shown};

/// Refuses a batch of which nothing was taken in, for ids that are others' all of them (`op.reuse-conflicting`).
async fn refuses_reused_ids_with_their_batch(request: Request, next: Next) -> Response {
    let is_push = request.uri().path() == "/api/sync/push";
    let answer = next.run(request).await;
    if !is_push || answer.status() != StatusCode::OK {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let told: Value = serde_json::from_slice(&body).unwrap();
    let results = told["results"].as_array().unwrap();
    let is_refused = !results.is_empty() && results.iter().all(|result| result["errorCode"] == "CONFLICT");
    if is_refused {
        let error = r#"{"statusCode": 400, "statusMessage": "Bad Request", "message": "an op id is taken"}"#;
        return (StatusCode::BAD_REQUEST, error).into_response();
    }
    Response::from_parts(parts, Body::from(body))
}

#[test]
fn who_refuses_a_reused_op_id_with_its_batch_is_left_alone() {
    let around = |router: Router| router.layer(from_fn(refuses_reused_ids_with_their_batch));
    let (progress, found) = run(&in_process::reference_behind(around), &plan(1, 400));
    if let Some(found) = found {
        panic!("{}", shown(&found));
    }
    assert!(progress.cases >= 400, "{progress:?}");
}
