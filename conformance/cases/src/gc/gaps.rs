//! Gaps that a collection leaves in the log: every pull either gives all or says that a part is gone.

use serde_json::json;

use crate::gc::collection::{COLLECTS, GAP, collected, entries, have_read, logged};
use syncproof_harness::cases;
use syncproof_harness::client::Answer;
use syncproof_harness::world::{Context, User};
use syncproof_protocol::failure::{Checked, Setup as _};
use syncproof_protocol::op::{Op, change_json};
use syncproof_protocol::wire::PullAnswer;

cases! {
    /// Five of nine entries are collected: pulls from each cursor, in pages of 1 and 2, are whole or told.
    "gc/gap-at-every-cursor" checks [GAP] needs [Gc] by every_cursor;
    /// Filters for tables that only the collected, the kept, both or no entries are of: told across the gap.
    "gc/gap-with-a-table-filter" checks [GAP] needs [Gc] by with_filter;
    /// With nothing left of the log every pull from before is told, one from the head is not, nor the next change.
    "gc/gap-of-the-whole-log" checks [GAP] needs [Gc] by whole_log;
    /// The device that held the log stands at its new beginning: it is not told of a gap and misses nothing.
    "gc/no-gap-at-the-boundary" checks [GAP] needs [Gc] by boundary;
    /// A device that is told of a gap takes a snapshot, and goes on from its watermark with nothing missed.
    "gc/told-device-starts-over-from-a-snapshot" checks [GAP, "snapshot.then-pull"] needs [Gc, Snapshot] by starts_over;
}

/// Nine entries, of which the first five are collected.
async fn half_collected(context: &Context) -> Checked<(User, Vec<Op>)> {
    let (anna, ops) = logged(context, 9).await?;
    have_read(&anna, &anna.home, &[("laptop", 9), ("phone", 5)]).await?;
    anna.collect_log_through_ok(&anna.home, 5, COLLECTS).await.in_setup()?;
    Ok((anna, ops))
}

fn is_told(page: &PullAnswer) -> bool {
    page.requires_snapshot == Some(true)
}

pub(crate) fn check_told(answer: &Answer, expected: bool, what: &str) -> Checked {
    let page: PullAnswer = answer.read(GAP)?;
    let message = format!("{what} is {}told of a gap", if expected { "not " } else { "" });
    answer.equal(GAP, message, expected, is_told(&page))
}

async fn every_cursor(context: Context) -> Checked {
    let (anna, ops) = half_collected(&context).await?;
    let left = anna.remains(&anna.home, &ops, GAP).await?;
    left.keeps(6, "gc.keeps-unseen", "a device has not read it")?;
    let head = ops.len() as u64;
    for limit in [1, 2] {
        for cursor in 0..=head {
            let answer = anna.pull(&anna.home, cursor, limit).await?;
            check_told(&answer, cursor + 1 < left.oldest, &format!("a pull of {limit} from {cursor} of {head}"))?;
            if cursor + 1 < left.oldest {
                continue;
            }
            let (changes, last) = anna.log_after(&anna.home, cursor, limit, GAP).await?;
            let skipped = usize::try_from(cursor).unwrap_or(usize::MAX);
            let expected: Vec<_> = (cursor + 1..).zip(&ops[skipped..]).map(|(at, op)| op.as_change(at)).collect();
            let actual: Vec<_> = changes.iter().map(change_json).collect();
            last.equal(GAP, format!("pages of {limit} from {cursor} do not give the rest"), expected, actual)?;
        }
    }
    Ok(())
}

async fn with_filter(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let tables = ["threads", "kv", "threads", "posts", "kv", "posts"];
    let ops: Vec<Op> = tables.iter().enumerate().map(|(n, table)| anna.put(table, &format!("pk{n}"))).collect();
    anna.push_ok(&anna.home, &ops, GAP).await.in_setup()?;
    have_read(&anna, &anna.home, &[("laptop", 6), ("phone", 3)]).await?;
    anna.collect_log_through_ok(&anna.home, 3, COLLECTS).await.in_setup()?;
    let left = anna.remains(&anna.home, &ops, GAP).await?;
    // Of the collected ones only, of the kept ones only, of both, of none.
    for tables in
        [json!(["threads"]), json!(["posts"]), json!(["kv"]), json!(["projects"]), json!(["threads", "posts"])]
    {
        for cursor in 0..=6_u64 {
            let body = json!({"cursor": cursor, "limit": 1000, "tables": tables});
            let answer = anna.pull_with(&anna.home, body).await?;
            let what = format!("a pull of {tables} from {cursor}");
            check_told(&answer, cursor + 1 < left.oldest, &what)?;
            if cursor + 1 >= left.oldest {
                let named =
                    |op: &&(u64, &Op)| tables.as_array().is_some_and(|names| names.contains(&json!(op.1.table())));
                let rest: Vec<(u64, &Op)> = (1..).zip(&ops).filter(|(version, _)| *version > cursor).collect();
                let expected: Vec<_> = rest.iter().filter(named).map(|(version, op)| op.as_change(*version)).collect();
                let actual: Vec<_> = answer.read::<PullAnswer>(GAP)?.changes.iter().map(change_json).collect();
                answer.equal(GAP, format!("{what} does not give the rest"), expected, actual)?;
            }
        }
    }
    Ok(())
}

async fn whole_log(context: Context) -> Checked {
    let (anna, mut ops) = collected(&context, 4).await?;
    anna.remains(&anna.home, &ops, GAP).await?;
    let answer = anna.pull(&anna.home, 4, 1).await?;
    let page: PullAnswer = answer.read(GAP)?;
    let message = "a pull from the head of a collected log is not an empty last page";
    answer.equal(GAP, message, (0, 4, false), (page.changes.len(), page.next_cursor, page.has_more))?;
    // A device that registers now has missed everything, and is told.
    anna.update_cursor(&anna.home, "late", 0).await?.expect_status(GAP, &[200, 400, 409])?;
    check_told(&anna.pull(&anna.home, 0, 1).await?, true, "a device that comes after the collection")?;
    ops.extend(entries(&anna, "new", 2));
    anna.push_ok(&anna.home, &ops[4..], "gc.versions-go-on").await?;
    let left = anna.remains(&anna.home, &ops, GAP).await?;
    left.keeps(5, "gc.keeps-young", "it was pushed just now")
}

async fn boundary(context: Context) -> Checked {
    let (anna, mut ops) = half_collected(&context).await?;
    // The phone has read to 5, and 6 is the first that is kept.
    let (changes, answer) = anna.log_after(&anna.home, 5, 1, GAP).await?;
    check_told(&anna.pull(&anna.home, 5, 1).await?, false, "the device at the boundary")?;
    let expected: Vec<_> = (6..).zip(&ops[5..]).map(|(version, op)| op.as_change(version)).collect();
    let actual: Vec<_> = changes.iter().map(change_json).collect();
    answer.equal(GAP, "the device at the boundary misses changes", expected, actual)?;
    ops.push(anna.put("kv", "new"));
    anna.push_ok(&anna.home, &ops[9..], "gc.versions-go-on").await?;
    let (changes, answer) = anna.log_after(&anna.home, 9, 1000, GAP).await?;
    let actual: Vec<_> = changes.iter().map(change_json).collect();
    answer.equal(GAP, "a change after the collection is missed", [ops[9].as_change(10)], actual)
}

async fn starts_over(context: Context) -> Checked {
    let (anna, mut ops) = half_collected(&context).await?;
    check_told(&anna.pull(&anna.home, 0, 1000).await?, true, "a new device")?;
    let (items, watermark, _) = anna.snapshot_in_pages(&anna.home, 2, GAP).await?;
    ops.push(anna.put("kv", "new"));
    anna.push_ok(&anna.home, &ops[9..], "gc.versions-go-on").await?;
    let (changes, answer) = anna.log_after(&anna.home, watermark, 1000, GAP).await?;
    check_told(&answer, false, "a pull from the watermark of a snapshot")?;
    let known = items.iter().map(|item| item.revision().op_id.clone());
    let mut have: Vec<String> = known.chain(changes.iter().map(|change| change.stamp.op_id.clone())).collect();
    have.sort_unstable();
    let mut pushed: Vec<String> = ops.iter().map(|op| op.id().to_owned()).collect();
    pushed.sort_unstable();
    answer.equal("snapshot.then-pull", "snapshot and pull together are not all that was written", pushed, have)
}
