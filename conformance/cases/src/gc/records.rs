//! Garbage collection and records: rows live on, tombstones go when it is their turn, snapshots stay whole.

use crate::gc::collection::{COLLECTS, entries};
use crate::prelude::*;
use syncproof_harness::world::retention::{CHANGE_LOG, COLLECTED, LONG_SECONDS, TOMBSTONES, wait_until_old};

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
pub(crate) fn shown(items: &[Item]) -> Vec<Value> {
    let item = |item: &Item| match item {
        Item::Row { table_name, pk, payload, revision } => json!(["row", table_name, pk, revision, payload]),
        Item::Tombstone { table_name, pk, revision, .. } => json!(["tombstone", table_name, pk, revision]),
    };
    items.iter().map(item).collect()
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

/// Anna's home with a record of every fate, all of which her one device has read.
async fn written_then_deleted(context: &Context) -> Checked<Journal> {
    let mut home = Journal::open(context, "push.all-tables").await?;
    home.push_ok(&every_history(&home.user)).await.in_setup()?;
    home.have_read(&[("laptop", home.head())]).await?;
    Ok(home)
}

/// Checks that the workspace shows the tombstones of these deletes.
pub(crate) async fn keeps_tombstones(home: &Journal, deletes: &[Op], requirement: &'static str, why: &str) -> Checked {
    let (items, answer) = home.items(requirement).await?;
    let has = |op: &&Op| items.iter().any(|item| item.is_tombstone() && item.revision().op_id == op.id());
    let missing: Vec<_> = deletes.iter().filter(|op| !has(op)).map(|op| (op.table(), op.pk())).collect();
    let message =
        format!("a collection removed {} of {} tombstones that must stay: {why}", missing.len(), deletes.len());
    let actual = format!("without {}", json!(missing));
    answer.ensure(requirement, missing.is_empty(), message, "a snapshot with all of these tombstones", actual)
}

async fn outlive(context: Context) -> Checked {
    let mut home = written_then_deleted(&context).await?;
    let (before, _) = home.items(KEEPS).await.in_setup()?;
    home.collect_log_through_ok(home.head(), COLLECTS).await.in_setup()?;
    let (after, answer) = home.items(KEEPS).await?;
    answer.equal(KEEPS, "collecting the log has changed rows or tombstones", shown(&before), shown(&after))?;
    home.checks(KEEPS).shows().await?;
    // The records still keep their revisions.
    let late = [
        home.put("threads", "overwritten").clock(4).mark("too late"),
        home.delete("threads", "overwritten").clock(3),
        home.put("threads", "gone").clock(3).mark("too late"),
        home.put("threads", "twice").clock(2).mark("too late"),
    ];
    home.checks("lww.loser-is-logged").push_ok(&late).await.in_setup()?;
    home.checks("lww.no-resurrection").shows().await?;
    let in_time = [home.put("threads", "gone").clock(5).mark("in time"), home.delete("threads", "put").clock(2)];
    home.checks(KEEPS).push_ok(&in_time).await.in_setup()?;
    home.shows().await
}

/// Checks that the workspace has the rows of that snapshot, and no tombstone.
async fn has_rows_only(home: &Journal, before: &[Item], requirement: &'static str) -> Checked {
    let (items, answer) = home.items(requirement).await?;
    let kept: Vec<Item> = before.iter().filter(|item| !item.is_tombstone()).cloned().collect();
    let message = "after collecting tombstones the snapshot does not show exactly the rows from before";
    answer.equal(requirement, message, shown(&kept), shown(&items))
}

async fn tombstones_go(context: Context) -> Checked {
    let mut home = written_then_deleted(&context).await?;
    let (before, _) = home.items(KEEPS).await.in_setup()?;
    home.collect_all_tombstones_ok(COLLECTS).await?;
    has_rows_only(&home, &before, KEEPS).await?;
    home.remains("gc.gap-is-told").await?.keeps(1, KEEPS, "only tombstones were to be collected")?;
    home.collect_log_through_ok(home.head(), COLLECTS).await?;
    has_rows_only(&home, &before, KEEPS).await?;
    // A record whose tombstone is gone can be made and deleted anew.
    for op in [home.put("threads", "gone").clock(6).mark("anew"), home.delete("threads", "gone").clock(7)] {
        home.checks(KEEPS).push_ok(&op).await?;
        let (items, answer) = home.items(KEEPS).await?;
        let kind = if op.content().is_some() { "row" } else { "tombstone" };
        let anew = items.iter().find(|item| item.position() == ("threads", op.pk(), kind));
        let message = "a record whose tombstone was collected cannot be written anew";
        answer.equal(KEEPS, message, op.revision(), anew.map(Item::revision))?;
    }
    Ok(())
}

async fn unseen_stay(context: Context) -> Checked {
    let mut home = Journal::open(&context, UNSEEN).await?;
    let mut ops = entries(&home.user, "row", 2);
    ops.extend((0..4).map(|number| home.delete("threads", &format!("gone{number}"))));
    home.push_ok(&ops).await.in_setup()?;
    home.have_read(&[("laptop", 6), ("ghost", 0)]).await?;
    wait_until_old(&context).await?;
    // What has to stay: the tombstones of the versions after the slowest device's.
    for (device, version, slowest) in
        [("ghost", 0, 0), ("ghost", 3, 3), ("phone", 5, 3), ("ghost", 4, 4), ("ghost", 6, 5)]
    {
        home.have_read(&[(device, version)]).await?;
        home.collect_ok(TOMBSTONES, UNSEEN).await?;
        let why = format!("a device has read to {slowest} only");
        keeps_tombstones(&home, &ops[slowest.max(2)..], UNSEEN, &why).await?;
    }
    home.have_read(&[("phone", 6)]).await?;
    home.collect_all_tombstones_ok(COLLECTS).await
}

async fn young_stay(context: Context) -> Checked {
    const YOUNG: &str = "gc.keeps-young";
    let mut home = written_then_deleted(&context).await?;
    for what in [TOMBSTONES, CHANGE_LOG].repeat(3) {
        home.collect(what, LONG_SECONDS).await?.expect_status("gc.collects", COLLECTED)?;
    }
    home.checks(YOUNG).holds().await
}

async fn while_paged(context: Context) -> Checked {
    const CONSISTENT: &str = "snapshot.consistent";
    let home = written_then_deleted(&context).await?;
    wait_until_old(&context).await?;
    for collected_after in [1, 2] {
        let (before, _) = home.items(CONSISTENT).await.in_setup()?;
        let mut pages = home.user.snapshot_pages(&home.workspace, 2, CONSISTENT);
        let mut page = 0;
        while let Some((_, answer)) = pages.next().await? {
            page += 1;
            if pages.ended() {
                let message = "a snapshot whose pages were read during collections has lost or gained items";
                answer.equal(CONSISTENT, message, shown(&before), shown(&pages.items))?;
            } else if page == collected_after {
                home.collect_ok(TOMBSTONES, CONSISTENT).await?;
                home.collect_ok(CHANGE_LOG, CONSISTENT).await?;
                pages.may_refuse(&[400, 404, 410]);
            }
        }
        if !pages.ended() {
            // The server refused the next page; a new snapshot works.
            home.items(CONSISTENT).await?;
        }
    }
    Ok(())
}
