//! HTTP itself: routes, methods, every kind of wrong body, and the shape of errors.

use serde_json::{Value, json};

use crate::harness::{Answer, Server, ann, requests};

fn check_error(answer: &Answer, status: u16, url: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.body["error"], true);
    assert_eq!(answer.body["url"], url);
    assert_eq!(answer.body["statusCode"], status);
    assert!(answer.body["statusMessage"].is_string() && answer.body["message"].is_string());
}

const POSTS: [&str; 8] = [
    "/api/workspaces",
    "/api/workspaces/active",
    "/api/sync/push",
    "/api/sync/pull",
    "/api/sync/update-cursor",
    "/api/sync/snapshot",
    "/api/sync/gc-change-log",
    "/api/sync/gc-tombstones",
];

#[tokio::test]
async fn unknown_routes_get_404_and_wrong_methods_405_with_or_without_a_credential() {
    let (server, ann, _) = Server::with_ann().await;
    for token in [None, Some(ann.token.as_str())] {
        for path in ["/", "/api", "/api/nope", "/api/sync/gc", "/api/workspaces/x/y", "/api/sync/push/"] {
            check_error(&server.send_text(token, "POST", path, "{}").await, 404, path);
        }
        for path in POSTS {
            let answer = server.send_text(token, "PUT", path, "{}").await;
            check_error(&answer, 405, path);
            assert!(answer.headers["allow"].to_str().unwrap().contains("POST"));
        }
    }
}

#[tokio::test]
async fn bodies_that_are_not_json_get_400_everywhere() {
    let (server, ann, home) = Server::with_ann().await;
    let bodies: [&[u8]; 9] =
        [b"", b"{", b"{bad", b"{} {}", b"{}x", b"{\"a\":\"\xff\"}", b"\xef\xbb\xbf{}", b"{\"a\":01}", b"{'a':1}"];
    for path in POSTS {
        for body in bodies {
            check_error(&server.send_text(Some(&ann.token), "POST", path, body).await, 400, path);
        }
    }
    let patch = format!("/api/workspaces/{home}");
    check_error(&server.send_text(Some(&ann.token), "PATCH", &patch, "{").await, 400, &patch);
}

#[tokio::test]
async fn bodies_of_the_wrong_shape_get_400_everywhere() {
    let (ann, _) = ann().await;
    for path in POSTS {
        for body in [json!(null), json!([]), json!("{}"), json!(1), json!(true), json!({}), json!([{}, []])] {
            check_error(&ann.post(path, body).await, 400, path);
        }
    }
}

#[tokio::test]
async fn deep_nesting_is_refused_even_in_unknown_fields() {
    let (server, ann, home) = Server::with_ann().await;
    for depth in [101, 5000, 500_000] {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let body = format!(r#"{{"scope":{{"workspaceId":"{home}"}},"cursor":0,"limit":1,"unknown":{deep}}}"#);
        check_error(&server.send_text(Some(&ann.token), "POST", "/api/sync/pull", body).await, 400, "/api/sync/pull");
        let unclosed = "{\"a\":".repeat(depth);
        server.send_text(Some(&ann.token), "POST", "/api/sync/push", unclosed).await.expect(400);
    }
}

#[tokio::test]
async fn bodies_over_4_mib_get_413() {
    let (server, ann, home) = Server::with_ann().await;
    let pull = format!(r#"{{"scope":{{"workspaceId":"{home}"}},"cursor":0,"limit":1}}"#);
    let padded = |bytes: usize| format!("{pull}{}", " ".repeat(bytes - pull.len()));
    let limit = 4 * 1024 * 1024;
    server.send_text(Some(&ann.token), "POST", "/api/sync/pull", padded(limit)).await.expect(200);
    let over = server.send_text(Some(&ann.token), "POST", "/api/sync/pull", padded(limit + 1)).await;
    check_error(&over, 413, "/api/sync/pull");
}

#[tokio::test]
async fn any_content_type_counts_as_json() {
    use axum::body::Body;
    use axum::http::Request;
    let (server, ann, _) = Server::with_ann().await;
    for content_type in ["text/plain", "application/json; charset=utf-8", "application/x-www-form-urlencoded"] {
        let request = Request::post("/api/workspaces")
            .header("authorization", format!("bearer {}", ann.token))
            .header("content-type", content_type)
            .body(Body::from(r#"{"name":"n"}"#))
            .unwrap();
        server.send(request).await.expect(200);
    }
}

#[tokio::test]
async fn unusual_ids_in_the_path_are_accepted() {
    let (ann, _) = ann().await;
    for id in ["x", "%27%3B--", "__proto__", "%00", "%F0%9F%98%80", "a%2Fb", "%25"] {
        check_error(&ann.delete(&format!("/api/workspaces/{id}")).await, 403, &format!("/api/workspaces/{id}"));
    }
    for id in ["%ff", "%C0%AF"] {
        check_error(&ann.delete(&format!("/api/workspaces/{id}")).await, 400, &format!("/api/workspaces/{id}"));
    }
}

#[tokio::test]
async fn bodies_of_get_and_delete_are_ignored() {
    let (server, ann, home) = Server::with_ann().await;
    server.send_text(Some(&ann.token), "GET", "/api/workspaces", "{nonsense").await.expect(200);
    server.send_text(Some(&ann.token), "DELETE", &format!("/api/workspaces/{home}"), "{nonsense").await.expect(200);
}

#[tokio::test]
async fn every_response_forbids_caching() {
    let (server, ann, home) = Server::with_ann().await;
    for (method, path, body) in requests(&home) {
        let [good, anonymous, wrong_shape] = match (method, path.contains("/members")) {
            ("GET", _) => [200, 401, 200],
            ("DELETE", true) => [404, 401, 404],
            ("DELETE", false) => [200, 401, 403],
            (_, true) => [404, 401, 400],
            (_, false) => [200, 401, 400],
        };
        let (token, body, other) = (Some(&*ann.token), body.to_string(), "[]".to_owned());
        for (token, body, status) in [(token, body.clone(), good), (None, body, anonymous), (token, other, wrong_shape)]
        {
            let answer = server.send_text(token, method, &path, body).await;
            assert_eq!(answer.headers["cache-control"], "no-store", "{method} {path}");
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        }
    }
    let anonymous = server.send_text(None, "GET", "/api/auth/session", "").await;
    assert_eq!(anonymous.headers["cache-control"], "no-store");
    assert_eq!(anonymous.expect(200), json!({ "session": Value::Null }));
}
