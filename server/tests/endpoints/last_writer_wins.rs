//! Which write wins, and which tombstones remain.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::harness::{Server, ann, delete, put};

fn stamped(mut op: Value, hlc: &str, op_id: &str) -> Value {
    op["stamp"]["hlc"] = json!(hlc);
    op["stamp"]["opId"] = json!(op_id);
    op
}

/// The stored rows, without their times.
async fn state(server: &Arc<Server>, name: &str, ops: &[Value]) -> Vec<Value> {
    let (user, home) = server.signed_in(name).await;
    for op in ops {
        user.push(&home, std::slice::from_ref(op)).await.expect(200);
    }
    assert_eq!(user.changes(&home).await.len(), ops.len(), "losers are logged too");
    let mut items = user.items(&home).await;
    for item in &mut items {
        item.as_object_mut().unwrap().remove("serverDeletedAt");
    }
    items
}

fn permutations(ops: &[Value]) -> Vec<Vec<Value>> {
    if ops.len() <= 1 {
        return vec![ops.to_vec()];
    }
    (0..ops.len())
        .flat_map(|first| {
            let mut rest = ops.to_vec();
            let head = rest.remove(first);
            permutations(&rest).into_iter().map(move |mut tail| {
                tail.insert(0, head.clone());
                tail
            })
        })
        .collect()
}

#[tokio::test]
async fn the_same_ops_lead_to_the_same_state_in_any_order() {
    let server = Server::in_memory();
    let (low, high) = ("11111111-1111-4111-8111-111111111111", "AAAAAAAA-1111-4111-8111-111111111111");
    let ops = [
        stamped(put("a", 2, "low id"), "h", low),
        stamped(put("a", 2, "high id"), "h", high),
        stamped(delete("a", 2), "g", "22222222-1111-4111-8111-111111111111"),
        put("a", 1, "old"),
    ];
    for (number, order) in permutations(&ops).iter().enumerate() {
        let items = state(&server, &format!("put{number}"), order).await;
        assert_eq!(items.len(), 1);
        assert_eq!(items[0]["payload"]["value"], "high id");
        assert_eq!(items[0]["revision"], json!({ "clock": 2, "hlc": "h", "opId": high }));
    }
    let ops = [delete("a", 3), put("a", 2, "dead"), delete("a", 1), put("b", 1, 1)];
    for (number, order) in permutations(&ops).iter().enumerate() {
        let items = state(&server, &format!("delete{number}"), order).await;
        assert_eq!(items.len(), 2);
        assert_eq!(items[0]["kind"], "tombstone");
        assert_eq!(items[0]["revision"]["opId"], ops[0]["stamp"]["opId"]);
    }
}

#[tokio::test]
async fn text_compares_by_code_point() {
    let (ann, home) = ann().await;
    let mut low = put("a", 1, "low");
    low["stamp"]["hlc"] = json!("\u{ffff}");
    let mut high = put("a", 1, "high");
    high["stamp"]["hlc"] = json!("\u{10000}");
    ann.push(&home, &[high, low]).await.expect(200);
    assert_eq!(ann.items(&home).await[0]["payload"]["value"], "high");
}

#[tokio::test]
async fn a_losing_op_gets_the_winner() {
    let (ann, home) = ann().await;
    let winner = put("a", 5, "winner");
    let results = ann.pushed(&home, &[winner.clone(), put("a", 4, "loser"), delete("a", 3)]).await;
    for loser in &results[1..] {
        assert_eq!(loser["success"], true);
        assert_eq!(loser["applied"], false);
        assert_eq!(loser["winner"]["clock"], 5);
        assert_eq!(loser["payload"], winner["payload"]);
    }
    let results = ann.pushed(&home, &[delete("a", 6), put("a", 5, "late")]).await;
    assert_eq!(results[0]["applied"], true);
    assert_eq!(results[1]["winner"]["clock"], 6);
    assert_eq!(results[1].get("payload"), None, "the winner is a tombstone");
}

#[tokio::test]
async fn a_newer_put_replaces_the_tombstone() {
    let (ann, home) = ann().await;
    ann.push(&home, &[put("a", 1, 1), delete("a", 2), put("a", 3, "again")]).await.expect(200);
    let items = ann.items(&home).await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["kind"], "row");
}

#[tokio::test]
async fn a_thousand_deletes_of_ten_records_leave_ten_tombstones_of_the_highest_revision() {
    let (ann, home) = ann().await;
    let ops: Vec<Value> =
        (0..1000_u64).map(|number| delete(&(number % 10).to_string(), (number * 7919) % 1000 / 10)).collect();
    ann.push(&home, &ops).await.expect(200);
    let items = ann.items(&home).await;
    assert_eq!(items.len(), 10);
    for item in items {
        let highest =
            ops.iter().filter(|op| op["pk"] == item["pk"]).map(|op| op["stamp"]["clock"].as_u64().unwrap()).max();
        assert_eq!(item["kind"], "tombstone");
        assert_eq!(item["revision"]["clock"].as_u64(), highest);
    }
}
