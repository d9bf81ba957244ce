//! Garbage collection of the log and of tombstones: what is collected, what stays, and how the gap is reported.

use serde_json::{Value, json};
use syncproof_server::Limits;

use crate::harness::{Server, User, delete, op, payload, put};

const HOUR: u64 = 3600;

const KINDS: [&str; 2] = ["gc-change-log", "gc-tombstones"];

async fn push_puts(user: &User, workspace: &str, count: u64) {
    let ops: Vec<Value> = (1..=count).map(|number| put(&format!("{number:04}"), 1, number)).collect();
    user.push(workspace, &ops).await.expect(200);
}

/// Ann, and a workspace with this many puts that are older than the retention and read up to the version `read`.
async fn old_log(puts: u64, read: u64) -> (User, String) {
    let (server, ann, home) = Server::with_ann().await;
    push_puts(&ann, &home, puts).await;
    ann.move_cursor(&home, "d", json!(read)).await.expect(200);
    server.age();
    (ann, home)
}

async fn collect(user: &User, what: &str, workspace: &str) {
    let body = user.gc(what, workspace, json!(HOUR)).await.expect(200);
    assert_eq!(body, json!({ "ok": true }));
}

async fn collect_both(user: &User, workspace: &str) {
    for what in KINDS {
        collect(user, what, workspace).await;
    }
}

async fn oldest(user: &User, workspace: &str) -> u64 {
    let page = user.pull(workspace, u64::from(u32::MAX), 1).await.expect(200);
    assert_eq!(page["requiresSnapshot"], false, "beyond the head there is no gap");
    page["oldestRetainedVersion"].as_u64().unwrap()
}

#[tokio::test]
async fn old_entries_that_all_devices_read_are_collected_and_the_gap_is_reported() {
    let (ann, home) = old_log(5, 3).await;
    collect(&ann, "gc-change-log", &home).await;
    for cursor in [0, 1, 2] {
        for tables in [json!([]), json!(["kv"]), json!(["posts"])] {
            assert_eq!(
                ann.pull_tables(&home, cursor, 10, tables).await.expect(200),
                json!({ "changes": [], "nextCursor": cursor, "hasMore": false, "oldestRetainedVersion": 4, "requiresSnapshot": true })
            );
        }
    }
    let page = ann.pull(&home, 3, 1).await.expect(200);
    assert_eq!(page["changes"][0]["serverVersion"], 4);
    assert_eq!(
        (&page["nextCursor"], &page["hasMore"], &page["oldestRetainedVersion"], &page["requiresSnapshot"]),
        (&json!(4), &json!(true), &json!(4), &json!(false))
    );
    collect(&ann, "gc-change-log", &home).await;
    assert_eq!(oldest(&ann, &home).await, 4, "entries that no device has read stay");
}

#[tokio::test]
async fn versions_continue_after_the_whole_log_was_collected_even_after_a_restart() {
    let (ann, home) = old_log(5, 5).await;
    collect(&ann, "gc-change-log", &home).await;
    let ann = ann.server.restart().await.user("ann");
    let expect = |cursor: u64, gap: bool| json!({ "changes": [], "nextCursor": cursor, "hasMore": false, "oldestRetainedVersion": 6, "requiresSnapshot": gap });
    assert_eq!(ann.pull(&home, 5, 10).await.expect(200), expect(5, false), "nothing is missed");
    assert_eq!(ann.pull(&home, 6, 10).await.expect(200), expect(6, false));
    assert_eq!(ann.pull(&home, 4, 10).await.expect(200), expect(4, true));
    assert_eq!(ann.snapshot(&home, json!({})).await.expect(200)["highWatermark"], 5);
    assert_eq!(ann.pushed(&home, &[put("next", 1, 1)]).await[0]["serverVersion"], 6);
    let page = ann.pull(&home, 5, 10).await.expect(200);
    assert_eq!((&page["changes"][0]["serverVersion"], &page["oldestRetainedVersion"]), (&json!(6), &json!(6)));
}

#[tokio::test]
async fn entries_younger_than_the_retention_stay_and_later_ones_too() {
    let (server, ann, home) = Server::with_ann().await;
    push_puts(&ann, &home, 4).await;
    ann.push(&home, &[delete("0003", 2), delete("0004", 2)]).await.expect(200);
    ann.move_cursor(&home, "d", json!(6)).await.expect(200);
    collect_both(&ann, &home).await;
    assert_eq!(oldest(&ann, &home).await, 1);
    // A minute of margin on either side, for slow machines. The clock may have been set back in between.
    server
        .database()
        .execute_batch(
            "UPDATE change_log SET received_at_ms = received_at_ms - 3660000 WHERE server_version <> 3;
             UPDATE change_log SET received_at_ms = received_at_ms - 3540000 WHERE server_version = 3;
             UPDATE tombstones SET deleted_at_ms = deleted_at_ms - 3660000 WHERE pk = '0004';
             UPDATE tombstones SET deleted_at_ms = deleted_at_ms - 3540000 WHERE pk = '0003';",
        )
        .unwrap();
    collect_both(&ann, &home).await;
    assert_eq!(oldest(&ann, &home).await, 3);
    let items = ann.items(&home).await;
    let tombstones: Vec<&Value> = items.iter().filter(|item| item["kind"] == "tombstone").collect();
    assert_eq!(tombstones.len(), 1);
    assert_eq!(tombstones[0]["pk"], "0003");
}

#[tokio::test]
async fn the_lowest_cursor_decides_and_without_one_nothing_is_collected() {
    let (server, ann, home) = Server::with_ann().await;
    let (bob, bobs_home) = server.signed_in("bob").await;
    ann.add_member(&home, &bob, "viewer").await.expect(200);
    push_puts(&ann, &home, 5).await;
    ann.push(&home, &[delete("0001", 2)]).await.expect(200);
    server.age();
    // A device in another workspace of the same name does not count here.
    push_puts(&bob, &bobs_home, 9).await;
    bob.move_cursor(&bobs_home, "d", json!(9)).await.expect(200);
    collect_both(&ann, &home).await;
    assert_eq!((oldest(&ann, &home).await, ann.items(&home).await.len()), (1, 5));
    ann.move_cursor(&home, "d", json!(6)).await.expect(200);
    bob.move_cursor(&home, "d", json!(2)).await.expect(200);
    collect_both(&ann, &home).await;
    assert_eq!((oldest(&ann, &home).await, ann.items(&home).await.len()), (3, 5));
    ann.delete(&format!("/api/workspaces/{home}/members/{}", bob.user_id().await)).await.expect(200);
    collect_both(&ann, &home).await;
    assert_eq!(
        (oldest(&ann, &home).await, ann.items(&home).await.len()),
        (7, 4),
        "a removed member's cursor does not count"
    );
}

#[tokio::test]
async fn cursors_of_a_removed_member_do_not_count_after_a_return() {
    let (server, ann, home) = Server::with_ann().await;
    let (bob, _) = server.signed_in("bob").await;
    push_puts(&ann, &home, 5).await;
    server.age();
    for _ in 0..2 {
        ann.add_member(&home, &bob, "viewer").await.expect(200);
        collect(&ann, "gc-change-log", &home).await;
        assert_eq!(oldest(&ann, &home).await, 1, "no device has reported what it read");
        bob.move_cursor(&home, "d", json!(5)).await.expect(200);
        ann.delete(&format!("/api/workspaces/{home}/members/{}", bob.user_id().await)).await.expect(200);
    }
}

#[tokio::test]
async fn owners_and_editors_may_collect_unless_the_workspace_is_deleted() {
    let (ann, home) = old_log(2, 2).await;
    for what in KINDS {
        for (role, status) in [("viewer", 403), ("stranger", 403), ("editor", 200)] {
            let (user, _) = ann.server.signed_in(&format!("{role} {what}")).await;
            if role != "stranger" {
                ann.add_member(&home, &user, role).await.expect(200);
            }
            assert_eq!(oldest(&ann, &home).await, if what == "gc-tombstones" { 3 } else { 1 });
            user.gc(what, &home, json!(HOUR)).await.expect(status);
            // A stranger learns nothing from a retention that is too short, either.
            user.gc(what, &home, json!(1)).await.expect(if status == 200 { 400 } else { 403 });
        }
        ann.gc(what, "  ", json!(HOUR)).await.expect(400);
    }
    ann.delete(&format!("/api/workspaces/{home}")).await.expect(200);
    for what in KINDS {
        ann.gc(what, &home, json!(HOUR)).await.expect(403);
    }
}

#[tokio::test]
async fn an_invalid_retention_is_refused_and_a_short_one_gets_the_minimum() {
    let (ann, home) = old_log(1, 1).await;
    for what in KINDS {
        let scope = json!({ "workspaceId": home });
        ann.post(&format!("/api/sync/{what}"), json!({ "scope": scope })).await.expect(400);
        for bad in [json!(0), json!(-1), json!(3600.5), json!("3600"), json!(null), json!([3600]), json!(1e300)] {
            ann.gc(what, &home, bad).await.expect(400);
        }
        let short = ann.gc(what, &home, json!(HOUR - 1)).await.expect(400);
        assert!(short["message"].as_str().unwrap().contains("3600"), "{short}");
        ann.gc(what, &home, json!(9_007_199_254_740_991_u64)).await.expect(200);
    }
    assert_eq!(oldest(&ann, &home).await, 1);
}

#[tokio::test]
async fn the_minimum_retention_is_configurable() {
    let server = Server::with_limits(Limits { gc_min_retention_seconds: 7, ..Limits::default() });
    let (ann, home) = server.signed_in("ann").await;
    ann.gc("gc-change-log", &home, json!(7)).await.expect(200);
    let short = ann.gc("gc-change-log", &home, json!(6)).await.expect(400);
    assert!(short["message"].as_str().unwrap().contains(" 7"), "{short}");
}

#[tokio::test]
async fn records_and_op_ids_are_kept_when_the_log_is_collected() {
    let (server, ann, home) = Server::with_ann().await;
    let (old, new) = (put("a", 1, "old"), put("a", 2, "new"));
    ann.push(&home, &[old.clone(), new, put("b", 1, 1), delete("b", 2)]).await.expect(200);
    ann.move_cursor(&home, "d", json!(4)).await.expect(200);
    server.age();
    let before = ann.items(&home).await;
    collect(&ann, "gc-change-log", &home).await;
    assert_eq!(oldest(&ann, &home).await, 5);
    assert_eq!(ann.items(&home).await, before);
    let replay = ann.pushed(&home, &[old.clone(), put("c", 1, 1)]).await;
    assert_eq!((&replay[0]["serverVersion"], &replay[0]["replayed"]), (&json!(1), &json!(true)));
    assert_eq!(replay[1]["serverVersion"], 5);
    let mut other = put("a", 9, "other content");
    other["stamp"]["opId"] = old["stamp"]["opId"].clone();
    ann.push(&home, &[other]).await.expect(200);
    assert_eq!(ann.items(&home).await[0], before[0]);
    assert_eq!(ann.changes(&home).await.len(), 0, "the gap");
    assert_eq!(ann.pull(&home, 4, 10).await.expect(200)["changes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_record_with_a_collected_tombstone_counts_as_a_new_one() {
    let (server, ann, home) = Server::with_ann().await;
    let first = put("a", 5, "first");
    ann.push(&home, &[first.clone(), delete("a", 9), delete("never", 9)]).await.expect(200);
    ann.move_cursor(&home, "d", json!(3)).await.expect(200);
    server.age();
    collect(&ann, "gc-tombstones", &home).await;
    assert!(ann.items(&home).await.is_empty());
    assert_eq!(ann.changes(&home).await.len(), 3, "the log is collected separately");
    let results = ann.pushed(&home, &[first, put("a", 1, "late")]).await;
    assert_eq!((&results[0]["serverVersion"], &results[0]["replayed"]), (&json!(1), &json!(true)));
    assert_eq!((&results[1]["serverVersion"], &results[1]["applied"]), (&json!(4), &json!(true)));
    assert_eq!(ann.items(&home).await[0]["payload"]["value"], "late");
}

#[tokio::test]
async fn one_request_collects_more_than_one_transaction_can_hold() {
    let (server, ann, home) = Server::with_ann().await;
    push_puts(&ann, &home, 900).await;
    let deletes: Vec<Value> = (1..=900).map(|number| delete(&format!("{number:04}"), 2)).collect();
    ann.push(&home, &deletes).await.expect(200);
    let young = op("delete", "posts", "a", 1, Some(payload("posts", "a", "")));
    server.age();
    ann.push(&home, &[young]).await.expect(200);
    ann.move_cursor(&home, "d", json!(1801)).await.expect(200);
    collect(&ann, "gc-tombstones", &home).await;
    assert_eq!(ann.items(&home).await.len(), 1);
    collect(&ann, "gc-change-log", &home).await;
    assert_eq!(oldest(&ann, &home).await, 1801);
}
