//! Garbage collection at the edges: keys that two tables share, and reading on once everything is gone.

use crate::gc::collection::{COLLECTS, GAP, collected, entries};
use crate::gc::gaps::check_gap;
use crate::gc::records::keeps_tombstones;
use crate::prelude::*;
use syncproof_harness::world::retention::{TOMBSTONES, wait_until_old};

const UNSEEN: &str = "gc.keeps-unseen";
const THEN_PULL: &str = "snapshot.then-pull";
const CONSISTENT: &str = "snapshot.consistent";

cases! {
    /// Of two tombstones under one key in two tables, the one that a device has not seen stays.
    "gc/tombstones-of-one-key-in-two-tables" checks [UNSEEN] needs [Gc, Snapshot] by one_key;
    /// What the last entries that were collected wrote, and the first that stay, is overwritten or deleted between the pages of a snapshot.
    "gc/overwritten-at-the-edge-of-the-log" checks [CONSISTENT] needs [Gc, Snapshot] by overwritten_at_edge;
    /// With the log gone, cursors move to the head, watermarks are the head, and the last page says that it is.
    "gc/reading-on-after-a-collection"
        checks [GAP, THEN_PULL, "pull.has-more", "cursor.beyond-head"] needs [Gc] by reading_on;
}

async fn one_key(context: Context) -> Checked {
    let mut home = Journal::open(&context, "push.all-tables").await?;
    // The first is read, the last is not; the second shows when tombstones are collected.
    let unseen = home.delete("kv", "pk");
    home.push_ok(&[home.delete("threads", "pk"), home.delete("posts", "seen too"), unseen.clone()]).await.in_setup()?;
    home.have_read(&[("laptop", 2)]).await?;
    wait_until_old(&context).await?;
    home.collect_ok(TOMBSTONES, COLLECTS).await?;
    keeps_tombstones(
        &home,
        &[unseen],
        UNSEEN,
        "the only device has read the delete of that key in another table, and not this one",
    )
    .await
}

async fn overwritten_at_edge(context: Context) -> Checked {
    const COUNT: u64 = 6;
    let anna = context.user("anna").await?;
    let mut homes = Vec::new();
    for (edge, is_put) in [1, 3, 5, COUNT].into_iter().flat_map(|edge| [(edge, true), (edge, false)]) {
        let mut home = Journal::beside(&anna, &format!("read to {edge}"), CONSISTENT).await?;
        let labels: Vec<String> = (0..COUNT).map(|number| format!("{edge}{is_put}{number}")).collect();
        let records: Vec<Op> = labels.iter().map(|label| anna.put("threads", label)).collect();
        home.push_ok(&records).await.in_setup()?;
        home.have_read(&[("laptop", edge)]).await?;
        homes.push((edge, is_put, home, labels));
    }
    wait_until_old(&context).await?;
    for (edge, is_put, mut home, labels) in homes {
        home.collect_log_through_ok(edge, COLLECTS).await.in_setup()?;
        let (before, _) = home.items(CONSISTENT).await?;
        let workspace = home.workspace.clone();
        let mut pages = anna.snapshot_pages(&workspace, 1, CONSISTENT);
        pages.next().await?;
        for label in &labels {
            let put = anna.put("threads", label).clock(2).mark("after");
            home.push_ok(&[if is_put { put } else { anna.delete("threads", label).clock(2) }]).await.in_setup()?;
        }
        let (items, _, answer) = pages.rest().await?;
        let done = if is_put { "overwritten" } else { "deleted" };
        let message = format!(
            "records were {done} between the pages of a snapshot, and a later page shows it; the log was collected to version {edge}"
        );
        let shown = |items: &[Item]| items.iter().map(item_json).collect::<Vec<_>>();
        answer.equal(CONSISTENT, message, shown(&before), shown(&items))?;
    }
    Ok(())
}

async fn reading_on(context: Context) -> Checked {
    let mut home = collected(&context, 6).await?;
    let head = home.head();
    for device in ["laptop", "new"] {
        home.update_cursor_ok(device, head, "cursor.beyond-head").await?;
    }
    if context.has(Capability::Snapshot) {
        let (_, watermark, answer) = home.user.snapshot_in_pages(&home.workspace, 1000, THEN_PULL).await?;
        answer.equal(THEN_PULL, "after the whole log was collected, highWatermark is not the head", head, watermark)?;
        check_gap(&home.pull(watermark, 10).await?, false, "a pull from the highWatermark of a snapshot")?;
    }
    // What comes in now is read in pages of every size, the last of which says so, though it may be full.
    home.push_ok(&entries(&home.user, "late", 4)).await.in_setup()?;
    for cursor in head..head + 4 {
        let left = head + 4 - cursor;
        let answer = home.pull(cursor, left).await?;
        let page: PullAnswer = answer.read("pull.has-more")?;
        let message =
            format!("after a collection, hasMore of the page after version {cursor} with limit {left} is wrong");
        answer.equal("pull.has-more", message, page.next_cursor < head + 4, page.has_more)?;
    }
    Ok(())
}
