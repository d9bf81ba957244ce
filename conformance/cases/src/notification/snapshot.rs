//! Snapshots of a workspace in which others have notifications: hidden ones do not change how pages work.

use crate::notification::reading::{OWNER_ONLY, SharedWorkspace, TABLE};
use crate::prelude::*;
use syncproof_harness::world::pages::holds_at_most;

const COMPLETE: &str = "snapshot.complete";
/// More pages than there are records.
const MAX_PAGES: usize = 40;

cases! {
    /// Runs of hidden records before, between and after visible ones: pages of every size give all that is visible.
    "notification/hidden-in-snapshot-pages"
        checks [COMPLETE, OWNER_ONLY] needs [Snapshot, PrivateNotifications, Invite] by hidden_between;
}

async fn hidden_between(context: Context) -> Checked {
    let (mut shared, anna, ben) = SharedWorkspace::with_users(&context).await?;
    // In the order of keys, anna's are before, between and after ben's, enough of them to fill a page or more.
    let run = |name: &str, count: usize| -> Vec<Op> {
        let one = |number: usize| {
            let pk = format!("{name}{number}");
            if number % 3 == 1 { anna.delete(TABLE, &pk).clock(2) } else { anna.put(TABLE, &pk) }
        };
        // Each is put before it is deleted: a server may refuse to delete an unknown notification.
        let puts =
            (0..count).filter(|number| number % 3 == 1).map(|number| anna.put(TABLE, &format!("{name}{number}")));
        puts.chain((0..count).map(one)).collect()
    };
    let annas = [run("a", 4), run("c", 7), run("e", 3)].concat();
    let visible = [anna.put("kv", "first"), anna.put("posts", "next"), anna.put("threads", "last")];
    let bens = [
        ben.put(TABLE, "b1"),
        ben.put(TABLE, "d1"),
        ben.put(TABLE, "d2"),
        ben.delete(TABLE, "d2").clock(2),
        ben.put(TABLE, "f1"),
    ];
    for (user, ops) in [(&anna, &annas[..]), (&anna, &visible), (&ben, &bens)] {
        shared.push_ok(user, ops, OWNER_ONLY).await.in_setup()?;
    }
    for page_size in [1, 2, 3, 5, 8] {
        for (reader, own) in [(&ben, &bens[..]), (&shared.viewer, &[])] {
            let all = [&visible[..], own].concat();
            gives(&shared, reader, page_size, &json!([]), &all).await?;
            gives(&shared, reader, page_size, &json!([TABLE]), own).await?;
        }
    }
    Ok(())
}

/// Checks that all pages together give the fold of these ops. A page may be short or empty, if more follow.
async fn gives(shared: &SharedWorkspace, reader: &User, page_size: u64, tables: &Value, ops: &[Op]) -> Checked {
    let name = |item: &Value| format!("{}/{}", item["tableName"], item["pk"]);
    let mut expected = fold(ops);
    expected.sort_by_cached_key(name);
    let pages = reader.snapshot_pages(&shared.workspace, page_size, COMPLETE).of_tables(tables);
    let mut pages = pages.at_most(MAX_PAGES);
    while let Some((page, answer)) = pages.next().await? {
        holds_at_most(&page, page_size, &answer)?;
        if pages.ended() {
            let mut actual: Vec<Value> = pages.items.iter().map(item_json).collect();
            actual.sort_by_cached_key(name);
            let foreign = actual.iter().any(|item| !expected.iter().any(|own| name(own) == name(item)));
            let broken = if foreign { OWNER_ONLY } else { COMPLETE };
            let message = format!(
                "a snapshot with pageSize {page_size} and the tables filter {tables} does not give exactly what the member may see"
            );
            answer.equal(broken, message, &expected, actual)?;
        }
    }
    Ok(())
}
