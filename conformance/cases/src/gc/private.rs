//! Garbage collection and private notifications: what goes and what stays does not depend on who may see it.

use crate::gc::collection::{COLLECTS, GAP};
use crate::gc::records::keeps_tombstones;
use crate::notification::reading::TABLE;
use crate::prelude::*;
use syncproof_harness::world::retention::{TOMBSTONES, wait_until_old};

const UNSEEN: &str = "gc.keeps-unseen";

cases! {
    /// Two members have live and deleted notifications: either one's collection takes what is old and seen of both, and nothing else.
    "gc/private-records-of-every-member"
        checks [COLLECTS, UNSEEN, "gc.keeps-records", GAP] needs [Gc, Snapshot, PrivateNotifications, Invite] by of_every_member;
}

async fn of_every_member(context: Context) -> Checked {
    if !context.tables().iter().any(|table| table.name == TABLE) {
        let why = "the target refuses or hides deletes of notifications, which push/all-tables tells of";
        return Err(Stop::Skipped(why.to_owned()));
    }
    for is_by_editor in [false, true] {
        let anna = context.user(&format!("anna{is_by_editor}")).await?;
        let ben = anna.new_member(&anna.home, &format!("ben{is_by_editor}"), Role::Editor).await?;
        let mut home = Journal::of(anna.clone(), "push.all-tables");
        let (collector, other) = if is_by_editor { (&ben, &anna) } else { (&anna, &ben) };
        // What the other has deleted is older than what shows the collector that the time has come.
        let gone = other.delete(TABLE, "gone").clock(2);
        home.push_by_ok(other, &[other.put(TABLE, "kept"), other.put(TABLE, "gone"), gone.clone()]).await.in_setup()?;
        let own = [collector.put(TABLE, "own"), collector.delete(TABLE, "own").clock(2)];
        home.push_by_ok(collector, &own).await.in_setup()?;
        home.push_by_ok(collector, &[collector.delete("threads", "shared")]).await.in_setup()?;
        home.push_ok(&[anna.put("threads", "last")]).await.in_setup()?;
        let head = home.head();
        home.have_read_by(collector, &[("laptop", head)]).await?;
        home.have_read_by(other, &[("phone", 2)]).await?;
        wait_until_old(&context).await?;
        collector.collect_ok(TOMBSTONES, &home.workspace, UNSEEN).await?;
        let theirs = Journal { user: other.clone(), ..home.clone() };
        let why = "the only device of its user has not read that delete";
        keeps_tombstones(&theirs, &[gone], UNSEEN, why).await?;
        home.have_read_by(other, &[("phone", head)]).await?;
        collector.collect_all_tombstones_ok(&home.workspace, None, COLLECTS).await?;
        let (items, answer) = other.items(&home.workspace, COLLECTS).await?;
        let left: Vec<_> = items.iter().filter(|item| item.is_tombstone()).map(Item::position).collect();
        let message = "a collection leaves tombstones that are old and seen: those of another member's notifications";
        answer.ensure(COLLECTS, left.is_empty(), message, "no tombstone", json!(left).to_string())?;
        let rows: Vec<_> = items.iter().map(|item| item.position().0).collect();
        let message = "a collection of tombstones took rows of another member";
        answer.equal("gc.keeps-records", message, [TABLE, "threads"].as_slice(), rows.as_slice())?;
        collector.collect_log_through_ok(&home.workspace, head, COLLECTS).await?;
        let answer = other.pull(&home.workspace, 0, 1000).await?;
        let page: PullAnswer = answer.read(GAP)?;
        let message = "the log was collected, and another member is told of no gap";
        answer.equal(GAP, message, Some(true), page.requires_snapshot)?;
    }
    Ok(())
}
