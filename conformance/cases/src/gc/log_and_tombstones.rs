//! Log entries and tombstones are collected apart: each is judged for itself, wherever the other has gone.

use crate::gc::collection::COLLECTS;
use crate::gc::records::keeps_tombstones;
use crate::prelude::*;
use syncproof_harness::world::retention::{COLLECTED, LONG_SECONDS, TOMBSTONES, wait_until_old};

const UNSEEN: &str = "gc.keeps-unseen";
const YOUNG: &str = "gc.keeps-young";
const REPLAY: &str = "op.replay-same-version";

cases! {
    /// With the log gone, tombstones are kept by the retention and by a device that comes later, and go with neither.
    "gc/tombstones-outlive-their-log" checks [YOUNG, UNSEEN, COLLECTS] needs [Gc, Snapshot] by outlive;
    /// A tombstone in each of the seven tables: all stay until a lagging device has seen them, then all go.
    "gc/tombstones-of-every-table" checks [UNSEEN, COLLECTS] needs [Gc, Snapshot] by every_table;
    /// Tombstones of one workspace are collected: those of the user's other one, which its device has not seen, stay.
    "gc/tombstones-of-other-workspaces" checks ["isolation.cursor", UNSEEN] needs [Gc, Snapshot] by other_workspaces;
    /// With the tombstones gone and the log kept, replays get their versions and change nothing; pulls give all.
    "gc/log-outlives-its-tombstones" checks [REPLAY, "pull.complete"] needs [Gc, Snapshot] by log_outlives;
}

/// A record that was put and deleted, in every table.
async fn written_then_deleted(journal: &mut Journal) -> Checked<Vec<Op>> {
    let user = journal.user.clone();
    let lives = |table: &str| [user.put(table, "gone"), user.delete(table, "gone").clock(2)];
    let ops: Vec<Op> = user.context().tables().iter().flat_map(|table| lives(table.name)).collect();
    journal.push_ok(&ops).await.in_setup()?;
    Ok(ops.into_iter().filter(|op| op.operation() == Operation::Delete).collect())
}

async fn outlive(context: Context) -> Checked {
    let mut home = Journal::open(&context, "push.all-tables").await?;
    let deletes = written_then_deleted(&mut home).await?;
    let head = home.head();
    home.have_read(&[("laptop", head)]).await?;
    home.collect_log_through_ok(head, COLLECTS).await.in_setup()?;
    home.collect(TOMBSTONES, LONG_SECONDS).await?.expect_status("gc.collects", COLLECTED)?;
    let why = "they are younger than a day, although their log entries were collected";
    keeps_tombstones(&home, &deletes, YOUNG, why).await?;
    // The server may refuse a device that registers now, or count it as one that has seen nothing.
    let late = home.update_cursor("late", 0).await?;
    late.expect_status(UNSEEN, &[200, 400, 409])?;
    if late.is(&[200]) {
        home.collect_ok(TOMBSTONES, UNSEEN).await?;
        keeps_tombstones(&home, &deletes, UNSEEN, "a device that has read nothing has registered").await?;
    }
    // From a snapshot it knows all, and so does one that begins there: with nothing in the log the head is the head.
    for device in ["late", "new"] {
        home.update_cursor_ok(device, head, "cursor.beyond-head").await?;
    }
    home.collect_all_tombstones_ok(COLLECTS).await
}

async fn every_table(context: Context) -> Checked {
    let mut home = Journal::open(&context, "push.all-tables").await?;
    let deletes = written_then_deleted(&mut home).await?;
    home.have_read(&[("laptop", home.head()), ("phone", 1)]).await?;
    wait_until_old(&context).await?;
    home.collect_ok(TOMBSTONES, UNSEEN).await?;
    keeps_tombstones(&home, &deletes, UNSEEN, "a device has not seen them").await?;
    home.have_read(&[("phone", home.head())]).await?;
    home.collect_all_tombstones_ok(COLLECTS).await
}

async fn other_workspaces(context: Context) -> Checked {
    const CURSOR: &str = "isolation.cursor";
    let (anna, mut home) = Journal::with_user(&context, CURSOR).await?;
    let mut other = Journal::beside(&anna, "other", CURSOR).await?;
    written_then_deleted(&mut home).await?;
    let deletes = written_then_deleted(&mut other).await?;
    other.have_read(&[("laptop", 0)]).await?;
    home.have_read(&[("laptop", home.head())]).await?;
    wait_until_old(&context).await?;
    home.collect_all_tombstones_ok(COLLECTS).await?;
    let why = "they are of a workspace that was not collected, and its device has not seen them";
    keeps_tombstones(&other, &deletes, CURSOR, why).await?;
    other.collect_ok(TOMBSTONES, CURSOR).await?;
    keeps_tombstones(&other, &deletes, CURSOR, "the device has read further in another workspace only").await
}

/// Rows and tombstones, each with its revision.
fn shown(items: &[Item]) -> Vec<String> {
    items.iter().map(|item| format!("{:?} {:?}", item.position(), item.revision())).collect()
}

async fn log_outlives(context: Context) -> Checked {
    const COMPLETE: &str = "pull.complete";
    let mut home = Journal::open(&context, "push.all-tables").await?;
    written_then_deleted(&mut home).await?;
    let others = [
        home.put("threads", "kept"),
        home.put("threads", "revived"),
        home.delete("threads", "revived").clock(2),
        home.put("threads", "revived").clock(3),
    ];
    home.push_ok(&others).await.in_setup()?;
    home.have_read(&[("laptop", home.head())]).await?;
    home.collect_all_tombstones_ok(COLLECTS).await.in_setup()?;
    let (before, _) = home.items(REPLAY).await.in_setup()?;
    home.checks(COMPLETE).gives_after(0, 1000, "collecting the tombstones removed a part of the log").await?;
    let ops = home.ops.clone();
    home.checks(REPLAY);
    for op in &ops {
        home.push_ok(op).await?;
    }
    home.push_ok(&ops).await?;
    let (after, answer) = home.items(REPLAY).await?;
    answer.equal(
        REPLAY,
        "ops that are sent again after their tombstones were collected change records",
        shown(&before),
        shown(&after),
    )?;
    home.checks(COMPLETE)
        .gives_after(0, 1000, "after these ops were sent again, the log differs from what was pushed")
        .await?;
    Ok(())
}
