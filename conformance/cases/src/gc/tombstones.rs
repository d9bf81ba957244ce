//! Garbage collection and records that are deleted later or again: their tombstones are as new as the last delete.

use std::time::{Duration, Instant};

use crate::gc::collection::{COLLECTS, have_read};
use crate::gc::records::{collect_all_tombstones, is_tombstone};
use syncproof_harness::cases;
use syncproof_harness::world::retention::{CHANGE_LOG, CollectionWait, TOMBSTONES, wait_until_old};
use syncproof_harness::world::{Context, User};
use syncproof_protocol::failure::{Checked, Setup as _};
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::PullAnswer;

const UNSEEN: &str = "gc.keeps-unseen";
const YOUNG: &str = "gc.keeps-young";
/// What is deleted later or again.
const PKS: [&str; 4] = ["unknown", "deleted", "row", "written twice"];

cases! {
    /// Old rows and tombstones that a device has seen are deleted anew: the new tombstones stay, until it has seen them.
    "gc/a-later-delete-is-unseen" checks [UNSEEN, COLLECTS] needs [Gc, Snapshot] by later_is_unseen;
    /// Rows and tombstones over two seconds old are deleted anew: with a retention of two seconds that stays.
    "gc/a-later-delete-is-young" checks [YOUNG] needs [Gc, Snapshot] by later_is_young;
}

/// Anna's home with rows and tombstones, all of one age, which her one device has read.
async fn written_then_deleted(context: &Context) -> Checked<(User, u64)> {
    let anna = context.user("anna").await?;
    let ops = [
        anna.delete("threads", PKS[0]),
        anna.put("threads", PKS[1]),
        anna.delete("threads", PKS[1]).clock(2),
        anna.put("threads", PKS[2]),
        anna.put("threads", PKS[3]),
        anna.put("threads", PKS[3]).clock(2),
    ];
    anna.push_ok(&anna.home, &ops, "push.all-tables").await.in_setup()?;
    let head = ops.len() as u64;
    have_read(&anna, &anna.home, &[("laptop", head)]).await?;
    Ok((anna, head))
}

/// Deletes all of it, by newer writes than those before.
async fn delete_all(anna: &User, clock: u64) -> Checked<Vec<Op>> {
    let deletes: Vec<Op> = PKS.iter().map(|pk| anna.delete("threads", pk).clock(clock)).collect();
    anna.push_ok(&anna.home, &deletes, "tombstone.keeps-highest").await.in_setup()?;
    Ok(deletes)
}

/// Checks that the workspace shows the tombstones of these deletes.
async fn have_tombstones(anna: &User, deletes: &[Op], requirement: &'static str, why: &str) -> Checked {
    let (items, answer) = anna.items(&anna.home, requirement).await?;
    let has = |op: &&Op| items.iter().any(|item| is_tombstone(item) && item.revision().op_id == op.id());
    let missing: Vec<&str> = deletes.iter().filter(|op| !has(op)).map(Op::pk).collect();
    let message = format!("tombstones are gone that have to stay: {why}");
    answer.equal(requirement, message, Vec::<&str>::new(), missing)
}

async fn later_is_unseen(context: Context) -> Checked {
    let (anna, head) = written_then_deleted(&context).await?;
    let deletes = delete_all(&anna, 9).await?;
    // All of it is old, so that only the device holds it.
    wait_until_old(&context).await?;
    for seen in 0..deletes.len() {
        anna.collect_ok(TOMBSTONES, &anna.home, UNSEEN).await?;
        let why = format!("the one device has read to {}, before these deletes", head + seen as u64);
        have_tombstones(&anna, &deletes[seen..], UNSEEN, &why).await?;
        have_read(&anna, &anna.home, &[("laptop", head + seen as u64 + 1)]).await?;
    }
    collect_all_tombstones(&anna, COLLECTS).await
}

async fn later_is_young(context: Context) -> Checked {
    // A retention of one second would leave nothing between "young" and "old" to a server that counts whole seconds.
    const RETENTION_SECONDS: u64 = 2;
    let (anna, mut head) = written_then_deleted(&context).await?;
    let patience = CollectionWait::begin(anna.context());
    loop {
        // The log of what was written first shows when that is old enough.
        let answer = anna.collect_after_ok(RETENTION_SECONDS, CHANGE_LOG, &anna.home, COLLECTS).await?;
        let page: PullAnswer = anna.pull(&anna.home, head - 1, 1).await?.read(COLLECTS)?;
        if page.requires_snapshot == Some(true) || page.changes.is_empty() {
            break;
        }
        patience.wait(&answer, COLLECTS).await.in_setup()?;
    }
    // On a slow day what was just deleted may be old by the time that it is collected: then once more.
    for clock in 9..12 {
        let begun = Instant::now();
        let deletes = delete_all(&anna, clock).await?;
        head += deletes.len() as u64;
        have_read(&anna, &anna.home, &[("laptop", head)]).await?;
        anna.collect_after_ok(RETENTION_SECONDS, TOMBSTONES, &anna.home, YOUNG).await?;
        if begun.elapsed() < Duration::from_secs(1) {
            let why = "these deletes are not a second old, the retention is two";
            return have_tombstones(&anna, &deletes, YOUNG, why).await;
        }
    }
    Ok(())
}
