//! What must not expire: state that some servers forget or cache for seconds, or for minutes (`run --long`).

use crate::gc::collection::{COLLECTS, GAP, logged};
use crate::prelude::*;
use crate::snapshot::token::{first_page, nine};
use syncproof_harness::world::retention::{CHANGE_LOG, COLLECTED, LONG_SECONDS};

cases! {
    /// A device that said nothing for some seconds still holds what it has not read, and a day is still a day.
    "gc/quiet-for-some-seconds" checks ["gc.keeps-unseen", "gc.keeps-young", COLLECTS] needs [Gc] runs Early by quiet;
    /// Some seconds after an activation the session stands there, for one who asked meanwhile and one who did not.
    "workspace/active-for-some-seconds" checks ["workspace.activate-switches-session", "session.stable"] runs Early by stays;
    /// Ops that were pushed some seconds ago are replays, alone and beside new ones, and their ids are taken.
    "op/known-after-some-seconds" checks ["op.replay-same-version", "op.reuse-conflicting"] runs Early by known;
    /// A delete that is some seconds old still beats older puts, and log and state are as they were.
    "tombstone/kept-for-some-seconds" checks ["lww.no-resurrection", "pull.complete"] runs Early by tombstones;
    /// The second page of a snapshot is asked for some seconds after the first.
    "snapshot/token-after-some-seconds" checks ["snapshot.token-life"] needs [Snapshot] runs Early by token;
    /// Some seconds after a removal, a demotion and a deletion they still count.
    "member/removed-for-some-seconds"
        checks ["member.removed-at-once", "member.role-change-at-once", "workspace.delete-closes-sync"] needs [Manage]
        runs Early by removed;
}

async fn quiet(context: Context) -> Checked {
    const UNSEEN: &str = "gc.keeps-unseen";
    const YOUNG: &str = "gc.keeps-young";
    let annas = logged(&context, 6).await?;
    annas.have_read(&[("phone", 2), ("laptop", 6)]).await?;
    let bens = logged(&context, 6).await?;
    bens.have_read(&[("laptop", 6)]).await?;
    context.wait_for_expiry().await;
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
    for _ in 0..context.expiry_seconds() {
        context.next_second().await;
        users[0].0.is_active_in(&users[0].1, Role::Owner, SWITCHES).await?;
    }
    for (user, other) in &users {
        user.is_active_in(other, Role::Owner, SWITCHES).await?;
    }
    Ok(())
}

async fn known(context: Context) -> Checked {
    const REPLAY: &str = "op.replay-same-version";
    const TAKEN: &str = "op.reuse-conflicting";
    let mut journal = Journal::open(&context, REPLAY).await?;
    let puts = TABLES.iter().map(|table| journal.put(table.name, "put").clock(3));
    let deletes = context.tables_to_delete_from().into_iter().map(|table| journal.delete(table.name, "gone").clock(3));
    let ops: Vec<Op> = puts.chain(deletes).collect();
    journal.push_ok(&ops).await.in_setup()?;
    context.wait_for_expiry().await;
    journal.push_ok(&ops[..1]).await?;
    let mut batch = ops.clone();
    batch.insert(3, journal.put("kv", "new beside known ones"));
    journal.push_ok(&batch).await?;
    let reused = journal.put("kv", "another record").clock(9).op_id(ops[0].id());
    journal.checks(TAKEN).attempt(&reused).await?;
    journal.holds().await
}

async fn tombstones(context: Context) -> Checked {
    const NO_RESURRECTION: &str = "lww.no-resurrection";
    let mut journal = Journal::open(&context, "push.all-tables").await?;
    let gone: Vec<Op> = ["written", "deleted twice"].iter().map(|pk| journal.put("threads", pk).clock(1)).collect();
    let deletes = ["written", "deleted twice", "deleted twice", "never written"];
    let deletes: Vec<Op> = (4..).zip(deletes).map(|(clock, pk)| journal.delete("threads", pk).clock(clock)).collect();
    journal.push_ok(&[gone, deletes].concat()).await.in_setup()?;
    context.wait_for_expiry().await;
    journal.checks("pull.complete").holds().await?;
    let late = ["written", "deleted twice", "never written"].map(|pk| journal.put("threads", pk).clock(3).mark("late"));
    journal.checks("lww.loser-is-logged").push_ok(&late).await?;
    journal.checks(NO_RESURRECTION).holds().await
}

async fn token(context: Context) -> Checked {
    const LIFE: &str = "snapshot.token-life";
    let anna = context.user("anna").await?;
    nine(&anna, &anna.home).await?;
    let (first, token) = first_page(&anna, &anna.home).await?;
    context.wait_for_expiry().await;
    let body = json!({"pageSize": 1000, "pageToken": token});
    let answer = anna.snapshot(&anna.home, body).await?;
    let message = format!("a page token is refused after {} s", context.expiry_seconds());
    answer.expect_one_of(LIFE, &[200], message)?;
    let (items, ..) = anna.snapshot_pages(&anna.home, 2, LIFE).from_token(Some(token)).rest().await?;
    let message = "the pages of a snapshot that was begun some seconds ago do not give each item once";
    answer.equal(LIFE, message, 9, first.items.len() + items.len())
}

async fn removed(context: Context) -> Checked {
    const REMOVED: &str = "member.removed-at-once";
    const CHANGE: &str = "member.role-change-at-once";
    const CLOSES: &str = "workspace.delete-closes-sync";
    let (anna, shared) = owner_of(&context, "shared").await?;
    let gone = active_member(&anna, &shared, "gone", Role::Editor).await?;
    let demoted = active_member(&anna, &shared, "demoted", Role::Editor).await?;
    for user in [&gone, &demoted] {
        user.push_ok(&shared, &[user.put("threads", "pk")], "member.roles").await.in_setup()?;
    }
    anna.remove_member_ok(&shared, &gone.id, REMOVED).await.in_setup()?;
    anna.set_role_ok(&shared, &demoted.id, "viewer", CHANGE).await.in_setup()?;
    let doomed = anna.new_workspace("doomed").await?;
    let member = active_member(&anna, &doomed, "of the doomed", Role::Editor).await?;
    anna.delete_workspace_ok(&doomed, CLOSES).await.in_setup()?;
    context.wait_for_expiry().await;
    gone.pull_unactivated(&shared, 0, 10).await.expect_forbidden(REMOVED)?;
    gone.push_unactivated(&shared, &[gone.put("threads", "late")]).await.expect_forbidden(REMOVED)?;
    gone.has_left(&[&shared], REMOVED).await?;
    demoted.push_unactivated(&shared, &[demoted.put("threads", "late")]).await.expect_status(CHANGE, &[403])?;
    demoted.is_active_in(&shared, Role::Viewer, CHANGE).await?;
    for user in [&anna, &member] {
        user.pull_unactivated(&doomed, 0, 10).await.expect_status(CLOSES, &[403, 404, 410])?;
        user.has_left(&[&doomed], CLOSES).await?;
    }
    Ok(())
}
