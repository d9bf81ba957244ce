//! Pulling: pages, filters, and what a page says about the next one.

use serde_json::{Value, json};

use crate::harness::{TABLES, User, ann, op, payload, put};

/// Every version that a user can pull, in pages of this size.
pub(crate) async fn walk(user: &User, workspace: &str, limit: u64) -> Vec<u64> {
    let (mut cursor, mut seen) = (0, Vec::new());
    loop {
        let page = user.pull(workspace, cursor, limit).await.expect(200);
        let found = versions(page["changes"].as_array().unwrap());
        assert!(found.len() as u64 <= limit);
        assert_eq!(page["nextCursor"], *found.last().unwrap());
        cursor = page["nextCursor"].as_u64().unwrap();
        seen.extend(found);
        if page["hasMore"] == false {
            assert_eq!(user.pull(workspace, cursor, limit).await.expect(200)["nextCursor"], cursor);
            return seen;
        }
    }
}

pub(crate) fn versions(changes: &[Value]) -> Vec<u64> {
    changes.iter().map(|change| change["serverVersion"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn pages_of_any_size_give_every_change_once_with_a_correct_has_more() {
    let (ann, home) = ann().await;
    let ops: Vec<Value> = (0..12).map(|number| put(&number.to_string(), 1, number)).collect();
    ann.push(&home, &ops).await.expect(200);
    for limit in [1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 1000] {
        assert_eq!(walk(&ann, &home, limit).await, (1..=12).collect::<Vec<u64>>(), "limit {limit}");
    }
}

#[tokio::test]
async fn an_empty_page_keeps_the_cursor_even_beyond_the_head() {
    let (ann, home) = ann().await;
    for cursor in [0, 5, 9_007_199_254_740_991] {
        let page = ann.pull(&home, cursor, 10).await.expect(200);
        assert_eq!(
            page,
            json!({ "changes": [], "nextCursor": cursor, "hasMore": false, "oldestRetainedVersion": 1, "requiresSnapshot": false })
        );
    }
}

#[tokio::test]
async fn filters_show_only_their_tables_and_unknown_names_match_nothing() {
    let (ann, home) = ann().await;
    let id = ann.user_id().await;
    let ops: Vec<Value> = TABLES.iter().map(|table| op("put", table, "1", 1, Some(payload(table, "1", &id)))).collect();
    ann.push(&home, &ops).await.expect(200);
    let pull = async |tables: Value, limit: u64| ann.pull_tables(&home, 0, limit, tables).await.expect(200);
    let count = |page: &Value| page["changes"].as_array().unwrap().len();
    assert_eq!(count(&pull(json!([]), 100).await), 7);
    assert_eq!(count(&pull(json!(null), 100).await), 7);
    assert_eq!(count(&pull(json!(["kv", "kv", "posts"]), 100).await), 2);
    let unknown = pull(json!(["bogus", "' OR 1=1 --"]), 100).await;
    assert_eq!((count(&unknown), &unknown["nextCursor"], &unknown["hasMore"]), (0, &json!(7), &json!(false)));
    let first = pull(json!(["threads", "notifications"]), 1).await;
    assert_eq!((&first["nextCursor"], &first["hasMore"]), (&json!(1), &json!(true)));
    let last = pull(json!(["threads"]), 1).await;
    assert_eq!((&last["nextCursor"], &last["hasMore"]), (&json!(7), &json!(false)));
}

#[tokio::test]
async fn limits_cursors_and_filters_of_the_wrong_shape_are_refused() {
    let (ann, home) = ann().await;
    let good = json!({ "scope": { "workspaceId": home }, "cursor": 0, "limit": 1 });
    ann.post("/api/sync/pull", good.clone()).await.expect(200);
    let mut bad = Vec::new();
    for limit in [json!(0), json!(-1), json!(1001), json!(1.5), json!("1"), json!(null), json!([1])] {
        bad.push(("limit", limit));
    }
    for cursor in [json!(-1), json!(0.5), json!("0"), json!(null)] {
        bad.push(("cursor", cursor));
    }
    for tables in [json!("kv"), json!([1]), json!({ "0": "kv" })] {
        bad.push(("tables", tables));
    }
    for (field, value) in bad {
        let mut body = good.clone();
        body[field] = value;
        ann.post("/api/sync/pull", body.clone()).await.expect(400);
    }
}

#[tokio::test]
async fn a_page_of_large_payloads_ends_early_and_loses_nothing() {
    let (ann, home) = ann().await;
    for batch in 0..5 {
        let ops: Vec<Value> = (0..10).map(|number| put(&format!("{batch}-{number}"), 1, "x".repeat(250_000))).collect();
        ann.push(&home, &ops).await.expect(200);
    }
    let page = ann.pull(&home, 0, 1000).await.expect(200);
    let first = page["changes"].as_array().unwrap().len() as u64;
    assert!((1..50).contains(&first), "{first}");
    assert_eq!((&page["nextCursor"], &page["hasMore"]), (&json!(first), &json!(true)));
    let page = ann.pull(&home, first, 1000).await.expect(200);
    assert_eq!(page["changes"].as_array().unwrap().len() as u64, 50 - first);
    assert_eq!(page["hasMore"], false);
}
