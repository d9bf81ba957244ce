//! Garbage collection and records that are deleted later or again: their tombstones are as new as the last delete.

use std::time::{Duration, Instant};

use crate::gc::collection::COLLECTS;
use crate::gc::records::keeps_tombstones;
use crate::prelude::*;
use syncproof_harness::world::retention::{CHANGE_LOG, CollectionWait, TOMBSTONES, wait_until_old};

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
async fn written_then_deleted(context: &Context) -> Checked<Journal> {
    let (anna, mut home) = Journal::with_user(context, "push.all-tables").await?;
    let ops = [
        anna.delete("threads", PKS[0]),
        anna.put("threads", PKS[1]),
        anna.delete("threads", PKS[1]).clock(2),
        anna.put("threads", PKS[2]),
        anna.put("threads", PKS[3]),
        anna.put("threads", PKS[3]).clock(2),
    ];
    home.push_ok(&ops).await.in_setup()?;
    home.have_read(&[("laptop", home.head())]).await?;
    Ok(home)
}

/// Deletes all of it, by newer writes than those before.
async fn delete_all(home: &mut Journal, clock: u64) -> Checked<Vec<Op>> {
    let deletes: Vec<Op> = PKS.iter().map(|pk| home.delete("threads", pk).clock(clock)).collect();
    home.checks("tombstone.keeps-highest").push_ok(&deletes).await.in_setup()?;
    Ok(deletes)
}

async fn later_is_unseen(context: Context) -> Checked {
    let mut home = written_then_deleted(&context).await?;
    let head = home.head();
    let deletes = delete_all(&mut home, 9).await?;
    // All of it is old, so that only the device holds it.
    wait_until_old(&context).await?;
    for seen in 0..deletes.len() {
        home.collect_ok(TOMBSTONES, UNSEEN).await?;
        let why = format!("the only device has read to version {}, before these deletes", head + seen as u64);
        keeps_tombstones(&home, &deletes[seen..], UNSEEN, &why).await?;
        home.have_read(&[("laptop", head + seen as u64 + 1)]).await?;
    }
    home.collect_all_tombstones_ok(COLLECTS).await
}

async fn later_is_young(context: Context) -> Checked {
    // A retention of one second would leave nothing between "young" and "old" to a server that counts whole seconds.
    const RETENTION_SECONDS: u64 = 2;
    let mut home = written_then_deleted(&context).await?;
    let patience = CollectionWait::begin(&context);
    loop {
        // The log of what was written first shows when that is old enough.
        let answer = home.collect_after_ok(RETENTION_SECONDS, CHANGE_LOG, COLLECTS).await?;
        let first: PullAnswer = home.pull(0, 1).await?.read(COLLECTS)?;
        let is_first = |change: &Change| change.server_version == 1;
        if first.requires_snapshot == Some(true) || !first.changes.first().is_some_and(is_first) {
            break;
        }
        let left = async { Ok("version 1 of the log remains".to_owned()) };
        patience.wait(&answer, COLLECTS, left).await.in_setup()?;
    }
    // On a slow machine the deletes may be old before they are collected: then try again.
    for clock in 9..12 {
        let begun = Instant::now();
        let deletes = delete_all(&mut home, clock).await?;
        home.have_read(&[("laptop", home.head())]).await?;
        home.collect_after_ok(RETENTION_SECONDS, TOMBSTONES, YOUNG).await?;
        if begun.elapsed() < Duration::from_secs(1) {
            let why = "these deletes are less than a second old, and the retention is two seconds";
            return keeps_tombstones(&home, &deletes, YOUNG, why).await;
        }
    }
    Ok(())
}
