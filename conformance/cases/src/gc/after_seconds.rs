//! What holds still holds some seconds later: a device that says nothing is a device, a retention is as long as it was
//! asked for, and a session stays where it was brought.

use crate::gc::collection::{COLLECTS, GAP, logged};
use crate::prelude::*;
use syncproof_harness::world::retention::{CHANGE_LOG, COLLECTED, LONG_SECONDS};

/// Longer than what is forgotten at once, shorter than a reader of the report wants to wait.
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
    // The others go on; the quiet one has still not read it.
    annas.have_read(&[("laptop", 6)]).await?;
    annas.collect_ok(CHANGE_LOG, UNSEEN).await?;
    let left = annas.remains(GAP).await?;
    left.keeps(3, UNSEEN, "a device has not read it, which was quiet for some seconds")?;
    bens.collect(CHANGE_LOG, LONG_SECONDS).await?.expect_status(YOUNG, COLLECTED)?;
    let left = bens.remains(GAP).await?;
    left.keeps(1, YOUNG, "it is some seconds old, the retention is a day")?;
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
