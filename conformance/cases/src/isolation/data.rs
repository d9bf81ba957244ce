//! Isolation: the records of one workspace do not affect another.

use crate::prelude::*;

const SAME_PK: &str = "isolation.same-pk";

cases! {
    /// Two tenants put the same pk in all seven tables; each keeps their own.
    "isolation/same-pk-put-in-two-workspaces" checks [SAME_PK] by put_in_two;
    /// Ten tenants put, overwrite and delete the same pks at one instant; each keeps their own.
    "isolation/same-pk-in-many-workspaces-at-once"
        checks [SAME_PK, "concurrent.workspaces-independent"] by in_many_at_once;
    /// One tenant overwrites with far higher clocks; the other's lower clocks still win at home.
    "isolation/same-pk-overwritten-independently" checks [SAME_PK] by overwritten;
    /// One tenant deletes what both have; the other's record lives on, and so does the tombstone.
    "isolation/same-pk-put-against-delete" checks [SAME_PK] by put_against_delete;
    /// One tenant deletes a pk with a high clock before the other ever puts it with a low one.
    "isolation/same-pk-deleted-first" checks [SAME_PK] by deleted_first;
    /// One user keeps the same pk in two workspaces of their own, switching to and fro.
    "isolation/same-pk-in-two-workspaces-of-one-user" checks [SAME_PK] by two_workspaces_of_one_user;
    /// Both tenants push one batch with the same pk in every table, put and then deleted in some.
    "isolation/same-pk-in-one-batch-of-all-tables" checks [SAME_PK, "tombstone.per-table"] by one_batch_of_all_tables;
    /// Two tenants push in turns; each sees 1, 2, 3 … in their own workspace.
    "isolation/versions-do-not-move-with-others" checks ["isolation.versions", "push.contiguous-versions"] by versions;
    /// After mixed traffic with equal pks, pulls from every cursor and with every filter show only one's own.
    "isolation/pull-shows-only-ones-own" checks ["isolation.pull"] by pulls;
    /// A snapshot walked in small pages does not change while another tenant writes the same pks.
    "isolation/snapshot-untouched-by-others"
        checks [SAME_PK, "snapshot.consistent"] needs [Snapshot] by snapshot_untouched;
}

/// Two tenants, each in a workspace that nobody else is in.
pub(crate) async fn tenants(context: &Context) -> Checked<(User, User)> {
    Ok((context.user("anna").await?, context.user("ben").await?))
}

/// The homes of two tenants.
pub(crate) async fn homes(context: &Context, requirement: &'static str) -> Checked<(Journal, Journal)> {
    let (anna, ben) = tenants(context).await?;
    Ok((Journal::of(anna, requirement), Journal::of(ben, requirement)))
}

/// An op of that user in every table.
fn in_every_table(user: &User, make: impl Fn(&'static str) -> Op) -> Vec<Op> {
    user.context().tables().iter().map(|table| make(table.name)).collect()
}

async fn put_in_two(context: Context) -> Checked {
    let (mut annas, mut bens) = homes(&context, SAME_PK).await?;
    for table in context.tables() {
        annas.push_ok(&annas.put(table.name, "shared").mark("anna")).await?;
        bens.push_ok(&bens.put(table.name, "shared").mark("ben")).await?;
    }
    annas.holds().await?;
    bens.holds().await
}

async fn in_many_at_once(context: Context) -> Checked {
    const TENANTS: usize = 10;
    let mut everybody = Vec::new();
    for number in 0..TENANTS {
        let user = context.user(&format!("tenant{number}")).await?.on_new_connections()?;
        // All clocks differ, so that a record shared by mistake has the wrong winner for some tenant.
        let clock = 10 * (number as u64 + 1);
        let batches = context.tables().into_iter().map(|table| {
            let put = user.put(table.name, "shared").clock(clock).mark(&format!("tenant {number}"));
            let over = user.put(table.name, "shared").clock(clock + 1).mark(&format!("tenant {number}, again"));
            let last = if number % 2 == 0 { user.delete(table.name, "shared") } else { over.clone().with_new_id() };
            [put, over, last.clock(clock + 3)]
        });
        let batches: Vec<[Op; 3]> = batches.collect();
        everybody.push((Journal::of(user, SAME_PK), batches));
    }
    let pushes = everybody.into_iter().map(|(mut home, batches)| async move {
        for batch in &batches {
            home.push_ok(batch).await?;
        }
        Checked::Ok(home)
    });
    let homes: Vec<Journal> = at_once(pushes.collect()).await?.into_iter().collect::<Checked<_>>()?;
    for home in homes {
        home.holds().await?;
    }
    Ok(())
}

async fn overwritten(context: Context) -> Checked {
    let (mut annas, mut bens) = homes(&context, SAME_PK).await?;
    for table in context.tables() {
        let put = |home: &Journal, clock, mark: &str| home.put(table.name, "shared").clock(clock).mark(mark);
        annas.push_ok(&[put(&annas, 50, "anna's first"), put(&annas, 90, "anna's second")]).await?;
        let answer = bens.push_ok(&[put(&bens, 1, "ben's first"), put(&bens, 2, "ben's second")]).await?;
        let body: PushAnswer = answer.read(SAME_PK)?;
        let lost = body.results.iter().find(|result| result.applied == Some(false));
        let message = "a write loses to a record of another workspace";
        answer.ensure(
            SAME_PK,
            lost.is_none(),
            message,
            "both writes win: no other write of their workspace is greater",
            json!(lost).to_string(),
        )?;
    }
    annas.push_ok(&in_every_table(&annas.user, |table| annas.put(table, "after").mark("after"))).await?;
    annas.holds().await?;
    bens.holds().await
}

async fn put_against_delete(context: Context) -> Checked {
    let (mut annas, mut bens) = homes(&context, SAME_PK).await?;
    annas.push_ok(&in_every_table(&annas.user, |table| annas.put(table, "shared").clock(1).mark("anna"))).await?;
    bens.push_ok(&in_every_table(&bens.user, |table| bens.put(table, "shared").clock(1).mark("ben"))).await?;
    annas.push_ok(&in_every_table(&annas.user, |table| annas.delete(table, "shared").clock(5))).await?;
    bens.holds().await?;
    // Ben writes with clocks below Anna's delete: her tombstone does not affect his record.
    bens.push_ok(&in_every_table(&bens.user, |table| bens.put(table, "shared").clock(3).mark("ben again"))).await?;
    bens.holds().await?;
    annas.holds().await
}

async fn deleted_first(context: Context) -> Checked {
    let (mut annas, mut bens) = homes(&context, SAME_PK).await?;
    annas.push_ok(&in_every_table(&annas.user, |table| annas.delete(table, "shared").clock(100))).await?;
    bens.push_ok(&in_every_table(&bens.user, |table| bens.put(table, "shared").clock(1).mark("ben"))).await?;
    bens.holds().await?;
    bens.push_ok(&in_every_table(&bens.user, |table| bens.delete(table, "shared").clock(2))).await?;
    bens.holds().await?;
    annas.holds().await
}

async fn two_workspaces_of_one_user(context: Context) -> Checked {
    let (anna, mut at_home) = Journal::with_user(&context, SAME_PK).await?;
    let mut elsewhere = Journal::beside(&anna, "other", SAME_PK).await?;
    for (clock, table) in (1..).zip(context.tables()) {
        at_home.push_ok(&anna.put(table.name, "shared").clock(clock + 50).mark("home")).await?;
        let op = match clock % 2 {
            1 => anna.put(table.name, "shared").mark("other"),
            _ => anna.delete(table.name, "shared"),
        };
        elsewhere.push_ok(&op.clock(clock)).await?;
    }
    at_home.holds().await?;
    elsewhere.holds().await
}

async fn one_batch_of_all_tables(context: Context) -> Checked {
    let (mut annas, mut bens) = homes(&context, SAME_PK).await?;
    let tables = context.tables();
    for (home, deleted) in [(&mut annas, 0), (&mut bens, 1)] {
        let puts = tables.iter().map(|table| home.put(table.name, "shared").clock(1));
        let deletes = tables.iter().skip(deleted).step_by(2).map(|table| home.delete(table.name, "shared").clock(2));
        let batch: Vec<Op> = puts.chain(deletes).collect();
        home.push_ok(&batch).await?;
        // As long as only one tenant has written, nothing is mixed up but the tables.
        if deleted == 0 {
            home.checks("tombstone.per-table").shows().await?;
            home.checks(SAME_PK);
        }
    }
    annas.holds().await?;
    bens.holds().await
}

async fn versions(context: Context) -> Checked {
    let (mut annas, mut bens) = homes(&context, "isolation.versions").await?;
    for round in 0..6_u64 {
        // Batches of different sizes, so that no shared counter comes out right by chance.
        for (home, size) in [(&mut annas, round % 3 + 1), (&mut bens, 2)] {
            let ops: Vec<Op> = (0..size).map(|number| home.put("threads", &format!("{round}-{number}"))).collect();
            home.push_ok(&ops).await?;
        }
    }
    annas.holds().await?;
    bens.holds().await
}

async fn pulls(context: Context) -> Checked {
    const REQUIREMENT: &str = "isolation.pull";
    let (mut annas, mut bens) = homes(&context, REQUIREMENT).await?;
    for round in 1..=4_u64 {
        for home in [&mut annas, &mut bens] {
            let mark = home.user.id.to_string();
            let put = |table| home.put(table, &format!("pk{round}")).clock(round).mark(&mark);
            home.push_ok(&in_every_table(&home.user, put)).await?;
        }
    }
    for home in [&annas, &bens] {
        for cursor in [0, 1, 7, 13, 27] {
            home.gives_after(
                cursor,
                5,
                format!("a pull from cursor {cursor} does not show exactly the user's own changes"),
            )
            .await?;
        }
        for table in context.tables() {
            let tables = json!([table.name]);
            let (changes, answer) = home.user.log_of_tables(&home.workspace, &tables, REQUIREMENT).await?;
            let mut expected = home.entries_after(0);
            expected.retain(|entry| entry["tableName"] == table.name);
            let message = format!("a pull of {} does not show exactly the user's own four puts", table.name);
            answer.equal(REQUIREMENT, message, expected, entries(&changes))?;
        }
    }
    Ok(())
}

async fn snapshot_untouched(context: Context) -> Checked {
    let (mut annas, mut bens) = homes(&context, SAME_PK).await?;
    let ops: Vec<Op> =
        (0..9).map(|number| annas.put("threads", &format!("pk{number}")).clock(5).mark("anna")).collect();
    annas.push_ok(&ops).await?;
    let mut pages = annas.user.snapshot_pages(&annas.workspace, 2, SAME_PK).at_most(10);
    for clock in 100.. {
        let Some((page, answer)) = pages.next().await? else { break };
        let foreign = page.items.iter().find(|item| item.revision().clock != 5);
        let actual = json!(foreign).to_string();
        answer.ensure(
            SAME_PK,
            foreign.is_none(),
            "a page shows another workspace's write",
            "only writes with clock 5, as in this workspace",
            actual,
        )?;
        if pages.ended() {
            let shown: Vec<Value> = pages.items.iter().map(item_json).collect();
            return answer.equal(
                SAME_PK,
                "the snapshot differs from what was written in its workspace",
                fold(&annas.ops),
                shown,
            );
        }
        let (put, deleted) = (format!("pk{}", clock - 100), format!("pk{}", clock - 99));
        let put = bens.put("threads", &put).clock(clock).mark("ben");
        bens.push_ok(&[put, bens.delete("threads", &deleted).clock(clock + 100)]).await?;
    }
    Ok(())
}
