//! Migrations from one schema version to the next, with data.

use std::sync::Arc;

use serde_json::{Value, json};
use syncproof_server::maintenance;

use crate::harness::{Server, TABLES, User, delete, op, payload, put};

/// Everything that a user can see in a workspace.
async fn seen(user: &User, workspace: &str) -> Value {
    json!([
        user.session().await["user"],
        user.get("/api/workspaces").await.expect(200),
        user.get(&format!("/api/workspaces/{workspace}/members")).await.expect(200),
        user.pull(workspace, 0, 1000).await.expect(200),
        user.pull(workspace, 3, 1000).await.expect(200),
        user.items(workspace).await,
    ])
}

/// A server with a workspace that holds everything a version can store: owners, losing writes, tombstones, hidden entries,
/// cursors. Returns the workspace and its first op too.
async fn filled(collect: bool) -> (Arc<Server>, String, Value) {
    let (server, ann, home) = Server::with_ann().await;
    let bob = ann.with_member(&home, "bob", "editor").await;
    let (ann_id, bob_id) = (ann.user_id().await, bob.user_id().await);
    let first = put("a", 5, "first");
    ann.push(&home, &[first.clone(), put("a", 3, "a loser"), put("b", 1, 1), delete("b", 2)]).await.expect(200);
    for table in TABLES {
        ann.push(&home, &[op("put", table, "x", 1, Some(payload(table, "x", &ann_id)))]).await.expect(200);
    }
    let notice = |pk: &str| op("put", "notifications", pk, 1, Some(payload("notifications", pk, &bob_id)));
    bob.push(&home, &[notice("y"), notice("z"), op("delete", "notifications", "z", 2, None)]).await.expect(200);
    bob.move_cursor(&home, "d", json!(3)).await.expect(200);
    if collect {
        server.age();
        ann.gc("gc-change-log", &home, json!(3600)).await.expect(200);
    }
    (server, home, first)
}

/// Stops the server, undoes the newest migration of its database, and starts it again.
async fn migrate(server: &Server) -> Arc<Server> {
    let folder = server.stop().await;
    maintenance::make_older(&folder.path().join("sync.db")).unwrap();
    Server::on(folder)
}

#[tokio::test]
async fn migrating_from_the_previous_version_loses_nothing() {
    for collect in [false, true] {
        let (server, home, first) = filled(collect).await;
        let before = [seen(&server.user("ann"), &home).await, seen(&server.user("bob"), &home).await];
        let server = migrate(&server).await;
        let (ann, bob) = (server.user("ann"), server.user("bob"));
        assert_eq!([seen(&ann, &home).await, seen(&bob, &home).await], before);
        let results = ann.pushed(&home, &[first, put("new", 1, 1)]).await;
        assert_eq!((&results[0]["serverVersion"], &results[0]["replayed"]), (&json!(1), &json!(true)));
        assert_eq!(results[1]["serverVersion"], 15);
        bob.move_cursor(&home, "d", json!(2)).await.expect(409);
        let hijack = op("put", "notifications", "y", 9, Some(payload("notifications", "y", &ann.user_id().await)));
        assert_eq!(ann.pushed(&home, &[hijack]).await[0]["errorCode"], "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn a_snapshot_after_a_migration_shows_one_moment() {
    let (server, home, _) = filled(false).await;
    let ann = migrate(&server).await.user("ann");
    let expected = ann.items(&home).await;
    let (_, items) = crate::snapshot::walk(&ann, &home, 2, async |number| {
        let clock = 100 + u64::try_from(number).unwrap();
        ann.push(&home, &[put("a", clock, "later"), put("b", clock, "revived")]).await.expect(200);
    })
    .await;
    assert_eq!(items, expected);
}
