//! Garbage collection: what is old and seen by all goes, what is young or unseen stays, and versions go on.

use std::time::Instant;

use crate::prelude::*;
use syncproof_harness::world::retention::{
    CHANGE_LOG, COLLECTED, CollectionWait, LONG_SECONDS, TOMBSTONES, wait_until_old,
};
use syncproof_harness::world::sync::batches;

pub(crate) const COLLECTS: &str = "gc.collects";
pub(crate) const GAP: &str = "gc.gap-is-told";
const YOUNG: &str = "gc.keeps-young";
const NO_DEVICES: &str = "gc.no-devices";
pub(crate) const GO_ON: &str = "gc.versions-go-on";

cases! {
    /// Six entries that both devices have read are collected once they are a second old, and pulls say so.
    "gc/what-every-device-has-seen-goes" checks [COLLECTS, GAP] needs [Gc] by seen_goes;
    /// Of six entries and a tombstone that every device has read, the newest is collected as well.
    "gc/the-newest-entry-goes-too" checks ["gc.collects-newest"] needs [Gc] by newest_goes;
    /// With a retention of a day, and with one just longer than the entries are old, all of them stay.
    "gc/young-entries-stay" checks [YOUNG] needs [Gc] by young_stays;
    /// Entries are pushed and read between the collections; when the old ones go, the newest stay.
    "gc/young-entries-stay-beside-old-ones" checks [YOUNG, COLLECTS] needs [Gc] by young_beside_old;
    /// Collecting in an empty workspace, and twice in one, succeeds and changes nothing.
    "gc/nothing-to-collect" checks [COLLECTS, GAP] needs [Gc] by nothing_to_collect;
    /// Where no device ever reported how far it has read, nothing is collected or every pull from before says so.
    "gc/without-devices" checks [NO_DEVICES, GO_ON] needs [Gc] by without_devices;
    /// After the whole log was collected, and again, new ops get the versions after the last one.
    "gc/versions-go-on" checks [GO_ON, "push.contiguous-versions"] needs [Gc] by versions_go_on;
}

/// Anna's home with `count` entries, all of one batch and so of one age, up to a hundred.
pub(crate) async fn logged(context: &Context, count: usize) -> Checked<Journal> {
    let mut home = Journal::open(context, "push.all-tables").await?;
    for batch in batches(&entries(&home.user, "pk", count)) {
        home.push_ok(batch).await.in_setup()?;
    }
    Ok(home)
}

/// `count` puts into tables that every member sees.
pub(crate) fn entries(user: &User, name: &str, count: usize) -> Vec<Op> {
    let tables = ["threads", "kv", "posts"].into_iter().cycle();
    tables.zip(0..count).map(|(table, number)| user.put(table, &format!("{name}{number}"))).collect()
}

/// A log of which everything was collected, for what comes after.
pub(crate) async fn collected(context: &Context, count: usize) -> Checked<Journal> {
    let home = logged(context, count).await?;
    home.have_read(&[("laptop", home.head())]).await?;
    home.collect_log_through_ok(home.head(), COLLECTS).await.in_setup()?;
    Ok(home)
}

async fn seen_goes(context: Context) -> Checked {
    let home = logged(&context, 6).await?;
    home.have_read(&[("laptop", 6), ("phone", 6)]).await?;
    home.collect_log_through_ok(6, COLLECTS).await?;
    let left = home.remains(GAP).await?;
    left.lacks(6, COLLECTS, "every device has read them, and they are old")
}

async fn newest_goes(context: Context) -> Checked {
    const NEWEST: &str = "gc.collects-newest";
    let mut home = logged(&context, 5).await?;
    let last = home.delete("threads", "pk0").clock(2);
    home.push_ok(&last).await.in_setup()?;
    home.have_read(&[("laptop", home.head())]).await?;
    home.collect_log_through_ok(home.head(), COLLECTS).await.in_setup()?;
    home.user.collect_until_gone_ok(&home.workspace, home.head(), NEWEST).await?;
    if !context.has(Capability::Snapshot) {
        return Ok(());
    }
    let patience = CollectionWait::begin(&context);
    loop {
        let answer = home.collect_ok(TOMBSTONES, NEWEST).await?;
        let (items, _) = home.items(NEWEST).await?;
        if !items.iter().any(|item| item.revision().op_id == last.id()) {
            return Ok(());
        }
        let left = async { Ok("the tombstone of the last entry remains".to_owned()) };
        patience.wait(&answer, NEWEST, left).await?;
    }
}

async fn young_stays(context: Context) -> Checked {
    let before = Instant::now();
    let home = logged(&context, 6).await?;
    home.have_read(&[("laptop", 6)]).await?;
    all_stays(&home, LONG_SECONDS).await?;
    wait_until_old(&context).await?;
    all_stays(&home, LONG_SECONDS).await?;
    // Two more than have passed: a server may count whole seconds.
    all_stays(&home, before.elapsed().as_secs() + 2).await
}

async fn all_stays(home: &Journal, retention_seconds: u64) -> Checked {
    for what in [CHANGE_LOG, TOMBSTONES] {
        home.collect(what, retention_seconds).await?.expect_status("gc.collects", COLLECTED)?;
    }
    let left = home.remains(YOUNG).await?;
    left.keeps(1, YOUNG, &format!("they are younger than {retention_seconds} s"))
}

async fn young_beside_old(context: Context) -> Checked {
    let mut home = logged(&context, 4).await?;
    let mut pushed = vec![Instant::now(); 4];
    // A retention of one second would leave nothing between "young" and "old" to a server that counts whole seconds.
    let retention_seconds: u64 = 2;
    let patience = CollectionWait::begin(&context);
    loop {
        pushed.push(Instant::now());
        home.push_ok(&home.put("threads", &format!("young{}", home.head()))).await.in_setup()?;
        home.have_read(&[("laptop", home.head())]).await?;
        let answer = home.collect_after_ok(retention_seconds, CHANGE_LOG, YOUNG).await?;
        let asked = Instant::now();
        let young = pushed.iter().position(|at| asked.duration_since(*at).as_millis() < 1000);
        let page: PullAnswer = home.pull(0, 1).await?.read(YOUNG)?;
        let first = page.changes.first().map(|change| change.server_version);
        if page.requires_snapshot == Some(true) || first != Some(1) {
            let left = home.remains(GAP).await?;
            let Some(young) = young else { return Ok(()) };
            return left.keeps(
                young as u64 + 1,
                YOUNG,
                "they are less than a second old, and the retention is two seconds",
            );
        }
        let left = async {
            Ok(format!("version 1 of {} remains, although it is {} s old", home.head(), pushed[0].elapsed().as_secs()))
        };
        patience.wait(&answer, COLLECTS, left).await?;
    }
}

async fn collect_twice(home: &Journal) -> Checked {
    for what in [CHANGE_LOG, TOMBSTONES, CHANGE_LOG, TOMBSTONES] {
        home.collect_ok(what, COLLECTS).await?;
    }
    Ok(())
}

async fn nothing_to_collect(context: Context) -> Checked {
    let mut home = Journal::open(&context, GO_ON).await?;
    collect_twice(&home).await?;
    home.remains(GAP).await?;
    home.have_read(&[("laptop", 0)]).await?;
    collect_twice(&home).await?;
    // The first versions are 1 and 2 all the same.
    home.push_ok(&entries(&home.user, "pk", 2)).await?;
    home.have_read(&[("laptop", 2)]).await?;
    home.collect_log_through_ok(2, COLLECTS).await?;
    collect_twice(&home).await?;
    home.remains(GAP).await?.lacks(2, COLLECTS, "they are old, and every device has read them")?;
    let pushed = Instant::now();
    home.push_ok(&home.put("threads", "new")).await?;
    home.collect_ok(CHANGE_LOG, COLLECTS).await?;
    let is_young = pushed.elapsed().as_millis() < 1000;
    let left = home.remains(GAP).await?;
    if is_young {
        return left.keeps(3, YOUNG, "they are less than a second old, and the only device has not read them");
    }
    left.keeps(3, "gc.keeps-unseen", "the only device has not read them")
}

async fn without_devices(context: Context) -> Checked {
    let mut home = logged(&context, 5).await?;
    wait_until_old(&context).await?;
    home.collect_ok(CHANGE_LOG, NO_DEVICES).await?;
    home.collect_ok(TOMBSTONES, NO_DEVICES).await?;
    // Everything is there, or the gap is reported: `remains` accepts both, and nothing else.
    let left = home.remains(NO_DEVICES).await?;
    let later = home.put("kv", "later");
    home.checks(GO_ON).push_ok(&later).await?;
    // A device that comes now begins before the gap, or finds no gap.
    home.have_read(&[("late", 0)]).await?;
    home.collect_ok(CHANGE_LOG, NO_DEVICES).await?;
    let later = home.remains(NO_DEVICES).await?;
    later.keeps(left.oldest, "gc.keeps-unseen", "a device that has read nothing has registered since")
}

async fn versions_go_on(context: Context) -> Checked {
    let mut home = collected(&context, 5).await?;
    for round in 0..2 {
        let new = entries(&home.user, &format!("round{round}-"), 3);
        home.checks(GO_ON).push_ok(&new).await?;
        home.remains(GO_ON).await?;
        if round == 0 {
            home.have_read(&[("laptop", home.head())]).await?;
            home.collect_log_through_ok(home.head(), COLLECTS).await.in_setup()?;
        }
    }
    Ok(())
}
