//! What still holds some seconds later: an idle device counts, a retention is as long as it was asked for, and a session
//! keeps its active workspace.

use crate::gc::collection::{COLLECTS, GAP, logged};
use crate::prelude::*;
use syncproof_harness::world::retention::{CHANGE_LOG, COLLECTED, LONG_SECONDS};

/// Long enough for a server that forgets after a few seconds, short enough for a test run.
const SECONDS: usize = 6;

cases! {
    /// A device that said nothing for six seconds still holds what it has not read, and a day is still a day.
    "gc/quiet-for-some-seconds" checks ["gc.keeps-unseen", "gc.keeps-young", COLLECTS] needs [Gc] by quiet;
    /// Six seconds after an activation the session stands there, for one who asked meanwhile and one who did not.
    "workspace/active-for-some-seconds" checks ["workspace.activate-switches-session", "session.stable"] by stays;
}

async fn quiet(context: Context) -> Checked {
    const UNSEEN: &str = "gc.keeps-unseen";
    const YOUNG: &str = "gc.keeps-young";
    let annas = logged(&context, 6).await?;
    annas.have_read(&[("phone", 2), ("laptop", 6)]).await?;
    let bens = logged(&context, 6).await?;
    bens.have_read(&[("laptop", 6)]).await?;
    for _ in 0..SECONDS {
        context.next_second().await;
    }
    // The other device continues; the idle one has still not read it.
    annas.have_read(&[("laptop", 6)]).await?;
    annas.collect_ok(CHANGE_LOG, UNSEEN).await?;
    let left = annas.remains(GAP).await?;
    left.keeps(3, UNSEEN, "a device that sent nothing for some seconds has not read them")?;
    bens.collect(CHANGE_LOG, LONG_SECONDS).await?.expect_status("gc.collects", COLLECTED)?;
    let left = bens.remains(GAP).await?;
    left.keeps(1, YOUNG, "they are some seconds old, and the retention is a day")?;
    bens.collect_log_through_ok(6, COLLECTS).await
}

async fn stays(context: Context) -> Checked {
    const SWITCHES: &str = "workspace.activate-switches-session";
    let mut users = Vec::new();
    for label in ["asks", "is quiet"] {
        let user = context.user(label).await?;
        let other = user.new_workspace("other").await?;
        user.new_workspace("newest").await?;
        user.activate_ok(&other).await?;
        users.push((user, other));
    }
    for _ in 0..SECONDS {
        context.next_second().await;
        users[0].0.is_active_in(&users[0].1, Role::Owner, SWITCHES).await?;
    }
    for (user, other) in &users {
        user.is_active_in(other, Role::Owner, SWITCHES).await?;
    }
    Ok(())
}
