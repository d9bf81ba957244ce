//! Notifications: only the user whom they name may read and write them.

use serde_json::{Value, json};

use crate::harness::{User, ann, join_all, op, payload, put};
use crate::pull;

const TABLE: &str = "notifications";

/// A put of a notification for this user.
fn notice(pk: &str, clock: u64, user_id: &str) -> Value {
    op("put", TABLE, pk, clock, Some(payload(TABLE, pk, user_id)))
}

fn dismissal(pk: &str, clock: u64) -> Value {
    op("delete", TABLE, pk, clock, None)
}

/// Ann and Bob, Ann's workspace with Bob as an editor, and their user ids.
async fn two() -> (User, User, String, String, String) {
    let (ann, home) = ann().await;
    let bob = ann.with_member(&home, "bob", "editor").await;
    let (ann_id, bob_id) = (ann.user_id().await, bob.user_id().await);
    (ann, bob, home, ann_id, bob_id)
}

fn assert_unauthorized(result: &Value) {
    assert_eq!((&result["success"], &result["errorCode"]), (&json!(false), &json!("UNAUTHORIZED")), "{result}");
    for field in ["winner", "payload", "serverVersion", "applied"] {
        assert_eq!(result.get(field), None, "{result}");
    }
}

#[tokio::test]
async fn each_user_pulls_their_own_notifications_with_a_correct_has_more() {
    let (ann, bob, home, ann_id, bob_id) = two().await;
    ann.push(&home, &[notice("a1", 1, &ann_id), put("k1", 1, 1), notice("a2", 1, &ann_id)]).await.expect(200);
    bob.push(&home, &[notice("b1", 1, &bob_id), put("k2", 1, 1), notice("b2", 1, &bob_id)]).await.expect(200);
    ann.push(&home, &[dismissal("a1", 2), dismissal("a2", 2), notice("a3", 1, &ann_id)]).await.expect(200);
    for (user, expected) in [(&ann, vec![1, 2, 3, 5, 7, 8, 9]), (&bob, vec![2, 4, 5, 6])] {
        for limit in 1..=10 {
            assert_eq!(pull::walk(user, &home, limit).await, expected, "limit {limit}");
        }
    }
}

#[tokio::test]
async fn filters_do_not_show_more() {
    let (ann, bob, home, ann_id, _) = two().await;
    ann.push(&home, &[notice("a1", 1, &ann_id), put("k1", 1, 1)]).await.expect(200);
    let page = bob.pull_tables(&home, 0, 10, json!([TABLE])).await.expect(200);
    assert_eq!((&page["changes"], &page["hasMore"]), (&json!([]), &json!(false)));
    assert_eq!(ann.pull_tables(&home, 0, 10, json!([TABLE])).await.expect(200)["changes"].as_array().unwrap().len(), 1);
    let filter = json!({ "tables": [TABLE] });
    assert_eq!(bob.snapshot(&home, filter.clone()).await.expect(200)["items"], json!([]));
    assert_eq!(ann.snapshot(&home, filter).await.expect(200)["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn every_snapshot_page_shows_only_the_readers_notifications() {
    let (ann, bob, home, ann_id, bob_id) = two().await;
    ann.push(&home, &[put("k", 1, 1), notice("1", 1, &ann_id), notice("3", 1, &ann_id)]).await.expect(200);
    bob.push(&home, &[notice("2", 1, &bob_id), notice("4", 1, &bob_id), dismissal("4", 2)]).await.expect(200);
    for (user, expected) in [(&ann, ["k", "1", "3"]), (&bob, ["k", "2", "4"])] {
        for page_size in 1..=4 {
            let (_, items) = crate::snapshot::walk(user, &home, page_size, async |number| {
                // Written after the moment of the snapshot, so that the older state has to be looked up.
                let clock = 10 * page_size + number as u64 + 5;
                ann.push(&home, &[notice("1", clock, &ann_id)]).await.expect(200);
                bob.push(&home, &[notice("2", clock, &bob_id)]).await.expect(200);
            })
            .await;
            let pks: Vec<&str> = items.iter().map(|item| item["pk"].as_str().unwrap()).collect();
            assert_eq!(pks, expected, "page size {page_size}");
        }
    }
}

#[tokio::test]
async fn a_notification_for_another_user_is_refused_and_takes_no_version() {
    let (ann, bob, home, ann_id, bob_id) = two().await;
    let forged_delete = op("delete", TABLE, "new", 1, Some(json!({ "user_id": ann_id })));
    let nobody = notice("nobody", 1, "no such user");
    let ops = [notice("own", 1, &bob_id), notice("new", 1, &ann_id), forged_delete, nobody, put("k", 1, 1)];
    let body = bob.push(&home, &ops).await.expect(200);
    let results = body["results"].as_array().unwrap();
    results[1..=3].iter().for_each(assert_unauthorized);
    assert_eq!([&results[0]["serverVersion"], &results[4]["serverVersion"], &body["serverVersion"]], [1, 2, 2]);
    assert_eq!(pull::versions(&ann.changes(&home).await), [2]);
    assert_eq!(ann.items(&home).await.len(), 1);
}

#[tokio::test]
async fn notifications_of_others_cannot_be_changed_with_any_clock() {
    let (ann, bob, home, ann_id, bob_id) = two().await;
    ann.push(&home, &[notice("live", 5, &ann_id), notice("gone", 5, &ann_id), dismissal("gone", 6)]).await.expect(200);
    let before = ann.items(&home).await;
    for pk in ["live", "gone"] {
        for clock in [0, 5, 6, 9_007_199_254_740_991] {
            let twice = notice(pk, clock, &bob_id);
            let with_payload = op("delete", TABLE, pk, clock, Some(json!({ "user_id": bob_id })));
            let ops = [twice.clone(), dismissal(pk, clock), twice, with_payload];
            let results = bob.pushed(&home, &ops).await;
            results.iter().for_each(assert_unauthorized);
        }
    }
    assert_eq!(ann.items(&home).await, before);
    assert_eq!(ann.changes(&home).await.len(), 3);
    assert!(bob.items(&home).await.is_empty() && bob.changes(&home).await.is_empty());
    let results = ann.pushed(&home, &[notice("live", 7, &ann_id), notice("gone", 7, &ann_id)]).await;
    assert_eq!([&results[0]["serverVersion"], &results[1]["serverVersion"]], [4, 5]);
    assert_eq!([&results[0]["applied"], &results[1]["applied"]], [true, true]);
}

#[tokio::test]
async fn a_dismissal_reaches_the_owners_other_devices() {
    let (ann, bob, home, ann_id, _) = two().await;
    ann.push(&home, &[notice("n", 1, &ann_id)]).await.expect(200);
    ann.push(&home, &[dismissal("n", 2)]).await.expect(200);
    let page = ann.pull(&home, 1, 10).await.expect(200);
    assert_eq!((&page["changes"][0]["op"], &page["changes"][0]["pk"]), (&json!("delete"), &json!("n")));
    assert_eq!(ann.items(&home).await[0]["kind"], "tombstone");
    assert!(bob.items(&home).await.is_empty() && bob.changes(&home).await.is_empty());
}

#[tokio::test]
async fn deleting_an_unknown_notification_makes_a_tombstone_of_the_deleter() {
    let (ann, bob, home, ann_id, bob_id) = two().await;
    assert_eq!(ann.pushed(&home, &[dismissal("n", 1)]).await[0]["serverVersion"], 1);
    assert_unauthorized(&bob.pushed(&home, &[notice("n", 9, &bob_id)]).await[0]);
    assert!(bob.changes(&home).await.is_empty());
    assert_eq!(ann.pushed(&home, &[notice("n", 9, &ann_id)]).await[0]["applied"], true);
}

#[tokio::test]
async fn when_two_users_race_for_one_key_exactly_one_wins() {
    let (ann, bob, home, ann_id, bob_id) = two().await;
    for number in 0..10 {
        let pk = format!("n{number}");
        let ops = [[notice(&pk, 1, &ann_id)], [notice(&pk, 2, &bob_id)]];
        let results = join_all([ann.pushed(&home, &ops[0]), bob.pushed(&home, &ops[1])]).await;
        let taken = results.iter().filter(|result| result[0]["success"] == true).count();
        assert_eq!(taken, 1, "{results:?}");
        results.iter().flatten().filter(|result| result["success"] == false).for_each(assert_unauthorized);
    }
    let (anns, bobs) = (ann.changes(&home).await, bob.changes(&home).await);
    let mut all = [pull::versions(&anns), pull::versions(&bobs)].concat();
    all.sort_unstable();
    assert_eq!(all, (1..=10).collect::<Vec<u64>>());
}

#[tokio::test]
async fn a_replay_does_not_reveal_the_new_record_of_another_user() {
    let (ann, bob, home, ann_id, bob_id) = two().await;
    let (first, last) = (notice("n", 1, &ann_id), dismissal("n", 2));
    ann.push(&home, &[first.clone(), last.clone()]).await.expect(200);
    assert_unauthorized(&bob.pushed(&home, std::slice::from_ref(&last)).await[0]);
    // Once the tombstone is collected the key is free again.
    ann.move_cursor(&home, "d", json!(2)).await.expect(200);
    ann.server.age();
    ann.gc("gc-tombstones", &home, json!(3600)).await.expect(200);
    assert_eq!(bob.pushed(&home, &[notice("n", 1, &bob_id)]).await[0]["applied"], true);
    for collected in [false, true] {
        let results = ann.pushed(&home, &[first.clone(), last.clone(), notice("n", 9, &ann_id)]).await;
        assert_eq!([&results[0]["serverVersion"], &results[1]["serverVersion"]], [1, 2]);
        for result in &results[..2] {
            assert_eq!(result["success"], true);
            assert!(result.get("winner").is_none() && result.get("payload").is_none(), "{result}");
        }
        assert_unauthorized(&results[2]);
        if !collected {
            ann.gc("gc-change-log", &home, json!(3600)).await.expect(200);
        }
    }
    assert_eq!(bob.items(&home).await.len(), 1);
    assert!(ann.items(&home).await.is_empty());
}

#[tokio::test]
async fn hidden_entries_do_not_count_on_a_page() {
    let (ann, bob, home, ann_id, _) = two().await;
    let many: Vec<Value> = (0..50).map(|number| notice(&number.to_string(), 1, &ann_id)).collect();
    ann.push(&home, &many).await.expect(200);
    let page = bob.pull(&home, 0, 10).await.expect(200);
    assert_eq!((&page["changes"], &page["nextCursor"], &page["hasMore"]), (&json!([]), &json!(0), &json!(false)));
    ann.push(&home, &[put("k", 1, 1)]).await.expect(200);
    let page = bob.pull(&home, 0, 1).await.expect(200);
    assert_eq!((&page["changes"][0]["serverVersion"], &page["hasMore"]), (&json!(51), &json!(false)));
}
