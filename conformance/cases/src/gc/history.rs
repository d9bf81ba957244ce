//! Garbage collection and what records were before: a snapshot that began earlier shows its moment, whatever is collected
//! and written since, and a collection takes nothing else along.

use crate::gc::collection::COLLECTS;
use crate::gc::records::{keeps_tombstones, shown};
use crate::prelude::*;
use syncproof_harness::world::retention::{TOMBSTONES, wait_until_old};

const CONSISTENT: &str = "snapshot.consistent";

/// What a server may answer when it cannot go on with a snapshot.
const GONE: &[u16] = &[400, 404, 410];

cases! {
    /// Records are written on while their log is collected entry by entry: snapshots that began before end as they began.
    "gc/entry-by-entry-while-snapshots-are-paged" checks [CONSISTENT, COLLECTS] needs [Gc, Snapshot] by entry_by_entry;
    /// A record whose tombstone was collected is written anew: a snapshot that began in between shows nothing of it.
    "gc/anew-while-a-snapshot-is-paged" checks [CONSISTENT] needs [Gc, Snapshot] by anew;
    /// Tombstones whose pks are patterns are collected: others, which no device has read, stay.
    "gc/tombstones-whose-pks-are-patterns" checks ["gc.keeps-unseen", "push.text-exact"] needs [Gc, Snapshot] by patterns;
}

async fn entry_by_entry(context: Context) -> Checked {
    let (anna, mut home) = Journal::with_user(&context, CONSISTENT).await?;
    // The same pks in two tables; each record has been several things, and some writes have lost.
    let ops = [
        anna.put("threads", "a").clock(1).mark("first"),
        anna.put("kv", "a").clock(1),
        anna.put("threads", "a").clock(5).mark("second"),
        anna.put("threads", "a").clock(3).mark("lost"),
        anna.delete("kv", "a").clock(2),
        anna.delete("kv", "b").clock(4),
        anna.put("threads", "b").clock(1),
        anna.delete("threads", "b").clock(2),
        anna.put("kv", "b").clock(3),
    ];
    home.push_ok(&ops).await.in_setup()?;
    let (before, _) = home.items(CONSISTENT).await.in_setup()?;
    let workspace = home.workspace.clone();
    let mut begun = Vec::new();
    for _ in &ops {
        let mut pages = anna.snapshot_pages(&workspace, 1, CONSISTENT);
        pages.next().await?;
        begun.push(pages);
    }
    for (seen, mut pages) in (1..).zip(begun) {
        let clock = 10 + seen;
        let later = [
            home.put("threads", "a").clock(clock).mark("later"),
            home.delete("threads", "b").clock(clock),
            home.put("kv", "a").clock(clock).mark("later"),
            home.put("kv", "b").clock(clock).mark("later"),
        ];
        home.push_ok(&later).await.in_setup()?;
        home.have_read(&[("laptop", seen)]).await?;
        home.collect_log_through_ok(seen, COLLECTS).await?;
        pages.may_refuse(GONE);
        while let Some((_, answer)) = pages.next().await? {
            if pages.ended() {
                let message = format!(
                    "a snapshot does not show its moment after the log was collected up to version {seen} and records \
                     were written"
                );
                answer.equal(CONSISTENT, message, shown(&before), shown(&pages.items))?;
            }
        }
    }
    home.checks(CONSISTENT).shows().await
}

async fn anew(context: Context) -> Checked {
    let (anna, mut home) = Journal::with_user(&context, CONSISTENT).await?;
    let ops = [
        anna.put("threads", "gone"),
        anna.put("posts", "in between"),
        anna.delete("threads", "gone").clock(2),
        anna.put("kv", "row"),
        anna.put("kv", "other row"),
    ];
    home.push_ok(&ops).await.in_setup()?;
    // What the record was before its tombstone is no longer in the log.
    home.have_read(&[("laptop", 2)]).await?;
    home.collect_log_through_ok(2, COLLECTS).await?;
    home.have_read(&[("laptop", home.head())]).await?;
    home.collect_all_tombstones_ok(COLLECTS).await?;
    let workspace = home.workspace.clone();
    let (before, _) = home.items(CONSISTENT).await.in_setup()?;
    let mut pages = anna.snapshot_pages(&workspace, 1, CONSISTENT);
    pages.next().await?;
    home.push_ok(&anna.put("threads", "gone").clock(3).mark("anew")).await.in_setup()?;
    pages.may_refuse(GONE);
    while let Some((_, answer)) = pages.next().await? {
        if pages.ended() {
            let message = "a snapshot shows something of a record that did not exist when it began";
            answer.equal(CONSISTENT, message, shown(&before), shown(&pages.items))?;
        }
    }
    Ok(())
}

async fn patterns(context: Context) -> Checked {
    const UNSEEN: &str = "gc.keeps-unseen";
    const PATTERNS: [&str; 8] = ["%", "_", "m%", "m_", "*", "m*", "[mn]", "?"];
    let (anna, mut home) = Journal::with_user(&context, "push.text-exact").await?;
    let seen: Vec<Op> = PATTERNS.iter().map(|pk| Op::delete("posts", pk)).collect();
    // One in capitals too: patterns pass over the case of letters.
    let unseen: Vec<Op> = ["m", "n", "mn", "MN", "mno", "%n"].iter().map(|pk| Op::delete("posts", pk)).collect();
    home.push_ok(&seen).await.in_setup()?;
    home.push_ok(&anna.delete("posts", "x")).await.in_setup()?;
    home.have_read(&[("laptop", home.head())]).await?;
    home.push_ok(&unseen).await.in_setup()?;
    wait_until_old(&context).await?;
    home.collect_ok(TOMBSTONES, UNSEEN).await?;
    keeps_tombstones(&home, &unseen, UNSEEN, "no device has read them").await
}
