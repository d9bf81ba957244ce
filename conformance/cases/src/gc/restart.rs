//! Collection and restarts: gaps are still reported, known ops stay known, and devices still count.

use crate::gc::collection::{COLLECTS, GAP};
use crate::gc::gaps::check_gap;
use crate::gc::replay::{forget, records, send_again};
use crate::prelude::*;
use crate::support::restart_method::RestartMethod;

const GO_ON: &str = "gc.versions-go-on";
const UNSEEN: &str = "gc.keeps-unseen";
const REPLAY: &str = "op.replay-after-gc";
const RECORDS: &str = "gc.keeps-records";

cases! {
    /// Collects a whole log and half of another's, restarts: gap, head, replays, records and devices are as before.
    "gc/restart-after-a-collection"
        checks [GO_ON, UNSEEN, COLLECTS, REPLAY, GAP, RECORDS] needs [Gc, Restart] runs Alone by restarted;
}

async fn restarted(context: Context) -> Checked {
    let mut means = RestartMethod::of(&context).await?;
    // Half of this log has not been read by one device, before and after.
    let mut bens = Journal::of(context.user_at("ben", means.base(&context)).await?, "push.all-tables");
    let unread: Vec<Op> = (1..=6).map(|clock| bens.put("threads", "pk").clock(clock)).collect();
    bens.push_ok(&unread).await.in_setup()?;
    bens.have_read(&[("laptop", 6), ("phone", 2)]).await?;
    // Of this one nothing is left but records.
    let annas = forget(context.user_at("anna", means.base(&context)).await?, true).await?;
    let head = annas.head();
    let before = records(&annas, false).await?;

    means.restart(&context).await?;
    let (mut annas, bens) = (annas.at(means.base(&context))?, bens.at(means.base(&context))?);
    for cursor in [0, head - 1, head] {
        let answer = annas.pull(cursor, 10).await?;
        check_gap(&answer, cursor < head, &format!("after a restart, a pull from version {cursor} of {head}"))?;
    }
    let (_, answer) = annas.user.session("session.stable").await?;
    answer.equal(
        RECORDS,
        "after a restart, rows or tombstones are not as before",
        &before,
        records(&annas, false).await?,
    )?;
    // The next op gets the next version, although no log entry shows which one that is.
    let forgotten = annas.clone();
    let new = annas.put("posts", "new");
    annas.checks(GO_ON).push_ok(&new).await?;
    let before = records(&forgotten, true).await?;
    send_again(&forgotten, &before, true).await?;

    bens.collect_log_through_ok(2, COLLECTS).await?;
    bens.remains(GAP).await?.keeps(3, UNSEEN, "a device that registered before the restart has not read them")?;
    means.end().await;
    Ok(())
}
