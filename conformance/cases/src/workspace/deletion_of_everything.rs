//! Deleting a workspace that has something of everything in it.

use crate::prelude::*;
use syncproof_harness::world::retention::{CHANGE_LOG, TOMBSTONES, wait_until_old};

const ACTOR: &str = "workspace.delete-rehomes-actor";

cases! {
    /// Records and tombstones of all tables, replays, devices and members, before and after a collection, and a snapshot under way.
    "deletion/of-a-workspace-with-everything" checks [ACTOR, "workspace.delete-closes-sync"] by with_everything;
}

/// In every table: a record, one that was overwritten, deleted, deleted and put again, and the delete of none.
fn round(user: &User, clock: u64) -> Vec<Op> {
    let of_table = |table: &'static str| {
        let put = |pk: &str, clock| user.put(table, pk).clock(clock);
        let delete = |pk: &str, clock| user.delete(table, pk).clock(clock);
        vec![
            put("kept", clock),
            put("written", clock),
            put("written", clock + 1),
            put("deleted", clock),
            delete("deleted", clock + 1),
            put("revived", clock),
            delete("revived", clock + 1),
            put("revived", clock + 2),
            delete("none", clock),
        ]
    };
    user.context().tables().iter().flat_map(|table| of_table(table.name)).collect()
}

async fn with_everything(context: Context) -> Checked {
    let mut kinds = vec![None];
    if context.has(Capability::Gc) {
        // The log to its middle, and to its end.
        kinds.extend([Some(2), Some(1)]);
    }
    for kind in kinds {
        let anna = context.new_user("anna").await?;
        let mut doomed = Journal::beside(&anna, "doomed", ACTOR).await?;
        let first = round(&anna, 1);
        doomed.push_ok(&first).await.in_setup()?;
        doomed.push_ok(&first[..3]).await.in_setup()?;
        if context.has(Capability::Members) {
            doomed.member("ben", Role::Editor).await?;
        }
        if let Some(part) = kind {
            let seen = doomed.head() / part;
            doomed.have_read(&[("laptop", seen), ("phone", seen)]).await?;
            wait_until_old(&context).await?;
            doomed.collect_log_through_ok(seen, ACTOR).await.in_setup()?;
            doomed.collect_ok(TOMBSTONES, ACTOR).await.in_setup()?;
        }
        let workspace = doomed.workspace.clone();
        if context.has(Capability::Snapshot) {
            anna.snapshot_pages(&workspace, 3, ACTOR).next().await.in_setup()?;
        }
        for clock in [10, 20] {
            doomed.push_ok(&round(&anna, clock)).await.in_setup()?;
        }
        if kind.is_some() {
            doomed.collect_ok(CHANGE_LOG, ACTOR).await.in_setup()?;
        }
        anna.delete_workspace_ok(&workspace, ACTOR).await?;
        anna.has_left(&[&workspace], ACTOR).await?;
        for answer in anna.sync_all_unactivated(&workspace, &first[..1]).await {
            answer.expect_status("workspace.delete-closes-sync", &[403, 404, 410])?;
        }
    }
    Ok(())
}
