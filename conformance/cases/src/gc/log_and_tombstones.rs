//! Log entries and tombstones are collected apart: each is judged for itself, wherever the other has gone.

use serde_json::json;

use crate::gc::collection::{COLLECTS, have_read};
use crate::gc::records::{collect_all_tombstones, is_tombstone};
use syncproof_harness::cases;
use syncproof_harness::world::retention::{COLLECTED, LONG_SECONDS, TOMBSTONES, wait_until_old};
use syncproof_harness::world::{Context, User};
use syncproof_protocol::failure::{Checked, Setup as _};
use syncproof_protocol::op::{Op, change_json};
use syncproof_protocol::table::TABLES;
use syncproof_protocol::wire::{Id, Item, Operation};

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
fn written_then_deleted(user: &User) -> Vec<Op> {
    let lives = |table: &str| [user.put(table, "gone"), user.delete(table, "gone").clock(2)];
    TABLES.iter().flat_map(|table| lives(table.name)).collect()
}

/// Checks that all of these deletes still have their tombstones.
async fn all_there(user: &User, workspace: &Id, ops: &[Op], requirement: &'static str, why: &str) -> Checked {
    let (items, answer) = user.items(workspace, requirement).await?;
    let has = |op: &&Op| items.iter().any(|item| is_tombstone(item) && item.revision().op_id == op.id());
    let deletes = ops.iter().filter(|op| op.operation() == Operation::Delete);
    let missing: Vec<&str> = deletes.filter(|op| !has(op)).map(Op::table).collect();
    let message = format!("tombstones are gone that have to stay: {why}");
    answer.equal(requirement, message, Vec::<&str>::new(), missing)
}

async fn outlive(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ops = written_then_deleted(&anna);
    anna.push_ok(&anna.home, &ops, "push.all-tables").await.in_setup()?;
    let head = ops.len() as u64;
    have_read(&anna, &anna.home, &[("laptop", head)]).await?;
    anna.collect_log_through_ok(&anna.home, head, COLLECTS).await.in_setup()?;
    anna.gc(TOMBSTONES, &anna.home, LONG_SECONDS).await?.expect_status(YOUNG, COLLECTED)?;
    all_there(&anna, &anna.home, &ops, YOUNG, "their log entries were old enough to go, they are not").await?;
    // A device that comes now may be told that it is too late, or is one that has seen nothing.
    let late = anna.update_cursor(&anna.home, "late", 0).await?;
    late.expect_status(UNSEEN, &[200, 400, 409])?;
    if late.is(&[200]) {
        anna.collect_ok(TOMBSTONES, &anna.home, UNSEEN).await?;
        all_there(&anna, &anna.home, &ops, UNSEEN, "a device has registered at 0").await?;
    }
    // From a snapshot it knows all, and so does one that begins there: with nothing in the log the head is the head.
    for device in ["late", "new"] {
        anna.move_cursor_ok(&anna.home, device, head, "cursor.beyond-head").await?;
    }
    collect_all_tombstones(&anna, COLLECTS).await
}

async fn every_table(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ops = written_then_deleted(&anna);
    anna.push_ok(&anna.home, &ops, "push.all-tables").await.in_setup()?;
    let head = ops.len() as u64;
    have_read(&anna, &anna.home, &[("laptop", head), ("phone", 1)]).await?;
    wait_until_old(&context).await?;
    anna.collect_ok(TOMBSTONES, &anna.home, UNSEEN).await?;
    all_there(&anna, &anna.home, &ops, UNSEEN, "a device has not seen them").await?;
    have_read(&anna, &anna.home, &[("phone", head)]).await?;
    collect_all_tombstones(&anna, COLLECTS).await
}

async fn other_workspaces(context: Context) -> Checked {
    const CURSOR: &str = "isolation.cursor";
    let anna = context.user("anna").await?;
    let other = anna.new_workspace("other").await?;
    let (ours, others) = (written_then_deleted(&anna), written_then_deleted(&anna));
    let head = ours.len() as u64;
    anna.push_ok(&anna.home, &ours, CURSOR).await.in_setup()?;
    anna.push_ok(&other, &others, CURSOR).await.in_setup()?;
    have_read(&anna, &other, &[("laptop", 0)]).await?;
    have_read(&anna, &anna.home, &[("laptop", head)]).await?;
    wait_until_old(&context).await?;
    collect_all_tombstones(&anna, COLLECTS).await?;
    let why = "they are of a workspace that was not collected, and its device has not seen them";
    all_there(&anna, &other, &others, CURSOR, why).await?;
    anna.collect_ok(TOMBSTONES, &other, CURSOR).await?;
    all_there(&anna, &other, &others, CURSOR, "the device has read further in another workspace only").await
}

/// Rows and tombstones, each with its revision.
fn shown(items: &[Item]) -> Vec<String> {
    items.iter().map(|item| format!("{:?} {:?}", item.position(), item.revision())).collect()
}

async fn log_outlives(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut ops = written_then_deleted(&anna);
    ops.extend([
        anna.put("threads", "kept"),
        anna.put("threads", "revived"),
        anna.delete("threads", "revived").clock(2),
    ]);
    ops.push(anna.put("threads", "revived").clock(3));
    let versions = anna.push_ok(&anna.home, &ops, "push.all-tables").await.in_setup()?;
    have_read(&anna, &anna.home, &[("laptop", ops.len() as u64)]).await?;
    collect_all_tombstones(&anna, COLLECTS).await.in_setup()?;
    let (before, _) = anna.items(&anna.home, REPLAY).await.in_setup()?;
    let whole = async |what: &str| {
        let (changes, answer) = anna.log(&anna.home, "pull.complete").await?;
        let expected: Vec<_> = (1..).zip(&ops).map(|(version, op)| op.as_change(version)).collect();
        let actual: Vec<_> = changes.iter().map(change_json).collect();
        answer.equal("pull.complete", format!("the log is not what was pushed, {what}"), json!(expected), json!(actual))
    };
    whole("once the tombstones are gone").await?;
    for (op, version) in ops.iter().zip(&versions) {
        let answer = anna.push(&anna.home, std::slice::from_ref(op)).await?;
        let again = syncproof_harness::world::sync::successes(&answer, std::slice::from_ref(op), REPLAY)?;
        let message =
            format!("{:?} of {} is in the log, and is no replay once the tombstones are gone", op.operation(), op.pk());
        answer.equal(REPLAY, message, [*version], again)?;
    }
    let again = anna.push_ok(&anna.home, &ops, REPLAY).await?;
    let (after, answer) = anna.items(&anna.home, REPLAY).await?;
    answer.equal(
        REPLAY,
        "a batch of replays does not get its versions once the tombstones are gone",
        versions,
        again,
    )?;
    answer.equal(REPLAY, "replays change records once the tombstones are gone", shown(&before), shown(&after))?;
    whole("after replays").await
}
