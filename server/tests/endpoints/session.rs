//! Sessions, credentials and the first sign-in.

use hmac::Hmac;
use serde_json::{Value, json};
use sha2::Sha512;

use crate::harness::{SECRET, Server, join_all, now, requests, sign, sign_with, token};

async fn session(server: &Server, token: Option<&str>) -> Value {
    server.send_text(token, "GET", "/api/auth/session", "").await.expect(200)["session"].clone()
}

#[tokio::test]
async fn without_a_credential_there_is_no_session() {
    assert_eq!(session(&Server::new(), None).await, Value::Null);
}

#[tokio::test]
async fn the_first_request_makes_a_user_and_a_default_workspace() {
    let server = Server::new();
    let user = server.user("ann");
    let first = user.session().await;
    assert_eq!(first["workspace"]["name"], "My Workspace");
    assert_eq!(first["role"], "owner");
    assert_eq!(first["provider"], "test");
    assert_eq!(first["providerUserId"], "ann");
    let second = user.session().await;
    assert_eq!(second["user"], first["user"]);
    assert_eq!(second["workspace"], first["workspace"]);
    assert_eq!(user.workspace_ids().await.len(), 1);
}

#[tokio::test]
async fn fifty_concurrent_first_requests_make_one_user_and_one_workspace() {
    for server in [Server::new(), Server::in_memory()] {
        let user = server.user("burst");
        let sessions = join_all((0..50).map(|_| user.session())).await;
        for session in &sessions {
            assert_eq!(session["user"]["id"], sessions[0]["user"]["id"]);
            assert_eq!(session["workspace"]["id"], sessions[0]["workspace"]["id"]);
        }
        assert_eq!(user.workspace_ids().await.len(), 1);
    }
}

#[tokio::test]
async fn two_servers_on_one_file_agree_on_first_requests() {
    let one = Server::new();
    let other = one.another();
    let (here, there) = (one.user("both"), other.user("both"));
    let users = [&here, &there];
    let sessions = join_all((0..20).map(|number| users[number % 2].session())).await;
    assert!(sessions.iter().all(|session| session["workspace"] == sessions[0]["workspace"]));
    assert_eq!(here.workspace_ids().await.len(), 1);
}

#[tokio::test]
async fn identities_are_pairs_and_are_compared_exactly() {
    let server = Server::new();
    let identities = [
        ("test", "ann"),
        ("other", "ann"),
        ("test", "Ann"),
        ("test", "ann "),
        ("test", "a\u{308}nn"),
        ("test", "änn"),
        ("test", "ａｎｎ"),
    ];
    let mut ids = std::collections::HashSet::new();
    for (provider, sub) in identities {
        let session = session(&server, Some(&token(provider, sub))).await;
        ids.insert(session["user"]["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), identities.len());
}

#[tokio::test]
async fn a_credential_that_is_not_valid_counts_as_none() {
    let server = Server::new();
    let now = now();
    let good = token("test", "ann");
    let unsigned = {
        let claims = good.split('.').nth(1).unwrap();
        // {"alg":"none","typ":"JWT"}
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.")
    };
    let bad = [
        sign(&json!({ "provider": "test", "sub": "ann", "exp": now + 60 }), "another secret"),
        sign(&json!({ "provider": "test", "sub": "ann", "exp": now - 1 }), SECRET),
        sign(&json!({ "provider": "test", "sub": "ann" }), SECRET),
        sign(&json!({ "provider": "test", "sub": "ann", "exp": "soon" }), SECRET),
        sign(&json!({ "provider": " ", "sub": "ann", "exp": now + 60 }), SECRET),
        sign(&json!({ "provider": "test", "sub": "", "exp": now + 60 }), SECRET),
        sign(&json!({ "provider": "test", "sub": 7, "exp": now + 60 }), SECRET),
        sign(&json!({ "provider": "test", "sub": "ann", "exp": now + 60, "nbf": now + 30 }), SECRET),
        good[..good.len() - 2].to_owned(),
        unsigned,
        "nonsense".to_owned(),
    ];
    for token in &bad {
        assert_eq!(session(&server, Some(token)).await, Value::Null, "{token}");
        server.send_text(Some(token), "GET", "/api/workspaces", "").await.expect(401);
    }
    assert_ne!(session(&server, Some(&good)).await, Value::Null);
}

#[tokio::test]
async fn a_token_in_another_algorithm_counts_as_none() {
    let server = Server::new();
    let claims = json!({ "provider": "test", "sub": "ann", "exp": now() + 60 });
    let token = sign_with::<Hmac<Sha512>>("HS512", &claims, SECRET);
    assert_eq!(session(&server, Some(&token)).await, Value::Null);
}

#[tokio::test]
async fn a_session_ends_with_its_credential() {
    let server = Server::new();
    let claims = json!({ "provider": "test", "sub": "ann", "exp": 4_107_542_400_u64 });
    let session = session(&server, Some(&sign(&claims, SECRET))).await;
    assert_eq!(session["expiresAt"], "2100-03-01T00:00:00.000Z");
    assert_eq!(session["user"].as_object().unwrap().len(), 1, "the credential names no email and no name");
}

#[tokio::test]
async fn without_a_credential_every_other_endpoint_answers_401() {
    let server = Server::new();
    for (method, path, body) in requests("w") {
        let answer = server.send_text(None, method, &path, body.to_string()).await;
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        assert_eq!(answer.expect(401)["statusCode"], 401, "{method} {path}");
    }
}

#[tokio::test]
async fn name_and_email_follow_the_credential() {
    let server = Server::new();
    let exp = now() + 60;
    let claims = |email: Option<&str>| json!({ "provider": "test", "sub": "ann", "exp": exp, "email": email });
    for (email, stored) in [(Some("a@x.test"), "a@x.test"), (None, "a@x.test"), (Some("b@x.test"), "b@x.test")] {
        let session = session(&server, Some(&sign(&claims(email), SECRET))).await;
        assert_eq!(session["user"]["email"], stored);
    }
}
