//! Records that have been written often: a delete still wins, a put still revives, and again.

use crate::prelude::*;

const COMPETES: &str = "lww.delete-competes";
const REVIVES: &str = "lww.newer-put-revives";

cases! {
    /// Records that were put 1, 11, 21, 51, 101 and 257 times, live and deleted in turn, follow every write after it.
    "lww/record-written-many-times" checks [COMPETES, REVIVES, "lww.no-resurrection"] by many_times;
}

async fn many_times(context: Context) -> Checked {
    let mut home = Journal::open(&context, COMPETES).await?;
    let counts = [1_u64, 11, 21, 51, 101, 257];
    let pk = |count: u64| format!("put {count} times");
    for count in counts {
        let put = |clock: u64| home.put("posts", &pk(count)).clock(clock).mark(&format!("at {clock}"));
        let puts: Vec<Op> = (1..=count).map(put).collect();
        for batch in puts.chunks(100) {
            home.push_ok(batch).await.in_setup()?;
        }
    }
    home.checks("lww.higher-clock").shows().await?;
    for round in 0..3 {
        let clock = 1000 + round * 10;
        let all = |home: &Journal, write: &dyn Fn(&Journal, &str) -> Op| -> Vec<Op> {
            counts.iter().map(|count| write(home, &pk(*count))).collect()
        };
        let deletes = all(&home, &|home, pk| home.delete("posts", pk).clock(clock));
        home.checks(COMPETES).push_ok(&deletes).await?;
        home.shows().await?;
        // An older put does not bring them back, a newer one does.
        let old = all(&home, &|home, pk| home.put("posts", pk).clock(clock - 1).mark("old"));
        home.checks("lww.no-resurrection").push_ok(&old).await?;
        home.shows().await?;
        let new = all(&home, &|home, pk| home.put("posts", pk).clock(clock + 1).mark("new"));
        home.checks(REVIVES).push_ok(&new).await?;
        home.shows().await?;
    }
    home.holds().await
}
