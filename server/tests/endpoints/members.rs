//! Members: roles, who manages whom, and the last owner.

use serde_json::json;

use crate::harness::{Server, ann, put, uuid};

#[tokio::test]
async fn changes_of_members_by_an_owner_take_effect_at_once() {
    let (server, ann, home) = Server::with_ann().await;
    let (bob, bobs_home) = server.signed_in("bob").await;
    let member = format!("/api/workspaces/{home}/members/{}", bob.user_id().await);
    ann.add_member(&home, &bob, "viewer").await.expect(200);
    ann.add_member(&home, &bob, "owner").await.expect(409);
    bob.push(&home, &[put("a", 1, 1)]).await.expect(403);
    bob.pull(&home, 0, 1).await.expect(200);
    bob.move_cursor(&home, "d", json!(0)).await.expect(200);
    bob.snapshot(&home, json!({})).await.expect(200);
    ann.call("PATCH", &member, json!({ "role": "editor" })).await.expect(200);
    bob.push(&home, &[put("a", 1, 1)]).await.expect(200);
    bob.activate(&home).await.expect(200);
    ann.delete(&member).await.expect(200);
    bob.push(&home, &[put("a", 2, 1)]).await.expect(403);
    bob.pull(&home, 0, 1).await.expect(403);
    assert_eq!(bob.active().await, bobs_home);
    assert_eq!(bob.workspace_ids().await, [bobs_home]);
}

#[tokio::test]
async fn a_removed_member_without_another_workspace_gets_a_default_one() {
    let (server, ann, home) = Server::with_ann().await;
    let (bob, bobs_home) = server.signed_in("bob").await;
    ann.add_member(&home, &bob, "editor").await.expect(200);
    bob.activate(&home).await.expect(200);
    bob.delete(&format!("/api/workspaces/{bobs_home}")).await.expect(200);
    assert_eq!(bob.workspace_ids().await, std::slice::from_ref(&home));
    ann.delete(&format!("/api/workspaces/{home}/members/{}", bob.user_id().await)).await.expect(200);
    assert_eq!(bob.session().await["workspace"]["name"], "My Workspace");
    assert_ne!(bob.active().await, home);
}

#[tokio::test]
async fn editors_viewers_and_strangers_cannot_manage_members() {
    let (server, ann, home) = Server::with_ann().await;
    let (new, _) = server.signed_in("new").await;
    for role in ["editor", "viewer", "stranger"] {
        let (user, _) = server.signed_in(role).await;
        if role != "stranger" {
            ann.add_member(&home, &user, role).await.expect(200);
        }
        let own = format!("/api/workspaces/{home}/members/{}", user.user_id().await);
        user.add_member(&home, &new, "viewer").await.expect(403);
        user.call("PATCH", &own, json!({ "role": "owner" })).await.expect(403);
        let others = format!("/api/workspaces/{home}/members/{}", ann.user_id().await);
        user.delete(&others).await.expect(403);
        let unknown = json!({ "userId": uuid(), "role": "viewer" });
        user.post(&format!("/api/workspaces/{home}/members"), unknown).await.expect(403);
    }
    let list = ann.get(&format!("/api/workspaces/{home}/members")).await.expect(200);
    assert_eq!(list["members"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn members_can_leave_and_strangers_have_nothing_to_leave() {
    let (server, ann, home) = Server::with_ann().await;
    let members = format!("/api/workspaces/{home}/members");
    for role in ["editor", "viewer", "owner", "stranger"] {
        let (user, _) = server.signed_in(role).await;
        if role != "stranger" {
            ann.add_member(&home, &user, role).await.expect(200);
        }
        let own = format!("{members}/{}", user.user_id().await);
        user.delete(&own).await.expect(if role == "stranger" { 403 } else { 200 });
        user.get(&members).await.expect(403);
    }
    let list = ann.get(&members).await.expect(200);
    assert_eq!(list["members"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn unknown_users_and_roles_are_refused() {
    let (ann, home) = ann().await;
    let path = format!("/api/workspaces/{home}/members");
    let ann_id = ann.user_id().await;
    ann.post(&path, json!({ "userId": uuid(), "role": "viewer" })).await.expect(404);
    for body in [
        json!({ "userId": ann_id, "role": "boss" }),
        json!({ "userId": ann_id, "role": { "owner": null } }),
        json!({ "userId": ann_id }),
        json!({ "role": "viewer" }),
        json!([ann_id, "viewer"]),
    ] {
        ann.post(&path, body).await.expect(400);
    }
    let nobody = format!("{path}/{}", uuid());
    ann.call("PATCH", &nobody, json!({ "role": "viewer" })).await.expect(404);
    ann.delete(&nobody).await.expect(404);
}

#[tokio::test]
async fn the_last_owner_cannot_leave_until_there_is_another_one() {
    let (server, ann, home) = Server::with_ann().await;
    let (bob, _) = server.signed_in("bob").await;
    let own = format!("/api/workspaces/{home}/members/{}", ann.user_id().await);
    ann.call("PATCH", &own, json!({ "role": "editor" })).await.expect(409);
    ann.delete(&own).await.expect(409);
    ann.call("PATCH", &own, json!({ "role": "owner" })).await.expect(200);
    assert_eq!(ann.session().await["role"], "owner");
    ann.add_member(&home, &bob, "owner").await.expect(200);
    ann.call("PATCH", &own, json!({ "role": "viewer" })).await.expect(200);
    assert_eq!(ann.session().await["role"], "viewer");
    bob.delete(&own).await.expect(200);
    assert_ne!(ann.active().await, home);
}
