//! Gaps that a collection leaves in the log: every pull either gives all or says that a part is gone.

use crate::gc::collection::{COLLECTS, GAP, GO_ON, collected, entries, logged};
use crate::prelude::*;
use syncproof_harness::world::pages;

cases! {
    /// Five of nine entries are collected: pulls from each cursor, in pages of 1 and 2, are whole or report the gap.
    "gc/gap-at-every-cursor" checks [GAP] needs [Gc] by every_cursor;
    /// What is collected is deletes only, writes that lost only, or one record's only: pulls from each cursor are told.
    "gc/gap-of-one-kind" checks [GAP] needs [Gc] by of_one_kind;
    /// Filters for tables that only the collected, the kept, both or no entries are of: they report the gap.
    "gc/gap-with-a-table-filter" checks [GAP] needs [Gc] by with_filter;
    /// With nothing left of the log pulls from before report a gap; one from the head does not.
    "gc/gap-of-the-whole-log" checks [GAP] needs [Gc] by whole_log;
    /// The device that held the log stands at its new beginning: its pull reports no gap and misses nothing.
    "gc/no-gap-at-the-boundary" checks [GAP] needs [Gc] by boundary;
    /// A device whose pull reports a gap takes a snapshot, and goes on from its watermark with nothing missed.
    "gc/told-device-starts-over-from-a-snapshot" checks [GAP, "snapshot.then-pull"] needs [Gc, Snapshot] by starts_over;
}

/// Nine entries, of which the first five are collected.
async fn half_collected(context: &Context) -> Checked<Journal> {
    let home = logged(context, 9).await?;
    home.have_read(&[("laptop", 9), ("phone", 5)]).await?;
    home.collect_log_through_ok(5, COLLECTS).await.in_setup()?;
    Ok(home)
}

/// Checks that a pull reports a gap in the log, or reports none.
pub(crate) fn check_gap(answer: &Answer, expected: bool, what: &str) -> Checked {
    let page: PullAnswer = answer.read(GAP)?;
    let message = match expected {
        true => format!("{what} does not say requiresSnapshot: true, although entries after its cursor were collected"),
        false => format!("{what} says requiresSnapshot: true, although no entry after its cursor was collected"),
    };
    answer.equal(GAP, message, expected, page.requires_snapshot == Some(true))
}

async fn every_cursor(context: Context) -> Checked {
    let mut home = half_collected(&context).await?;
    home.checks(GAP);
    let left = home.remains(GAP).await?;
    left.keeps(6, "gc.keeps-unseen", "a device has not read them")?;
    told_at_every_cursor(&mut home, left.oldest, &[1, 2], "").await
}

/// Checks pulls from every cursor in pages of these sizes: they give the rest of the log, or say that a part is gone.
async fn told_at_every_cursor(home: &mut Journal, oldest: u64, limits: &[u64], of_what: &str) -> Checked {
    let head = home.head();
    for limit in limits.iter().copied() {
        for cursor in 0..=head {
            let answer = home.pull(cursor, limit).await?;
            check_gap(
                &answer,
                cursor + 1 < oldest,
                &format!("a pull with limit {limit} from version {cursor} of {head}{of_what}"),
            )?;
            if cursor + 1 >= oldest {
                home.gives_after(
                    cursor,
                    limit,
                    format!("pages with limit {limit} from version {cursor} do not give the rest of the log{of_what}"),
                )
                .await?;
            }
        }
    }
    Ok(())
}

/// Ops for the part of a log that is collected, each list of one kind.
fn of_kinds(user: &User) -> Vec<(&'static str, Vec<Op>)> {
    let put = |pk: &str, clock: u64| user.put("threads", pk).clock(clock);
    let delete = |pk: &str, clock: u64| user.delete("threads", pk).clock(clock);
    vec![
        ("puts", vec![put("a", 1), put("b", 1), put("c", 1)]),
        (
            "deletes of what was there",
            vec![put("a", 1), put("b", 1), put("c", 1), delete("a", 2), delete("b", 2), delete("c", 2)],
        ),
        ("deletes of what never was", vec![delete("a", 1), delete("b", 1), delete("c", 1)]),
        ("writes that lost", vec![put("a", 9), put("a", 3), delete("a", 2), put("a", 1)]),
        ("writes of one record", vec![put("a", 1), put("a", 2), put("a", 3), put("a", 4)]),
        ("deletes and revivals", vec![put("a", 1), delete("a", 2), put("a", 3), delete("a", 4)]),
    ]
}

async fn of_one_kind(context: Context) -> Checked {
    let mut homes = Vec::new();
    for number in 0.. {
        let user = context.user(&format!("anna-{number}")).await?;
        let Some((kind, ops)) = of_kinds(&user).into_iter().nth(number) else { break };
        let mut home = Journal::of(user, GAP);
        home.push_ok(&ops).await.in_setup()?;
        let gone = home.head();
        home.push_ok(&entries(&home.user, "kept", 3)).await.in_setup()?;
        home.have_read(&[("laptop", home.head()), ("phone", gone)]).await?;
        homes.push((home, gone, kind));
    }
    for (mut home, gone, kind) in homes {
        home.collect_log_through_ok(gone, COLLECTS).await.in_setup()?;
        let left = home.remains(GAP).await?;
        left.keeps(gone + 1, "gc.keeps-unseen", "a device has not read them")?;
        told_at_every_cursor(&mut home, left.oldest, &[1, 1000], &format!(", of which {kind} were collected")).await?;
    }
    Ok(())
}

async fn with_filter(context: Context) -> Checked {
    let mut home = Journal::open(&context, GAP).await?;
    let tables = ["threads", "kv", "threads", "posts", "kv", "posts"];
    let ops: Vec<Op> = tables.iter().enumerate().map(|(n, table)| home.put(table, &format!("pk{n}"))).collect();
    home.push_ok(&ops).await.in_setup()?;
    home.have_read(&[("laptop", 6), ("phone", 3)]).await?;
    home.collect_log_through_ok(3, COLLECTS).await.in_setup()?;
    let left = home.remains(GAP).await?;
    // Of the collected ones only, of the kept ones only, of both, of none.
    for names in [&["threads"][..], &["posts"], &["kv"], &["projects"], &["threads", "posts"]] {
        for cursor in 0..=6_u64 {
            let body = json!({"cursor": cursor, "limit": 1000, "tables": names});
            let answer = home.user.pull_with(&home.workspace, body).await?;
            let what = format!("a pull of the tables {names:?} from version {cursor}");
            check_gap(&answer, cursor + 1 < left.oldest, &what)?;
            if cursor + 1 >= left.oldest {
                let mut expected = home.entries_after(cursor);
                expected.retain(|entry| names.iter().any(|name| entry["tableName"] == *name));
                let page: PullAnswer = answer.read(GAP)?;
                answer.equal(
                    GAP,
                    format!("{what} does not give the rest of these tables"),
                    expected,
                    pages::entries(&page.changes),
                )?;
            }
        }
    }
    Ok(())
}

async fn whole_log(context: Context) -> Checked {
    let mut home = collected(&context, 4).await?;
    home.remains(GAP).await?;
    let answer = home.pull(4, 1).await?;
    let page: PullAnswer = answer.read(GAP)?;
    let message = "a pull from the head of a log that was collected as a whole is not an empty last page";
    let in_words = |changes: usize, next_cursor: u64, has_more: bool| {
        format!("{changes} changes, nextCursor: {next_cursor}, hasMore: {has_more}")
    };
    let actual = in_words(page.changes.len(), page.next_cursor, page.has_more);
    answer.equal(GAP, message, in_words(0, 4, false), actual)?;
    // A device that registers now has missed everything, and its pull has to say so.
    home.update_cursor("late", 0).await?.expect_status(GAP, &[200, 400, 409])?;
    check_gap(&home.pull(0, 1).await?, true, "the pull of a device that registers after the collection")?;
    let new = entries(&home.user, "new", 2);
    home.checks(GO_ON).push_ok(&new).await?;
    home.remains(GAP).await?.keeps(5, "gc.keeps-young", "they were pushed just now")
}

async fn boundary(context: Context) -> Checked {
    let mut home = half_collected(&context).await?;
    // The phone has read to 5, and 6 is the first that is kept.
    check_gap(&home.pull(5, 1).await?, false, "the pull of a device that has read just what was collected")?;
    home.checks(GAP).gives_after(5, 1, "a device that has read just what was collected does not get the rest").await?;
    let new = home.put("kv", "new");
    home.checks(GO_ON).push_ok(&new).await?;
    home.checks(GAP).gives_after(9, 1000, "a pull does not give a change that was pushed after the collection").await?;
    Ok(())
}

async fn starts_over(context: Context) -> Checked {
    let mut home = half_collected(&context).await?;
    check_gap(&home.pull(0, 1000).await?, true, "the pull of a new device")?;
    let (items, watermark, _) = home.user.snapshot_in_pages(&home.workspace, 2, GAP).await?;
    let new = home.put("kv", "new");
    home.checks(GO_ON).push_ok(&new).await?;
    let (changes, answer) = home.user.log_after(&home.workspace, watermark, 1000, GAP).await?;
    check_gap(&answer, false, "a pull from the highWatermark of a snapshot")?;
    let known = items.iter().map(|item| item.revision().op_id.as_str());
    let mut have: Vec<&str> = known.chain(changes.iter().map(|change| change.stamp.op_id.as_str())).collect();
    have.sort_unstable();
    let mut pushed: Vec<&str> = home.ops.iter().map(Op::id).collect();
    pushed.sort_unstable();
    answer.equal(
        "snapshot.then-pull",
        "a snapshot and the pull after it do not give everything that was written",
        pushed,
        have,
    )
}
