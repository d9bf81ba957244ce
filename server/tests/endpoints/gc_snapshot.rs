//! Snapshots that are being read during a garbage collection: they stay correct, or report that they are gone.

use serde_json::{Value, json};

use crate::harness::{Server, User, delete, op, payload, put};
use crate::snapshot::walk;

async fn collect(server: &Server, user: &User, workspace: &str, what: &str, seen: u64) {
    user.move_cursor(workspace, "d", json!(seen)).await.expect(200);
    server.age();
    user.gc(what, workspace, json!(3600)).await.expect(200);
}

fn puts(pks: &[&str], clock: u64) -> Vec<Value> {
    pks.iter().map(|pk| put(pk, clock, format!("{pk} at {clock}"))).collect()
}

const PKS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

#[tokio::test]
async fn writes_and_collections_do_not_change_a_snapshot() {
    let (server, ann, home) = Server::with_ann().await;
    ann.push(&home, &puts(&PKS, 10)).await.expect(200);
    ann.push(&home, &[delete("b", 11), put("b", 5, "a loser")]).await.expect(200);
    // Collected before the snapshot begins.
    collect(&server, &ann, &home, "gc-change-log", 7).await;
    ann.push(&home, &puts(&["c", "d"], 20)).await.expect(200);
    let expected = ann.items(&home).await;
    let (high_watermark, items) = walk(&ann, &home, 1, async |number| {
        let clock = 100 + 10 * u64::try_from(number).unwrap();
        let ops = [puts(&PKS, clock), vec![delete("e", clock + 1), put("f", 1, "a loser")], puts(&["new"], clock)];
        ann.push(&home, &ops.concat()).await.expect(200);
        // Collected up to its moment while it is being read, so that the rest of it has no log entries any more.
        collect(&server, &ann, &home, "gc-change-log", 10).await;
    })
    .await;
    assert_eq!(high_watermark, 10);
    assert_eq!(items, expected);
    let page = ann.pull(&home, 10, 1).await.expect(200);
    assert_eq!((&page["requiresSnapshot"], &page["oldestRetainedVersion"]), (&json!(false), &json!(11)));
}

#[tokio::test]
async fn a_snapshot_from_before_the_start_of_the_log_is_gone() {
    let (server, ann, home) = Server::with_ann().await;
    ann.push(&home, &puts(&PKS, 10)).await.expect(200);
    let page = ann.snapshot(&home, json!({ "pageSize": 1 })).await.expect(200);
    let next = json!({ "pageSize": 1, "pageToken": page["nextPageToken"] });
    ann.push(&home, &puts(&["a"], 20)).await.expect(200);
    collect(&server, &ann, &home, "gc-change-log", 6).await;
    ann.snapshot(&home, next.clone()).await.expect(200);
    collect(&server, &ann, &home, "gc-change-log", 7).await;
    ann.snapshot(&home, next).await.expect(410);
    assert_eq!(ann.items(&home).await.len(), 6, "a new snapshot works");
}

#[tokio::test]
async fn a_snapshot_is_gone_only_after_tombstones_were_collected() {
    let (server, ann, home) = Server::with_ann().await;
    ann.push(&home, &puts(&PKS, 10)).await.expect(200);
    let page = ann.snapshot(&home, json!({ "pageSize": 1 })).await.expect(200);
    let next = json!({ "pageSize": 1, "pageToken": page["nextPageToken"] });
    collect(&server, &ann, &home, "gc-tombstones", 6).await;
    ann.snapshot(&home, next.clone()).await.expect(200);
    ann.push(&home, &[delete("f", 11)]).await.expect(200);
    collect(&server, &ann, &home, "gc-tombstones", 7).await;
    ann.snapshot(&home, next).await.expect(410);
    assert_eq!(ann.items(&home).await.len(), 5);
}

#[tokio::test]
async fn a_record_with_a_collected_tombstone_does_not_return_in_a_snapshot() {
    let (server, ann, home) = Server::with_ann().await;
    ann.push(&home, &puts(&["a", "b", "z"], 10)).await.expect(200);
    ann.push(&home, &[delete("z", 90)]).await.expect(200);
    collect(&server, &ann, &home, "gc-tombstones", 4).await;
    // Older than the tombstone, whose entry is still in the log.
    let while_absent = walk(&ann, &home, 1, async |_| {
        ann.push(&home, &puts(&["z"], 20)).await.expect(200);
    });
    assert_eq!(while_absent.await.1.len(), 2, "the record did not exist at that moment");
    let expected = ann.items(&home).await;
    assert_eq!(expected[2]["payload"]["value"], "z at 20");
    let while_overwritten = walk(&ann, &home, 1, async |number| {
        ann.push(&home, &puts(&["z"], 100 + u64::try_from(number).unwrap())).await.expect(200);
    });
    assert_eq!(while_overwritten.await.1, expected);
}

/// A snapshot that is read one page at a time.
struct Paging<'a> {
    user: &'a User,
    expected: Vec<Value>,
    seen: Vec<Value>,
    token: Value,
    high_watermark: u64,
    collections: u64,
}

/// Items without the times of deletion, which the tests set back.
fn timeless(mut items: Vec<Value>) -> Vec<Value> {
    for item in &mut items {
        item.as_object_mut().unwrap().remove("serverDeletedAt");
    }
    items
}

/// Numbers that look random and are the same in every run (Knuth's MMIX generator).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn write(&mut self, user_id: &str) -> Value {
        let pk = format!("{}", self.below(6));
        let (table, clock) = (["kv", "notifications"][usize::try_from(self.below(2)).unwrap()], self.below(15));
        match self.below(3) {
            0 => op("delete", table, &pk, clock, None),
            _ => op("put", table, &pk, clock, Some(payload(table, &pk, user_id))),
        }
    }
}

#[tokio::test]
async fn under_random_writes_and_collections_a_snapshot_is_correct_or_gone() {
    for seed in 0..6 {
        let server = Server::new();
        let (ann, home) = server.signed_in("ann").await;
        let bob = ann.with_member(&home, "bob", "editor").await;
        let users = [(&ann, ann.user_id().await), (&bob, bob.user_id().await)];
        let (mut random, mut pagings, mut finished, mut gone) = (Random(seed), Vec::<Paging<'_>>::new(), 0, 0);
        let (mut seen_version, mut collections) = (0, 0);
        for _ in 0..150 {
            let (user, id) = &users[usize::try_from(random.below(2)).unwrap()];
            match random.below(12) {
                0..6 => drop(user.push(&home, &[random.write(id), random.write(id)]).await.expect(200)),
                what @ (6 | 7) => {
                    let head = ann.snapshot(&home, json!({})).await.expect(200)["highWatermark"].as_u64().unwrap();
                    seen_version += random.below(head - seen_version + 1);
                    let before = ann.items(&home).await.len() + bob.items(&home).await.len();
                    let what = if what == 6 || random.below(4) > 0 { "gc-change-log" } else { "gc-tombstones" };
                    collect(&server, &ann, &home, what, seen_version).await;
                    let after = ann.items(&home).await.len() + bob.items(&home).await.len();
                    collections += u64::from(after < before);
                }
                8 => {
                    let expected = timeless(user.items(&home).await);
                    let page = user.snapshot(&home, json!({ "pageSize": 1 })).await.expect(200);
                    let high_watermark = page["highWatermark"].as_u64().unwrap();
                    let (seen, token) =
                        (timeless(page["items"].as_array().unwrap().clone()), page["nextPageToken"].clone());
                    pagings.push(Paging { user, expected, seen, token, high_watermark, collections });
                }
                _ if pagings.is_empty() => {}
                _ => {
                    let place = usize::try_from(random.below(pagings.len() as u64)).unwrap();
                    let mut paging = pagings.swap_remove(place);
                    if paging.token.is_null() {
                        assert_eq!(paging.seen, paging.expected, "seed {seed}");
                        finished += 1;
                        continue;
                    }
                    let page_size = 1 + random.below(2);
                    let next = json!({ "pageSize": page_size, "pageToken": paging.token });
                    let answer = paging.user.snapshot(&home, next).await;
                    let oldest =
                        ann.pull(&home, u64::from(u32::MAX), 1).await.expect(200)["oldestRetainedVersion"].clone();
                    let is_gone =
                        paging.collections < collections || oldest.as_u64().unwrap() > paging.high_watermark + 1;
                    if is_gone {
                        answer.expect(410);
                        gone += 1;
                        continue;
                    }
                    let page = answer.expect(200);
                    paging.seen.extend(timeless(page["items"].as_array().unwrap().clone()));
                    paging.token = page["nextPageToken"].clone();
                    assert!(
                        paging.expected.starts_with(&paging.seen),
                        "seed {seed}: {:?} {:?}",
                        paging.seen,
                        paging.expected
                    );
                    pagings.push(paging);
                }
            }
        }
        assert!(finished + gone > 3, "seed {seed}: {finished} finished, {gone} gone");
    }
}
