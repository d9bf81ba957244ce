//! Workspaces: their rules, who may do what, and where users are moved when one is deleted.

use serde_json::{Value, json};

use crate::harness::{Server, ann, join_all, put, requests, uuid};

#[tokio::test]
async fn a_new_workspace_is_owned_listed_first_and_not_active() {
    let (ann, home) = ann().await;
    let first = ann.create_workspace("One").await;
    let second = ann.create_workspace("One").await;
    assert_eq!(ann.workspace_ids().await, [second, first, home.clone()]);
    let list = ann.workspaces().await;
    let active = list.iter().filter(|workspace| workspace["isActive"] == true);
    assert_eq!(active.map(|workspace| &workspace["id"]).collect::<Vec<_>>(), [&home]);
    assert_eq!(list[0]["role"], "owner");
}

#[tokio::test]
async fn names_and_descriptions_are_trimmed_and_bounded_in_characters() {
    let (ann, _) = ann().await;
    let good = [
        (json!({ "name": "  Second ", "description": "  " }), json!("Second"), Value::Null),
        (
            json!({ "name": "é".repeat(100), "description": "é".repeat(1000) }),
            json!("é".repeat(100)),
            json!("é".repeat(1000)),
        ),
        (json!({ "name": "n", "description": null }), json!("n"), Value::Null),
        (json!({ "name": "__proto__", "description": " d " }), json!("__proto__"), json!("d")),
    ];
    for (body, name, description) in good {
        ann.post("/api/workspaces", body).await.expect(200);
        let newest = &ann.workspaces().await[0];
        assert_eq!((&newest["name"], &newest["description"]), (&name, &description));
    }
    let count = ann.workspace_ids().await.len();
    let bad = [
        json!({}),
        json!({ "name": "" }),
        json!({ "name": " \n" }),
        json!({ "name": null }),
        json!({ "name": 1 }),
        json!({ "name": "n".repeat(101) }),
        json!({ "name": "n", "description": "d".repeat(1001) }),
        json!({ "name": "n", "description": 1 }),
        json!(["n"]),
        json!("n"),
        json!(null),
    ];
    for body in bad {
        ann.post("/api/workspaces", body.clone()).await.expect(400);
    }
    assert_eq!(ann.workspace_ids().await.len(), count);
}

#[tokio::test]
async fn an_absent_description_stays_and_a_null_or_blank_one_is_cleared() {
    let (ann, home) = ann().await;
    let path = format!("/api/workspaces/{home}");
    for (body, description) in [
        (json!({ "name": "a", "description": "d" }), json!("d")),
        (json!({ "name": "b" }), json!("d")),
        (json!({ "name": "c", "description": null }), Value::Null),
        (json!({ "name": "c", "description": "e" }), json!("e")),
        (json!({ "name": "c", "description": " " }), Value::Null),
    ] {
        ann.call("PATCH", &path, body.clone()).await.expect(200);
        let renamed = &ann.workspaces().await[0];
        assert_eq!((&renamed["name"], &renamed["description"]), (&body["name"], &description), "{body}");
    }
}

#[tokio::test]
async fn owners_and_editors_rename_and_viewers_do_not() {
    let (ann, home) = ann().await;
    let ed = ann.with_member(&home, "ed", "editor").await;
    let vi = ann.with_member(&home, "vi", "viewer").await;
    let path = format!("/api/workspaces/{home}");
    ed.call("PATCH", &path, json!({ "name": "by ed" })).await.expect(200);
    vi.call("PATCH", &path, json!({ "name": "by vi" })).await.expect(403);
    for user in [&ann, &ed, &vi] {
        let workspaces = user.workspaces().await;
        assert_eq!(workspaces.iter().find(|workspace| workspace["id"] == *home).unwrap()["name"], "by ed");
    }
}

#[tokio::test]
async fn strangers_get_the_same_answer_for_existing_deleted_and_unknown_workspaces() {
    let (server, ann, existing) = Server::with_ann().await;
    let deleted = ann.create_workspace("gone").await;
    ann.delete(&format!("/api/workspaces/{deleted}")).await.expect(200);
    let (eve, _) = server.signed_in("eve").await;
    let unknown = uuid();
    for id in [&existing, &deleted, &unknown] {
        // The first two concern no particular workspace.
        for (method, path, body) in requests(id).into_iter().skip(2) {
            let answer = eve.call(method, &path, body).await;
            assert_eq!(answer.status, 403, "{method} {path}");
            assert_eq!(answer.body["message"], "Forbidden");
        }
    }
    assert!(ann.changes(&existing).await.is_empty());
}

#[tokio::test]
async fn only_an_accepted_activation_moves_the_session() {
    let (ann, home) = ann().await;
    let second = ann.create_workspace("second").await;
    ann.activate(&second).await.expect(200);
    assert_eq!(ann.active().await, second);
    ann.activate(&home).await.expect(200);
    ann.delete(&format!("/api/workspaces/{second}")).await.expect(200);
    ann.activate(&second).await.expect(403);
    ann.activate(&uuid()).await.expect(403);
    ann.post("/api/workspaces/active", json!({})).await.expect(400);
    ann.post("/api/workspaces/active", json!({ "id": " " })).await.expect(400);
    assert_eq!(ann.active().await, home);
}

#[tokio::test]
async fn deleting_a_workspace_moves_exactly_the_users_who_were_in_it() {
    let (server, ann, _) = Server::with_ann().await;
    let doomed = ann.create_workspace("doomed").await;
    let mut homes = Vec::new();
    for (name, role) in [("bob", "owner"), ("cy", "editor"), ("di", "viewer"), ("elsewhere", "editor")] {
        let (user, home) = server.signed_in(name).await;
        ann.add_member(&doomed, &user, role).await.expect(200);
        if name != "elsewhere" {
            user.activate(&doomed).await.expect(200);
        }
        homes.push((user, home));
    }
    ann.activate(&doomed).await.expect(200);
    ann.push(&doomed, &[put("a", 1, 1)]).await.expect(200);
    ann.delete(&format!("/api/workspaces/{doomed}")).await.expect(200);
    for (user, home) in &homes {
        assert_eq!(&user.active().await, home, "{}", user.name);
        assert_eq!(&user.workspace_ids().await, std::slice::from_ref(home));
        user.pull(&doomed, 0, 1).await.expect(403);
    }
    assert_ne!(ann.active().await, doomed);
    ann.delete(&format!("/api/workspaces/{doomed}")).await.expect(403);
}

#[tokio::test]
async fn a_user_without_a_workspace_gets_a_new_default_one() {
    let (ann, home) = ann().await;
    ann.delete(&format!("/api/workspaces/{home}")).await.expect(200);
    let session = ann.session().await;
    assert_ne!(session["workspace"]["id"], home.as_str());
    assert_eq!(session["workspace"]["name"], "My Workspace");
    assert_eq!(session["role"], "owner");
    assert_eq!(ann.workspace_ids().await.len(), 1);
}

#[tokio::test]
async fn only_an_owner_deletes() {
    let (ann, home) = ann().await;
    for role in ["editor", "viewer"] {
        let user = ann.with_member(&home, role, role).await;
        user.delete(&format!("/api/workspaces/{home}")).await.expect(403);
    }
    assert_eq!(ann.active().await, home);
}

#[tokio::test]
async fn activations_during_a_deletion_never_leave_a_user_in_it() {
    let (server, ann, _) = Server::with_ann().await;
    let (bob, _) = server.signed_in("bob").await;
    for _ in 0..5 {
        let doomed = ann.create_workspace("doomed").await;
        ann.add_member(&doomed, &bob, "editor").await.expect(200);
        let path = format!("/api/workspaces/{doomed}");
        let delete = async {
            ann.delete(&path).await.expect(200);
        };
        let activations = join_all((0..8).map(|_| bob.activate(&doomed)));
        let (answers, ()) = tokio::join!(activations, delete);
        assert!(answers.iter().all(|answer| [200, 403].contains(&answer.status.as_u16())));
        assert_ne!(bob.active().await, doomed);
    }
}

#[tokio::test]
async fn concurrent_creations_all_succeed_and_are_listed() {
    let (ann, _) = ann().await;
    let made = join_all((0..20).map(|_| ann.create_workspace("n"))).await;
    let listed = ann.workspace_ids().await;
    assert_eq!(listed.len(), 21);
    assert!(made.iter().all(|id| listed.contains(id)));
}
