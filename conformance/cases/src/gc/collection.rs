//! Garbage collection: what is old and seen by all goes, what is young or unseen stays, and versions go on.

use std::time::Instant;

use syncproof_harness::cases;
use syncproof_harness::world::retention::{
    CHANGE_LOG, COLLECTED, CollectionWait, LONG_SECONDS, TOMBSTONES, wait_until_old,
};
use syncproof_harness::world::{Context, User};
use syncproof_protocol::failure::{Checked, Setup as _};
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::{Id, PullAnswer};

pub(crate) const COLLECTS: &str = "gc.collects";
pub(crate) const GAP: &str = "gc.gap-is-told";
const YOUNG: &str = "gc.keeps-young";
const NO_DEVICES: &str = "gc.no-devices";
const GO_ON: &str = "gc.versions-go-on";

cases! {
    /// Six entries that both devices have read are collected once they are a second old, and pulls say so.
    "gc/what-every-device-has-seen-goes" checks [COLLECTS, GAP] needs [Gc] by seen_goes;
    /// With a retention of a day, and with one just longer than the entries are old, all of them stay.
    "gc/young-entries-stay" checks [YOUNG] needs [Gc] by young_stays;
    /// Entries are pushed and read between the collections; when the old ones go, the newest stay.
    "gc/young-entries-stay-beside-old-ones" checks [YOUNG, COLLECTS] needs [Gc] by young_beside_old;
    /// Collecting in an empty workspace, and twice in one, succeeds and changes nothing.
    "gc/nothing-to-collect" checks [COLLECTS, GAP] needs [Gc] by nothing_to_collect;
    /// Where no device ever told how far it has read, nothing is collected or every pull from before says so.
    "gc/without-devices" checks [NO_DEVICES, GO_ON] needs [Gc] by without_devices;
    /// After the whole log was collected, and again, new ops get the versions after the last one.
    "gc/versions-go-on" checks [GO_ON, "push.contiguous-versions"] needs [Gc] by versions_go_on;
}

/// Anna's home with so many entries, all of one batch and so of one age.
pub(crate) async fn logged(context: &Context, count: usize) -> Checked<(User, Vec<Op>)> {
    let anna = context.user("anna").await?;
    let ops = entries(&anna, "pk", count);
    if !ops.is_empty() {
        anna.push_ok(&anna.home, &ops, "push.all-tables").await.in_setup()?;
    }
    Ok((anna, ops))
}

/// So many puts into tables that every member sees.
pub(crate) fn entries(user: &User, name: &str, count: usize) -> Vec<Op> {
    let tables = ["threads", "kv", "posts"].into_iter().cycle();
    tables.zip(0..count).map(|(table, number)| user.put(table, &format!("{name}{number}"))).collect()
}

/// Tells how far these devices of the user's have read.
pub(crate) async fn have_read(user: &User, workspace: &Id, devices: &[(&str, u64)]) -> Checked {
    for (device, version) in devices {
        user.move_cursor_ok(workspace, device, *version, "cursor.forward-only").await.in_setup()?;
    }
    Ok(())
}

/// A log of which everything was collected, for what comes after.
pub(crate) async fn collected(context: &Context, count: usize) -> Checked<(User, Vec<Op>)> {
    let (anna, ops) = logged(context, count).await?;
    have_read(&anna, &anna.home, &[("laptop", count as u64)]).await?;
    anna.collect_log_through_ok(&anna.home, count as u64, COLLECTS).await.in_setup()?;
    Ok((anna, ops))
}

async fn seen_goes(context: Context) -> Checked {
    let (anna, ops) = logged(&context, 6).await?;
    have_read(&anna, &anna.home, &[("laptop", 6), ("phone", 6)]).await?;
    anna.collect_log_through_ok(&anna.home, 6, COLLECTS).await?;
    let left = anna.remains(&anna.home, &ops, GAP).await?;
    left.lacks(6, COLLECTS, "every device has read it, and it is old")
}

async fn young_stays(context: Context) -> Checked {
    let before = Instant::now();
    let (anna, ops) = logged(&context, 6).await?;
    have_read(&anna, &anna.home, &[("laptop", 6)]).await?;
    all_stays(&anna, &ops, LONG_SECONDS).await?;
    wait_until_old(&context).await?;
    all_stays(&anna, &ops, LONG_SECONDS).await?;
    // Two more than have passed: a server may count whole seconds.
    all_stays(&anna, &ops, before.elapsed().as_secs() + 2).await
}

async fn all_stays(anna: &User, ops: &[Op], retention_seconds: u64) -> Checked {
    for what in [CHANGE_LOG, TOMBSTONES] {
        anna.gc(what, &anna.home, retention_seconds).await?.expect_status(YOUNG, COLLECTED)?;
    }
    let left = anna.remains(&anna.home, ops, YOUNG).await?;
    left.keeps(1, YOUNG, &format!("it is younger than {retention_seconds} s"))
}

async fn young_beside_old(context: Context) -> Checked {
    let (anna, mut ops) = logged(&context, 4).await?;
    let mut pushed = vec![Instant::now(); ops.len()];
    let mut number = 0;
    // A retention of one second would leave nothing between "young" and "old" to a server that counts whole seconds.
    let retention_seconds: u64 = 2;
    let patience = CollectionWait::begin(anna.context());
    loop {
        let new = anna.put("threads", &format!("young{number}"));
        number += 1;
        let now = Instant::now();
        anna.push_ok(&anna.home, std::slice::from_ref(&new), YOUNG).await.in_setup()?;
        ops.push(new);
        pushed.push(now);
        let head = ops.len() as u64;
        have_read(&anna, &anna.home, &[("laptop", head)]).await?;
        let answer = anna.collect_after_ok(retention_seconds, CHANGE_LOG, &anna.home, YOUNG).await?;
        let asked = Instant::now();
        let young = pushed.iter().position(|at| asked.duration_since(*at).as_millis() < 1000);
        let page: PullAnswer = anna.pull(&anna.home, 0, 1).await?.read(YOUNG)?;
        let first = page.changes.first().map(|change| change.server_version);
        if page.requires_snapshot == Some(true) || first != Some(1) {
            let left = anna.remains(&anna.home, &ops, GAP).await?;
            let Some(young) = young else { return Ok(()) };
            return left.keeps(young as u64 + 1, YOUNG, "it is not a second old, the retention is two");
        }
        patience.wait(&answer, COLLECTS).await?;
    }
}

async fn collect_twice(anna: &User) -> Checked {
    for what in [CHANGE_LOG, TOMBSTONES, CHANGE_LOG, TOMBSTONES] {
        anna.collect_ok(what, &anna.home, COLLECTS).await?;
    }
    Ok(())
}

async fn nothing_to_collect(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    collect_twice(&anna).await?;
    anna.remains(&anna.home, &[], GAP).await?;
    have_read(&anna, &anna.home, &[("laptop", 0)]).await?;
    collect_twice(&anna).await?;
    let mut ops = entries(&anna, "pk", 2);
    let versions = anna.push_ok(&anna.home, &ops, GO_ON).await?;
    let answer = anna.pull(&anna.home, 0, 10).await?;
    answer.equal(GO_ON, "the first versions after an empty collection are not the first", [1, 2], versions)?;
    have_read(&anna, &anna.home, &[("laptop", 2)]).await?;
    anna.collect_log_through_ok(&anna.home, 2, COLLECTS).await?;
    collect_twice(&anna).await?;
    anna.remains(&anna.home, &ops, GAP).await?.lacks(2, COLLECTS, "it is old and seen")?;
    ops.push(anna.put("threads", "new"));
    anna.push_ok(&anna.home, &ops[2..], GO_ON).await?;
    anna.collect_ok(CHANGE_LOG, &anna.home, COLLECTS).await?;
    anna.remains(&anna.home, &ops, GAP).await?.keeps(3, "gc.keeps-unseen", "the one device has not read it")
}

async fn without_devices(context: Context) -> Checked {
    let (anna, mut ops) = logged(&context, 5).await?;
    wait_until_old(&context).await?;
    anna.collect_ok(CHANGE_LOG, &anna.home, NO_DEVICES).await?;
    anna.collect_ok(TOMBSTONES, &anna.home, NO_DEVICES).await?;
    // All there or told: `remains` accepts both, and nothing else.
    let left = anna.remains(&anna.home, &ops, NO_DEVICES).await?;
    ops.push(anna.put("kv", "later"));
    let versions = anna.push_ok(&anna.home, &ops[5..], GO_ON).await?;
    let answer = anna.pull(&anna.home, 5, 10).await?;
    answer.equal(GO_ON, "versions do not go on after a collection", [6], versions)?;
    // A device that comes now begins before the gap, or finds no gap.
    have_read(&anna, &anna.home, &[("late", 0)]).await?;
    anna.collect_ok(CHANGE_LOG, &anna.home, NO_DEVICES).await?;
    let later = anna.remains(&anna.home, &ops, NO_DEVICES).await?;
    later.keeps(left.oldest, "gc.keeps-unseen", "a device has registered at 0 since")
}

async fn versions_go_on(context: Context) -> Checked {
    let (anna, mut ops) = collected(&context, 5).await?;
    for round in 0..2 {
        let before = ops.len() as u64;
        ops.extend(entries(&anna, &format!("round{round}-"), 3));
        let answer = anna.push(&anna.home, &ops[ops.len() - 3..]).await?;
        let versions = syncproof_harness::world::sync::successes(&answer, &ops[ops.len() - 3..], GO_ON)?;
        let expected: Vec<u64> = (before + 1..=before + 3).collect();
        answer.equal(GO_ON, "new ops after a collection do not get the next versions", expected, versions)?;
        anna.remains(&anna.home, &ops, GO_ON).await?;
        if round == 0 {
            let head = ops.len() as u64;
            have_read(&anna, &anna.home, &[("laptop", head)]).await?;
            anna.collect_log_through_ok(&anna.home, head, COLLECTS).await.in_setup()?;
        }
    }
    Ok(())
}
