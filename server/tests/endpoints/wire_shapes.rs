//! The shape of every response, compared with the snapshots in the root `snapshots/` folder. What differs from run to run
//! (ids, times, tokens) is replaced.

use std::num::NonZeroU32;

use serde_json::{Value, json};
use syncproof_server::Limits;

use crate::harness::{Answer, Server, ann, delete, op, payload, put};

/// UUIDs of version 1, which the filter for random ones leaves as they are.
const OP_IDS: [&str; 3] = [
    "00000000-0000-1000-8000-000000000001",
    "00000000-0000-1000-8000-000000000002",
    "00000000-0000-1000-8000-000000000003",
];

fn check(name: &str, answer: Answer) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "[uuid]");
    settings.add_filter(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", "[token]");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "[time]");
    settings.add_filter(r#"("(?:createdAt|serverDeletedAt)": )\d+"#, "$1\"[seconds]\"");
    let shape = json!({ "status": answer.status.as_u16(), "body": answer.body });
    settings.bind(|| insta::assert_json_snapshot!(format!("server__{name}"), shape));
}

fn named(mut op: Value, op_id: &str) -> Value {
    op["stamp"]["opId"] = json!(op_id);
    op
}

#[tokio::test]
async fn sessions() {
    let server = Server::new();
    check("session_anonymous", server.send_text(None, "GET", "/api/auth/session", "").await);
    check("session", server.user("ann").get("/api/auth/session").await);
}

#[tokio::test]
async fn workspaces() {
    let (server, ann, home) = Server::with_ann().await;
    let (bob, _) = server.signed_in("bob").await;
    check("workspace_create", ann.post("/api/workspaces", json!({ "name": "Second" })).await);
    check("workspace_create_wrong_shape", ann.post("/api/workspaces", json!({})).await);
    check("workspace_create_long_name", ann.post("/api/workspaces", json!({ "name": "n".repeat(101) })).await);
    check("workspace_list", ann.get("/api/workspaces").await);
    check("workspace_list_unauthorized", server.send_text(None, "GET", "/api/workspaces", "").await);
    check("workspace_activate", ann.activate(&home).await);
    check("workspace_activate_stranger", server.user("bob").activate(&home).await);
    check("workspace_activate_wrong_shape", ann.post("/api/workspaces/active", json!([])).await);
    let path = format!("/api/workspaces/{home}");
    check("workspace_rename", ann.call("PATCH", &path, json!({ "name": "Renamed" })).await);
    check("workspace_rename_wrong_shape", ann.call("PATCH", &path, json!({})).await);
    check("workspace_rename_stranger", bob.call("PATCH", &path, json!({ "name": "Renamed" })).await);
    check("workspace_delete_stranger", bob.delete(&path).await);
    check("workspace_delete", ann.delete(&path).await);
}

#[tokio::test]
async fn members() {
    let (server, ann, home) = Server::with_ann().await;
    let (bob, _) = server.signed_in("bob").await;
    let path = format!("/api/workspaces/{home}/members");
    check("member_list", ann.get(&path).await);
    check("member_list_stranger", bob.get(&path).await);
    check("member_add", ann.add_member(&home, &bob, "viewer").await);
    check("member_add_twice", ann.add_member(&home, &bob, "viewer").await);
    check("member_add_wrong_shape", ann.post(&path, json!({})).await);
    check("member_add_unknown_user", ann.post(&path, json!({ "userId": "nobody", "role": "viewer" })).await);
    let (own, bobs) = (format!("{path}/{}", ann.user_id().await), format!("{path}/{}", bob.user_id().await));
    check("member_change", ann.call("PATCH", &bobs, json!({ "role": "editor" })).await);
    check("member_change_wrong_shape", ann.call("PATCH", &bobs, json!({ "role": "boss" })).await);
    check("member_change_last_owner", ann.call("PATCH", &own, json!({ "role": "editor" })).await);
    check("member_remove", ann.delete(&bobs).await);
    check("member_remove_not_a_member", ann.delete(&bobs).await);
}

#[tokio::test]
async fn sync() {
    let (server, ann, home) = Server::with_ann().await;
    let (bob, _) = server.signed_in("bob").await;
    let winner = named(put("a", 2, "winner"), OP_IDS[0]);
    let mut bad = named(put("a", 1, "bad"), OP_IDS[2]);
    bad["tableName"] = json!("bogus");
    let ops = [winner.clone(), named(put("a", 1, "loser"), OP_IDS[1]), bad, winner.clone()];
    check("push", ann.push(&home, &ops).await);
    check("push_conflict", ann.push(&home, &[named(put("b", 1, 1), OP_IDS[0])]).await);
    check("push_delete", ann.push(&home, &[named(delete("b", 1), OP_IDS[2])]).await);
    check("push_wrong_shape", ann.post("/api/sync/push", json!({})).await);
    check("push_malformed", server.send_text(Some(&ann.token), "POST", "/api/sync/push", "{bad").await);
    check("push_blank_workspace", ann.push("", &[]).await);
    check("push_stranger", bob.push(&home, &ops).await);
    check("pull", ann.pull(&home, 0, 2).await);
    check("pull_last", ann.pull(&home, 2, 2).await);
    check("pull_wrong_shape", ann.pull(&home, 0, 0).await);
    check("pull_stranger", bob.pull(&home, 0, 1).await);
    check("cursor", ann.move_cursor(&home, "d", json!(2)).await);
    check("cursor_regress", ann.move_cursor(&home, "d", json!(1)).await);
    check("cursor_beyond_head", ann.move_cursor(&home, "d", json!(99)).await);
    check("cursor_wrong_shape", ann.move_cursor(&home, "", json!(1)).await);
    check("snapshot", ann.snapshot(&home, json!({})).await);
    check("snapshot_page", ann.snapshot(&home, json!({ "pageSize": 1 })).await);
    check("snapshot_malformed_token", ann.snapshot(&home, json!({ "pageToken": "garbage" })).await);
    check("snapshot_unknown_table", ann.snapshot(&home, json!({ "tables": ["bogus"] })).await);
    check("snapshot_wrong_shape", ann.snapshot(&home, json!({ "pageSize": 0 })).await);
    check("snapshot_stranger", bob.snapshot(&home, json!({})).await);
}

#[tokio::test]
async fn gc() {
    let (server, ann, home) = Server::with_ann().await;
    let (bob, _) = server.signed_in("bob").await;
    ann.push(&home, &[named(put("a", 1, 1), OP_IDS[0]), named(put("b", 1, 1), OP_IDS[1])]).await.expect(200);
    ann.move_cursor(&home, "d", json!(2)).await.expect(200);
    server.age();
    check("gc_change_log", ann.gc("gc-change-log", &home, json!(3600)).await);
    check("gc_tombstones", ann.gc("gc-tombstones", &home, json!(3600)).await);
    check("gc_wrong_shape", ann.gc("gc-change-log", &home, json!(0)).await);
    check("gc_short_retention", ann.gc("gc-tombstones", &home, json!(3599)).await);
    check("gc_stranger", bob.gc("gc-change-log", &home, json!(3600)).await);
    check("pull_gap", ann.pull(&home, 0, 10).await);
    check("pull_after_gc", ann.pull(&home, 2, 10).await);
}

#[tokio::test]
async fn notifications() {
    let (ann, home) = ann().await;
    let forged = op("put", "notifications", "n", 1, Some(payload("notifications", "n", "another user")));
    check("push_forged_notification", ann.push(&home, &[named(forged, OP_IDS[0])]).await);
}

#[tokio::test]
async fn limits() {
    let limits = Limits { max_batch_ops: 1, requests_per_second: NonZeroU32::new(1), ..Limits::default() };
    let server = Server::with_limits(limits);
    // A user who has sent no request yet has the whole allowance.
    let (ann, bob) = (server.user("ann"), server.user("bob"));
    check("push_too_many_ops", ann.push("w", &[put("a", 1, 1), put("b", 1, 1)]).await);
    check("too_many_requests", bob.too_many_requests().await);
}

#[tokio::test]
async fn http() {
    let server = Server::new();
    check("unknown_route", server.send_text(None, "GET", "/api/nope", "").await);
    check("wrong_method", server.send_text(None, "PUT", "/api/workspaces", "").await);
    check("body_too_large", server.send_text(None, "POST", "/api/sync/push", vec![b' '; 5_000_000]).await);
}
