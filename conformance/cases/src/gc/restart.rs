//! Collection and restarts: what was collected stays told, what was known stays known, and devices still count.

use crate::gc::collection::{COLLECTS, GAP, have_read};
use crate::gc::gaps::check_told;
use crate::gc::replay::{forget, records, send_again};
use crate::support::restart_method::RestartMethod;
use syncproof_harness::cases;
use syncproof_harness::world::{Context, User};
use syncproof_protocol::failure::{Checked, Setup as _};
use syncproof_protocol::op::Op;

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
    let ben = context.user_at("ben", means.base(&context)).await?;
    let unread: Vec<Op> = (1..=6).map(|clock| ben.put("threads", "pk").clock(clock)).collect();
    ben.push_ok(&ben.home, &unread, "push.all-tables").await.in_setup()?;
    have_read(&ben, &ben.home, &[("laptop", 6), ("phone", 2)]).await?;
    // Of this one nothing is left but records.
    let anna = context.user_at("anna", means.base(&context)).await?;
    let ops = forget(&anna, true).await?;
    let head = ops.len() as u64;
    let before = records(&anna, false).await?;

    means.restart(&context).await?;
    let (anna, ben) = (anna.at(means.base(&context))?, ben.at(means.base(&context))?);
    for cursor in [0, head - 1, head] {
        let answer = anna.pull(&anna.home, cursor, 10).await?;
        check_told(&answer, cursor < head, &format!("a pull from {cursor} of {head} after a restart"))?;
    }
    let (_, answer) = anna.session("session.stable").await?;
    answer.equal(RECORDS, "records changed with a restart", &before, records(&anna, false).await?)?;
    goes_on(&anna, head).await?;
    let before = records(&anna, true).await?;
    send_again(&anna, &ops, &before, true).await?;

    ben.collect_log_through_ok(&ben.home, 2, COLLECTS).await?;
    let left = ben.remains(&ben.home, &unread, GAP).await?;
    left.keeps(3, UNSEEN, "a device that had told so before the restart has not read it")?;
    means.end().await;
    Ok(())
}

/// The next op gets the next version, though no log entry tells which that is.
async fn goes_on(anna: &User, head: u64) -> Checked {
    let answer = anna.push(&anna.home, &[anna.put("posts", "new")]).await?;
    let version = answer
        .read::<syncproof_protocol::wire::PushAnswer>(GO_ON)?
        .results
        .first()
        .and_then(|result| result.server_version);
    let message = "after a collection of the whole log and a restart, versions do not go on";
    answer.equal(GO_ON, message, Some(head + 1), version)
}
