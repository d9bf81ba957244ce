//! Snapshots: one moment, page by page.

use serde_json::{Value, json};

use crate::harness::{Server, TABLES, User, ann, delete, op, payload, put};

/// Every page of a snapshot, with `between` called after each.
pub(crate) async fn walk(
    user: &User,
    workspace: &str,
    page_size: u64,
    between: impl AsyncFn(usize),
) -> (u64, Vec<Value>) {
    let (mut token, mut items, mut number) = (Value::Null, Vec::new(), 0);
    loop {
        let page = user.snapshot(workspace, json!({ "pageSize": page_size, "pageToken": token })).await.expect(200);
        let found = page["items"].as_array().unwrap().clone();
        assert!(found.len() as u64 <= page_size);
        items.extend(found);
        token = page["nextPageToken"].clone();
        between(number).await;
        number += 1;
        if token.is_null() {
            return (page["highWatermark"].as_u64().unwrap(), items);
        }
    }
}

#[tokio::test]
async fn pages_are_ordered_and_complete_and_pushes_between_them_do_not_show() {
    let (ann, home) = ann().await;
    let id = ann.user_id().await;
    for table in TABLES {
        let ops = ["b", "a", "ä", "gone"].map(|pk| op("put", table, pk, 1, Some(payload(table, pk, &id))));
        ann.push(&home, &ops).await.expect(200);
        ann.push(&home, &[op("delete", table, "gone", 2, None)]).await.expect(200);
    }
    let before = ann.items(&home).await;
    assert_eq!(before.len(), 28);
    for page_size in [1, 3, 1000] {
        let (head, _) = walk(&ann, &home, 1000, async |_| {}).await;
        let expected = ann.items(&home).await;
        let (high_watermark, items) = walk(&ann, &home, page_size, async |number| {
            // Overwrite, revive, delete and add records, both before and after the position of the walk.
            let clock = 100 * page_size + number as u64 + 10;
            let ops = [
                op("put", "threads", "a", clock, Some(payload("threads", "a", ""))),
                op("put", "file_meta", "gone", clock, Some(payload("file_meta", "gone", ""))),
                op("delete", "posts", "b", clock, None),
                op("delete", "posts", "b", 1, None),
                op("put", "kv", &format!("new-{clock}"), 1, Some(payload("kv", &format!("new-{clock}"), ""))),
            ];
            ann.push(&home, &ops).await.expect(200);
        })
        .await;
        assert_eq!(high_watermark, head);
        assert_eq!(items, expected, "page size {page_size}");
    }
    let keys: Vec<(String, String)> =
        before.iter().map(|item| (item["tableName"].to_string(), item["pk"].to_string())).collect();
    assert!(keys.is_sorted());
}

#[tokio::test]
async fn a_snapshot_is_the_fold_of_the_log() {
    let (ann, home) = ann().await;
    let last = put("b", 3, "last");
    ann.push(&home, &[put("a", 1, 1), delete("a", 2), put("b", 1, 1), last.clone(), put("b", 2, 2)]).await.expect(200);
    let body = ann.snapshot(&home, json!({})).await.expect(200);
    assert_eq!(body["highWatermark"], 5);
    assert_eq!(body["workspaceId"], home.as_str());
    assert_eq!(body["items"][0]["kind"], "tombstone");
    assert!(body["items"][0]["serverDeletedAt"].as_i64().unwrap() > 1_700_000_000);
    assert_eq!(body["items"][1]["payload"], last["payload"]);
    assert_eq!(body["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn filters_apply_and_unknown_tables_are_refused() {
    let (ann, home) = ann().await;
    let id = ann.user_id().await;
    let ops: Vec<Value> = TABLES.iter().map(|table| op("put", table, "1", 1, Some(payload(table, "1", &id)))).collect();
    ann.push(&home, &ops).await.expect(200);
    let count = async |tables: Value| {
        ann.snapshot(&home, json!({ "tables": tables })).await.expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!(count(json!([])).await, 7);
    assert_eq!(count(json!(["posts", "kv", "kv"])).await, 2);
    ann.snapshot(&home, json!({ "tables": ["kv", "bogus"] })).await.expect(400);
    for size in [json!(0), json!(1001), json!(1.5), json!("1"), json!(null)] {
        ann.snapshot(&home, json!({ "pageSize": size })).await.expect(400);
    }
}

#[tokio::test]
async fn a_token_is_valid_only_for_its_user_workspace_and_filter() {
    let (server, ann, home) = Server::with_ann().await;
    let bob = ann.with_member(&home, "bob", "viewer").await;
    let second = ann.create_workspace("second").await;
    ann.push(&home, &[put("a", 1, 1), put("b", 1, 1), put("c", 1, 1)]).await.expect(200);
    let page = ann.snapshot(&home, json!({ "pageSize": 1 })).await.expect(200);
    let token = page["nextPageToken"].as_str().unwrap();
    ann.snapshot(&second, json!({ "pageToken": token })).await.expect(403);
    bob.snapshot(&home, json!({ "pageToken": token })).await.expect(403);
    ann.snapshot(&home, json!({ "pageToken": token, "tables": ["kv"] })).await.expect(400);
    for invalid in ["", "garbage", &token[1..], &token[..token.len() - 3], ann.token.as_str()] {
        ann.snapshot(&home, json!({ "pageToken": invalid })).await.expect(400);
    }
    ann.snapshot(&home, json!({ "pageToken": 7 })).await.expect(400);
    let rest = ann.snapshot(&home, json!({ "pageToken": token, "pageSize": 2, "tables": [] })).await.expect(200);
    assert_eq!(rest["items"].as_array().unwrap().len(), 2, "the page size may change");
    assert_eq!(rest["snapshotId"], page["snapshotId"]);
    assert_eq!(rest["nextPageToken"], Value::Null);
    assert_eq!(server.send_text(Some(token), "GET", "/api/auth/session", "").await.body["session"], Value::Null);
}
