//! Garbage collection at the edges: keys that two tables share, and reading on once everything is gone.

use serde_json::json;

use crate::gc::collection::{COLLECTS, GAP, collected, entries, have_read};
use crate::gc::gaps::check_told;
use syncproof_harness::cases;
use syncproof_harness::world::Context;
use syncproof_harness::world::retention::{TOMBSTONES, wait_until_old};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::failure::{Checked, Setup as _};
use syncproof_protocol::wire::{Item, PullAnswer, SnapshotAnswer};

const UNSEEN: &str = "gc.keeps-unseen";
const THEN_PULL: &str = "snapshot.then-pull";

cases! {
    /// Of two tombstones under one key in two tables, the one that a device has not seen stays.
    "gc/tombstones-of-one-key-in-two-tables" checks [UNSEEN] needs [Gc, Snapshot] by one_key;
    /// With the log gone, cursors move to the head, watermarks are the head, and the last page says that it is.
    "gc/reading-on-after-a-collection"
        checks [GAP, THEN_PULL, "pull.has-more", "cursor.beyond-head"] needs [Gc] by reading_on;
}

async fn one_key(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ops = [anna.delete("threads", "pk"), anna.delete("kv", "pk"), anna.delete("posts", "seen too")];
    // The first is read, the second is not; the third shows when tombstones are collected.
    anna.push_ok(&anna.home, &[ops[0].clone(), ops[2].clone(), ops[1].clone()], "push.all-tables").await.in_setup()?;
    have_read(&anna, &anna.home, &[("laptop", 2)]).await?;
    wait_until_old(&context).await?;
    anna.collect_ok(TOMBSTONES, &anna.home, COLLECTS).await?;
    let (items, answer) = anna.items(&anna.home, UNSEEN).await?;
    let left: Vec<_> = items.iter().map(Item::position).map(|(table, pk, _)| (table, pk)).collect();
    let there = left.contains(&("kv", ops[1].pk()));
    let message = "a tombstone is gone with that of another table, though a device has not seen it";
    answer.ensure(UNSEEN, there, message, "the tombstone in kv", format!("{left:?}"))
}

async fn reading_on(context: Context) -> Checked {
    let (anna, ops) = collected(&context, 6).await?;
    let head = ops.len() as u64;
    for device in ["laptop", "new"] {
        anna.move_cursor_ok(&anna.home, device, head, "cursor.beyond-head").await?;
    }
    if context.has(Capability::Snapshot) {
        let answer = anna.snapshot(&anna.home, json!({"pageSize": 1000})).await?;
        let watermark = answer.read::<SnapshotAnswer>(THEN_PULL)?.high_watermark;
        answer.equal(THEN_PULL, "with the log gone, the watermark is not the head", head, watermark)?;
        check_told(&anna.pull(&anna.home, watermark, 10).await?, false, "a pull from the watermark of a snapshot")?;
    }
    // What comes in now is read in pages of every size, the last of which says so, though it may be full.
    anna.push_ok(&anna.home, &entries(&anna, "late", 4), "push.all-tables").await.in_setup()?;
    for cursor in head..head + 4 {
        let left = head + 4 - cursor;
        let answer = anna.pull(&anna.home, cursor, left).await?;
        let page: PullAnswer = answer.read("pull.has-more")?;
        let message = format!("hasMore is wrong after a collection, on a page of {left} from {cursor}");
        answer.equal("pull.has-more", message, page.next_cursor < head + 4, page.has_more)?;
    }
    Ok(())
}
