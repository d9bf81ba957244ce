//! Garbage collection with more devices than a page of anything holds.

use crate::gc::collection::{COLLECTS, GAP, logged};
use crate::prelude::*;
use futures_util::future::try_join_all;
use syncproof_harness::world::retention::{CHANGE_LOG, wait_until_old};

const COUNT: usize = 300;

cases! {
    /// Of 300 devices of one user the 300th, 257th, 128th, 101st, 99th, 50th and first have read less than the others.
    "gc/the-slowest-of-hundreds-of-devices" checks ["gc.keeps-unseen", COLLECTS] needs [Gc] by slowest_of_hundreds;
}

async fn slowest_of_hundreds(context: Context) -> Checked {
    const UNSEEN: &str = "gc.keeps-unseen";
    // Each of these has read one entry more than the one before.
    let slow = [COUNT, 257, 128, 101, 99, 50, 1];
    let home = logged(&context, slow.len() + 1).await?;
    let head = home.head();
    let devices: Vec<(String, u64)> = (1..=COUNT)
        .map(|number| {
            let read = slow.iter().position(|slow| *slow == number).map_or(head, |place| place as u64);
            (format!("device {number}"), read)
        })
        .collect();
    for some in devices.chunks(10) {
        try_join_all(some.iter().map(|(device, read)| async {
            home.update_cursor_ok(device, *read, "cursor.forward-only").await.in_setup()
        }))
        .await?;
    }
    wait_until_old(&context).await?;
    for (read, number) in (0..).zip(slow) {
        home.collect_ok(CHANGE_LOG, UNSEEN).await?;
        let why = format!("the device {number} of {COUNT} has read to version {read} only");
        home.remains(GAP).await?.keeps(read + 1, UNSEEN, &why)?;
        home.update_cursor_ok(&format!("device {number}"), head, "cursor.forward-only").await?;
    }
    home.collect_log_through_ok(head, COLLECTS).await
}
