//! Replays, duplicates, and reused op ids.

use serde_json::{Value, json};

use crate::harness::{ann, join_all, put, uuid};

fn same_id(op: &Value, other: &Value) -> Value {
    let mut other = other.clone();
    other["stamp"]["opId"] = op["stamp"]["opId"].clone();
    other
}

#[tokio::test]
async fn a_replay_gets_its_first_version_for_any_sender_and_envelope() {
    let (ann, home) = ann().await;
    let bob = ann.with_member(&home, "bob", "editor").await;
    let first = put("a", 1, 1);
    ann.push(&home, &[first.clone(), put("b", 1, 1)]).await.expect(200);
    let mut again = first.clone();
    again["attempts"] = json!(3);
    again["status"] = json!("failed");
    again["createdAt"] = json!(99);
    again["id"] = json!("other");
    again["stamp"]["opId"] = json!(first["stamp"]["opId"].as_str().unwrap().to_uppercase());
    let body = bob.push(&home, &[again, put("c", 1, 1), first]).await.expect(200);
    let results = &body["results"];
    assert_eq!([&results[0]["serverVersion"], &results[1]["serverVersion"], &results[2]["serverVersion"]], [1, 3, 1]);
    assert_eq!([&results[0]["replayed"], &results[2]["replayed"]], [true, true]);
    assert_eq!(results[1].get("replayed"), None);
    assert_eq!(body["serverVersion"], 3);
    assert_eq!(ann.changes(&home).await.len(), 3);
}

#[tokio::test]
async fn a_replay_does_not_undo_later_writes_and_gets_the_winner() {
    let (ann, home) = ann().await;
    let (old, new) = (put("a", 1, "old"), put("a", 2, "new"));
    ann.push(&home, &[old.clone(), new.clone()]).await.expect(200);
    let results = ann.pushed(&home, &[old, new.clone()]).await;
    assert_eq!(results[0]["applied"], false);
    assert_eq!(results[0]["winner"]["opId"], new["stamp"]["opId"]);
    assert_eq!(results[0]["payload"], new["payload"]);
    assert_eq!(results[1]["applied"], true);
    assert_eq!(ann.items(&home).await[0]["payload"]["value"], "new");
}

#[tokio::test]
async fn a_replay_is_known_after_a_restart() {
    let (ann, home) = ann().await;
    let op = put("a", 1, 1);
    ann.push(&home, &[put("b", 1, 1), op.clone()]).await.expect(200);
    let results = ann.server.restart().await.user("ann").pushed(&home, &[op]).await;
    assert_eq!(results[0]["serverVersion"], 2);
    assert_eq!(results[0]["replayed"], true);
}

#[tokio::test]
async fn the_same_op_twice_in_a_batch_is_one_op() {
    let (ann, home) = ann().await;
    let op = put("a", 1, 1);
    let body = ann.push(&home, &[op.clone(), put("b", 1, 1), op.clone()]).await.expect(200);
    let results = &body["results"];
    assert_eq!([&results[0]["serverVersion"], &results[1]["serverVersion"], &results[2]["serverVersion"]], [1, 2, 1]);
    assert_eq!([&results[0]["applied"], &results[2]["applied"], &results[2]["replayed"]], [true, true, true]);
    assert_eq!(body["serverVersion"], 2);
}

#[tokio::test]
async fn different_ops_with_one_id_conflict_without_affecting_others() {
    let (ann, home) = ann().await;
    let one = put("a", 1, 1);
    let two = same_id(&one, &put("b", 1, 1));
    let results = ann.pushed(&home, &[one.clone(), two, put("c", 1, 1)]).await;
    assert_eq!([&results[0]["errorCode"], &results[1]["errorCode"]], ["CONFLICT", "CONFLICT"]);
    assert_eq!(results[2]["serverVersion"], 1);
    assert_eq!(ann.changes(&home).await.len(), 1);
    assert_eq!(ann.pushed(&home, &[one]).await[0]["serverVersion"], 2, "the id was not used up");
}

#[tokio::test]
async fn a_known_op_id_with_other_content_is_a_conflict() {
    let (ann, home) = ann().await;
    let first = put("a", 1, 1);
    ann.push(&home, std::slice::from_ref(&first)).await.expect(200);
    let mut device = first.clone();
    device["stamp"]["deviceId"] = json!("d2");
    for other in
        [same_id(&first, &put("a", 1, 2)), same_id(&first, &put("b", 1, 1)), same_id(&first, &put("a", 2, 1)), device]
    {
        let results = ann.pushed(&home, &[other, first.clone()]).await;
        assert_eq!(results[0]["errorCode"], "CONFLICT");
        assert_eq!(results[0]["success"], false);
        assert_eq!(results[1]["serverVersion"], 1, "each copy is judged against what was accepted");
    }
    assert_eq!(ann.changes(&home).await.len(), 1);
}

#[tokio::test]
async fn an_op_id_belongs_to_its_workspace() {
    let (ann, home) = ann().await;
    let second = ann.create_workspace("second").await;
    ann.push(&home, &[put("x", 1, 1)]).await.expect(200);
    let op = put("a", 1, 1);
    assert_eq!(ann.pushed(&home, std::slice::from_ref(&op)).await[0]["serverVersion"], 2);
    let results = ann.pushed(&second, &[op]).await;
    assert_eq!(results[0]["serverVersion"], 1);
    assert_eq!(results[0].get("replayed"), None);
}

#[tokio::test]
async fn a_failed_op_does_not_use_up_its_id() {
    let (ann, home) = ann().await;
    let mut bad = put("a", 1, 1);
    bad["pk"] = json!("b");
    bad["stamp"]["opId"] = json!(uuid());
    ann.push(&home, &[bad.clone()]).await.expect(200);
    let good = same_id(&bad, &put("a", 1, 1));
    assert_eq!(ann.pushed(&home, &[good]).await[0]["serverVersion"], 1);
}

#[tokio::test]
async fn one_op_from_many_clients_at_once_is_applied_once() {
    let (ann, home) = ann().await;
    let op = [put("a", 1, 1)];
    let results = join_all((0..30).map(|_| ann.pushed(&home, &op))).await;
    assert!(results.iter().all(|result| result[0]["serverVersion"] == 1));
    assert_eq!(results.iter().filter(|result| result[0].get("replayed").is_none()).count(), 1);
    assert_eq!(ann.changes(&home).await.len(), 1);
}
