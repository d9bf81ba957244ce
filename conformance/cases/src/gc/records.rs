//! Garbage collection and records: rows live on, tombstones go when it is their turn, snapshots stay whole.

use serde_json::{Value, json};

use crate::gc::collection::{COLLECTS, entries, have_read};
use syncproof_harness::cases;
use syncproof_harness::world::retention::{CHANGE_LOG, CollectionWait, LONG_SECONDS, TOMBSTONES, wait_until_old};
use syncproof_harness::world::{Context, User, fold};
use syncproof_protocol::failure::{Checked, Setup as _};
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::{Item, SnapshotAnswer};

const KEEPS: &str = "gc.keeps-records";
const UNSEEN: &str = "gc.keeps-unseen";

cases! {
    /// Snapshots before and after the log is collected are equal; older writes still lose to what they show.
    "gc/records-outlive-their-log" checks [KEEPS, "lww.no-resurrection"] needs [Gc, Snapshot] by outlive;
    /// Collecting tombstones takes all of them, no row, be it revived or marked as deleted, and nothing of the log.
    "gc/tombstones-go-and-rows-stay" checks [COLLECTS, KEEPS] needs [Gc, Snapshot] by tombstones_go;
    /// Tombstones that a lagging device or a ghost has not seen stay, until they are seen.
    "gc/unseen-tombstones-stay" checks [UNSEEN] needs [Gc, Snapshot] by unseen_stay;
    /// With a retention of a day all tombstones stay, however often the collection is asked for.
    "gc/young-tombstones-stay" checks ["gc.keeps-young"] needs [Gc, Snapshot] by young_stay;
    /// Log and tombstones are collected between the pages: the snapshot ends complete, or is refused.
    "gc/while-a-snapshot-is-paged" checks ["snapshot.consistent", KEEPS] needs [Gc, Snapshot] by while_paged;
}

/// Items in a form that can be compared: a tombstone without its time.
fn shown(items: &[Item]) -> Vec<Value> {
    let item = |item: &Item| match item {
        Item::Row { table_name, pk, payload, revision } => json!(["row", table_name, pk, revision, payload]),
        Item::Tombstone { table_name, pk, revision, .. } => json!(["tombstone", table_name, pk, revision]),
    };
    items.iter().map(item).collect()
}

pub(crate) fn is_tombstone(item: &Item) -> bool {
    matches!(item, Item::Tombstone { .. })
}

/// Records of every fate: put, overwritten, soft-deleted in several ways, revived, beaten; and four tombstones.
fn every_history(user: &User) -> Vec<Op> {
    let put = |pk: &str, clock| user.put("threads", pk).clock(clock).mark(&format!("{pk} at {clock}"));
    let delete = |pk: &str, clock| user.delete("threads", pk).clock(clock);
    vec![
        put("put", 1),
        put("overwritten", 1),
        put("overwritten", 5),
        put("soft", 2).field("deleted", json!(true)),
        put("soft since", 2).field("deleted", json!(true)).field("deleted_at", json!(1_750_000_000)),
        user.put("notifications", "dismissed").field("deleted_at", json!(1_750_000_000)),
        put("revived", 1),
        delete("revived", 2),
        put("revived", 3),
        put("beaten", 9),
        delete("beaten", 8),
        put("gone", 1),
        delete("gone", 4),
        delete("never", 3),
        user.delete("kv", "put").clock(1),
        put("twice", 1),
        delete("twice", 3),
        delete("twice", 2),
    ]
}

/// Anna's home with a record of every fate, which her one device has read up to so many ops before the head.
async fn written_then_deleted(context: &Context, unread: u64) -> Checked<(User, Vec<Op>)> {
    let anna = context.user("anna").await?;
    let ops = every_history(&anna);
    anna.push_ok(&anna.home, &ops, "push.all-tables").await.in_setup()?;
    have_read(&anna, &anna.home, &[("laptop", ops.len() as u64 - unread)]).await?;
    Ok((anna, ops))
}

async fn outlive(context: Context) -> Checked {
    let (anna, mut ops) = written_then_deleted(&context, 0).await?;
    let (before, _) = anna.items(&anna.home, KEEPS).await.in_setup()?;
    anna.collect_log_through_ok(&anna.home, ops.len() as u64, COLLECTS).await.in_setup()?;
    let (after, answer) = anna.items(&anna.home, KEEPS).await?;
    answer.equal(KEEPS, "collecting the log has changed rows or tombstones", shown(&before), shown(&after))?;
    anna.shows(&anna.home, &ops, KEEPS).await?;
    // What the log knew of revisions, the records still know.
    let late = [
        anna.put("threads", "overwritten").clock(4).mark("too late"),
        anna.delete("threads", "overwritten").clock(3),
        anna.put("threads", "gone").clock(3).mark("too late"),
        anna.put("threads", "twice").clock(2).mark("too late"),
    ];
    ops.extend(late);
    anna.push_ok(&anna.home, &ops[ops.len() - 4..], "lww.loser-is-logged").await.in_setup()?;
    anna.shows(&anna.home, &ops, "lww.no-resurrection").await?;
    ops.extend([anna.put("threads", "gone").clock(5).mark("in time"), anna.delete("threads", "put").clock(2)]);
    anna.push_ok(&anna.home, &ops[ops.len() - 2..], KEEPS).await.in_setup()?;
    anna.shows(&anna.home, &ops, KEEPS).await
}

/// Collects tombstones until none is left.
pub(crate) async fn collect_all_tombstones(anna: &User, requirement: &'static str) -> Checked {
    let patience = CollectionWait::begin(anna.context());
    loop {
        let answer = anna.collect_ok(TOMBSTONES, &anna.home, requirement).await?;
        let (items, _) = anna.items(&anna.home, requirement).await?;
        if !items.iter().any(is_tombstone) {
            return Ok(());
        }
        patience.wait(&answer, requirement).await?;
    }
}

/// Checks that the workspace has the rows of that snapshot, and no tombstone.
async fn has_rows_only(anna: &User, before: &[Item], requirement: &'static str) -> Checked {
    let (items, answer) = anna.items(&anna.home, requirement).await?;
    let kept: Vec<Item> = before.iter().filter(|item| !is_tombstone(item)).cloned().collect();
    let message = "after collecting tombstones there are not just the rows that there were";
    answer.equal(requirement, message, shown(&kept), shown(&items))
}

async fn tombstones_go(context: Context) -> Checked {
    let (anna, mut ops) = written_then_deleted(&context, 0).await?;
    let (before, _) = anna.items(&anna.home, KEEPS).await.in_setup()?;
    collect_all_tombstones(&anna, COLLECTS).await?;
    has_rows_only(&anna, &before, KEEPS).await?;
    let left = anna.remains(&anna.home, &ops, "gc.gap-is-told").await?;
    left.keeps(1, KEEPS, "only tombstones were to be collected")?;
    anna.collect_log_through_ok(&anna.home, ops.len() as u64, COLLECTS).await?;
    has_rows_only(&anna, &before, KEEPS).await?;
    // A record whose tombstone is gone can be made and deleted anew.
    for op in [anna.put("threads", "gone").clock(6).mark("anew"), anna.delete("threads", "gone").clock(7)] {
        let expected = fold(std::slice::from_ref(&op));
        let kind = if op.content().is_some() { "row" } else { "tombstone" };
        ops.push(op);
        anna.push_ok(&anna.home, &ops[ops.len() - 1..], KEEPS).await?;
        let (items, answer) = anna.items(&anna.home, KEEPS).await?;
        let anew = items.iter().find(|item| item.position() == ("threads", context.pk("gone").as_str(), kind));
        let message = "a record whose tombstone was collected cannot be written anew";
        answer.equal(KEEPS, message, &expected[0]["revision"], anew.map(Item::revision))?;
    }
    Ok(())
}

async fn unseen_stay(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut ops = entries(&anna, "row", 2);
    ops.extend((0..4).map(|number| anna.delete("threads", &format!("gone{number}"))));
    anna.push_ok(&anna.home, &ops, UNSEEN).await.in_setup()?;
    have_read(&anna, &anna.home, &[("laptop", 6), ("ghost", 0)]).await?;
    wait_until_old(&context).await?;
    // What has to stay: the tombstones of the versions after the slowest device's.
    for (device, version) in [("ghost", 0), ("ghost", 3), ("phone", 5), ("ghost", 4), ("ghost", 6)] {
        have_read(&anna, &anna.home, &[(device, version)]).await?;
        let slowest = match (device, version) {
            ("phone", _) => 3,
            ("ghost", 6) => 5,
            (_, version) => version,
        };
        anna.collect_ok(TOMBSTONES, &anna.home, UNSEEN).await?;
        let (items, answer) = anna.items(&anna.home, UNSEEN).await?;
        let has = |op: &&Op| items.iter().any(|item| is_tombstone(item) && item.revision().op_id == op.id());
        let unseen: Vec<&Op> = (1..).zip(&ops).filter(|(at, _)| *at > slowest.max(2)).map(|(_, op)| op).collect();
        let missing: Vec<&str> = unseen.into_iter().filter(|op| !has(op)).map(Op::pk).collect();
        let message = format!("tombstones are gone that a device has not seen, which has read to {slowest}");
        answer.equal(UNSEEN, message, Vec::<&str>::new(), missing)?;
    }
    have_read(&anna, &anna.home, &[("phone", 6)]).await?;
    collect_all_tombstones(&anna, COLLECTS).await
}

async fn young_stay(context: Context) -> Checked {
    const YOUNG: &str = "gc.keeps-young";
    let (anna, ops) = written_then_deleted(&context, 0).await?;
    for _ in 0..3 {
        anna.gc(TOMBSTONES, &anna.home, LONG_SECONDS).await?.expect_status(YOUNG, &[200, 204])?;
        anna.gc(CHANGE_LOG, &anna.home, LONG_SECONDS).await?.expect_status(YOUNG, &[200, 204])?;
    }
    anna.holds(&anna.home, &ops, YOUNG).await
}

async fn while_paged(context: Context) -> Checked {
    const CONSISTENT: &str = "snapshot.consistent";
    let (anna, _) = written_then_deleted(&context, 0).await?;
    wait_until_old(&context).await?;
    for collected_after in [1, 2] {
        let (before, _) = anna.items(&anna.home, CONSISTENT).await.in_setup()?;
        let mut items = Vec::new();
        let mut body = json!({"pageSize": 2});
        for page in 1..=before.len() {
            let answer = anna.snapshot(&anna.home, body).await?;
            if page > collected_after && answer.is(&[400, 404, 410]) {
                // Told to start over, which works.
                anna.items(&anna.home, CONSISTENT).await?;
                break;
            }
            let shows: SnapshotAnswer = answer.read(CONSISTENT)?;
            items.extend(shows.items);
            let Some(token) = shows.next_page_token else {
                let message = "a snapshot that was paged while garbage was collected has lost or gained items";
                answer.equal(CONSISTENT, message, shown(&before), shown(&items))?;
                break;
            };
            if page == collected_after {
                anna.collect_ok(TOMBSTONES, &anna.home, CONSISTENT).await?;
                anna.collect_ok(CHANGE_LOG, &anna.home, CONSISTENT).await?;
            }
            body = json!({"pageSize": 2, "pageToken": token});
        }
    }
    Ok(())
}
