//! The limits that can be configured, and the rate limit.

use std::num::NonZeroU32;

use serde_json::{Value, json};
use syncproof_server::Limits;

use crate::harness::{Server, put};

#[tokio::test]
async fn configured_limits_of_batches_payloads_and_bodies_apply() {
    let limits = Limits { max_body_bytes: 4000, max_batch_ops: 3, max_payload_bytes: 200, ..Limits::default() };
    let server = Server::with_limits(limits);
    let (ann, home) = server.signed_in("ann").await;
    let ops: Vec<Value> = (0..4).map(|number| put(&number.to_string(), 1, number)).collect();
    let many = ann.push(&home, &ops).await.expect(400);
    assert!(many["message"].as_str().unwrap().contains('3'), "{many}");
    ann.push(&home, &ops[..3]).await.expect(200);
    let mut fits = put("a", 1, "");
    let room = 200 - fits["payload"].to_string().len();
    fits["payload"]["value"] = json!("x".repeat(room));
    let mut over = put("a", 1, "x".repeat(room + 1));
    over["pk"] = json!("a");
    let results = ann.pushed(&home, &[fits, over]).await;
    assert_eq!((&results[0]["success"], &results[1]["errorCode"]), (&json!(true), &json!("OVERSIZED")));
    let body = json!({ "scope": { "workspaceId": home }, "ops": [] }).to_string();
    let padded = |bytes: usize| format!("{body}{}", " ".repeat(bytes - body.len()));
    server.send_text(Some(&ann.token), "POST", "/api/sync/push", padded(4000)).await.expect(200);
    server.send_text(Some(&ann.token), "POST", "/api/sync/push", padded(4001)).await.expect(413);
}

#[tokio::test]
async fn too_many_requests_get_429_with_retry_after() {
    let server = Server::with_limits(Limits { requests_per_second: NonZeroU32::new(1), ..Limits::default() });
    for user in [server.user("ann"), server.user("bob")] {
        let refused = user.too_many_requests().await;
        assert_eq!(refused.headers["retry-after"], "1");
        assert_eq!(refused.headers["cache-control"], "no-store");
        assert_eq!((&refused.body["statusCode"], &refused.body["error"]), (&json!(429), &json!(true)));
    }
}

#[tokio::test]
async fn without_a_limit_no_request_is_refused() {
    let server = Server::in_memory();
    let ann = server.user("ann");
    for _ in 0..200 {
        ann.get("/api/auth/session").await.expect(200);
    }
}
