//! Isolation: whatever lives in one workspace is nobody's business in another.

use serde_json::json;

use syncproof_harness::cases;
use syncproof_harness::world::{Context, User, at_once};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::failure::Checked;
use syncproof_protocol::table::TABLES;
use syncproof_protocol::wire::SnapshotAnswer;

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

async fn put_in_two(context: Context) -> Checked {
    let (anna, ben) = tenants(&context).await?;
    let (mut annas, mut bens) = (Vec::new(), Vec::new());
    for table in TABLES {
        annas.push(anna.put(table.name, "shared").mark("anna"));
        anna.push_ok(&anna.home, &annas[annas.len() - 1..], SAME_PK).await?;
        bens.push(ben.put(table.name, "shared").mark("ben"));
        ben.push_ok(&ben.home, &bens[bens.len() - 1..], SAME_PK).await?;
    }
    anna.holds(&anna.home, &annas, SAME_PK).await?;
    ben.holds(&ben.home, &bens, SAME_PK).await
}

async fn in_many_at_once(context: Context) -> Checked {
    const TENANTS: usize = 10;
    let mut everybody = Vec::new();
    for number in 0..TENANTS {
        let user = context.user(&format!("tenant{number}")).await?.on_new_connections()?;
        let mut batches = Vec::new();
        // Everybody's clocks differ, so that a record shared by mistake has the wrong winner for somebody.
        let clock = 10 * (number as u64 + 1);
        for table in TABLES {
            let put = user.put(table.name, "shared").clock(clock).mark(&format!("tenant {number}"));
            let over = user.put(table.name, "shared").clock(clock + 1).mark(&format!("tenant {number}, again"));
            let last = if number % 2 == 0 { user.delete(table.name, "shared").clock(clock + 2) } else { over.clone() };
            batches.push([put, over.with_new_id(), last.with_new_id().clock(clock + 3)]);
        }
        everybody.push((user, batches));
    }
    let pushes = everybody.iter().cloned().map(|(user, batches)| async move {
        for batch in &batches {
            user.push_ok(&user.home, batch, SAME_PK).await?;
        }
        Checked::Ok(())
    });
    for outcome in at_once(pushes.collect()).await? {
        outcome?;
    }
    for (user, batches) in &everybody {
        user.holds(&user.home, &batches.concat(), SAME_PK).await?;
    }
    Ok(())
}

async fn overwritten(context: Context) -> Checked {
    let (anna, ben) = tenants(&context).await?;
    for table in TABLES {
        let anna = &anna;
        let high = [
            anna.put(table.name, "shared").clock(50).mark("anna's first"),
            anna.put(table.name, "shared").clock(90).mark("anna's second"),
        ];
        anna.push_ok(&anna.home, &high, SAME_PK).await?;
        let low = [
            ben.put(table.name, "shared").clock(1).mark("ben's first"),
            ben.put(table.name, "shared").clock(2).mark("ben's second"),
        ];
        let answer = ben.push(&ben.home, &low).await?;
        let versions = syncproof_harness::world::sync::successes(&answer, &low, SAME_PK)?;
        let body: syncproof_protocol::wire::PushAnswer = answer.read(SAME_PK)?;
        let lost = body.results.iter().find(|result| result.applied == Some(false));
        answer.ensure(
            SAME_PK,
            lost.is_none(),
            "a write loses against a record of another workspace",
            "both writes win in their own workspace",
            format!("{lost:?} at versions {versions:?}"),
        )?;
    }
    let annas: Vec<_> = TABLES.iter().map(|table| anna.put(table.name, "after").mark("after")).collect();
    anna.push_ok(&anna.home, &annas, SAME_PK).await?;
    for (user, first, second) in [(&anna, 50, 90), (&ben, 1, 2)] {
        let (changes, answer) = user.log(&user.home, SAME_PK).await?;
        let clocks: Vec<u64> = changes
            .iter()
            .filter(|change| change.pk == context.pk("shared"))
            .map(|change| change.stamp.clock)
            .collect();
        answer.equal(SAME_PK, "the log holds other writes than its own", [first, second].repeat(7), clocks)?;
    }
    if context.has(Capability::Snapshot) {
        for (user, clock) in [(&anna, 90), (&ben, 2)] {
            let (items, answer) = user.items(&user.home, SAME_PK).await?;
            let clocks: Vec<u64> = items
                .iter()
                .filter(|item| item.position().1 == context.pk("shared"))
                .map(|item| item.revision().clock)
                .collect();
            answer.equal(SAME_PK, "the record is not the last one written here", [clock].repeat(7), clocks)?;
        }
    }
    Ok(())
}

async fn put_against_delete(context: Context) -> Checked {
    let (anna, ben) = tenants(&context).await?;
    let (mut annas, mut bens) = (Vec::new(), Vec::new());
    for table in TABLES {
        annas.push(anna.put(table.name, "shared").clock(1).mark("anna"));
        bens.push(ben.put(table.name, "shared").clock(1).mark("ben"));
    }
    anna.push_ok(&anna.home, &annas, SAME_PK).await?;
    ben.push_ok(&ben.home, &bens, SAME_PK).await?;
    let deletes: Vec<_> = TABLES.iter().map(|table| anna.delete(table.name, "shared").clock(5)).collect();
    anna.push_ok(&anna.home, &deletes, SAME_PK).await?;
    annas.extend(deletes);
    ben.holds(&ben.home, &bens, SAME_PK).await?;
    // Ben goes on with clocks under anna's delete: her tombstone is not his.
    let again: Vec<_> = TABLES.iter().map(|table| ben.put(table.name, "shared").clock(3).mark("ben again")).collect();
    ben.push_ok(&ben.home, &again, SAME_PK).await?;
    bens.extend(again);
    ben.holds(&ben.home, &bens, SAME_PK).await?;
    anna.holds(&anna.home, &annas, SAME_PK).await
}

async fn deleted_first(context: Context) -> Checked {
    let (anna, ben) = tenants(&context).await?;
    let annas: Vec<_> = TABLES.iter().map(|table| anna.delete(table.name, "shared").clock(100)).collect();
    anna.push_ok(&anna.home, &annas, SAME_PK).await?;
    let bens: Vec<_> = TABLES.iter().map(|table| ben.put(table.name, "shared").clock(1).mark("ben")).collect();
    ben.push_ok(&ben.home, &bens, SAME_PK).await?;
    ben.holds(&ben.home, &bens, SAME_PK).await?;
    let deletes: Vec<_> = TABLES.iter().map(|table| ben.delete(table.name, "shared").clock(2)).collect();
    ben.push_ok(&ben.home, &deletes, SAME_PK).await?;
    ben.holds(&ben.home, &[bens, deletes].concat(), SAME_PK).await?;
    anna.holds(&anna.home, &annas, SAME_PK).await
}

async fn two_workspaces_of_one_user(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let other = anna.new_workspace("other").await?;
    let (mut at_home, mut elsewhere) = (Vec::new(), Vec::new());
    for (round, table) in TABLES.iter().enumerate() {
        let clock = round as u64 + 1;
        at_home.push(anna.put(table.name, "shared").clock(clock + 50).mark("home"));
        anna.push_ok(&anna.home, &at_home[round..], SAME_PK).await?;
        let op = if round % 2 == 0 {
            anna.put(table.name, "shared").mark("other")
        } else {
            anna.delete(table.name, "shared")
        };
        elsewhere.push(op.clock(clock));
        anna.push_ok(&other, &elsewhere[round..], SAME_PK).await?;
    }
    anna.holds(&anna.home, &at_home, SAME_PK).await?;
    anna.holds(&other, &elsewhere, SAME_PK).await
}

async fn one_batch_of_all_tables(context: Context) -> Checked {
    let (anna, ben) = tenants(&context).await?;
    let batch = |user: &User, deleted: usize| {
        let puts = TABLES.iter().map(|table| user.put(table.name, "shared").clock(1));
        let deletes = TABLES.iter().skip(deleted).step_by(2).map(|table| user.delete(table.name, "shared").clock(2));
        puts.chain(deletes).collect::<Vec<_>>()
    };
    let (annas, bens) = (batch(&anna, 0), batch(&ben, 1));
    anna.push_ok(&anna.home, &annas, SAME_PK).await?;
    ben.push_ok(&ben.home, &bens, SAME_PK).await?;
    anna.holds(&anna.home, &annas, SAME_PK).await?;
    ben.holds(&ben.home, &bens, SAME_PK).await
}

async fn versions(context: Context) -> Checked {
    const REQUIREMENT: &str = "isolation.versions";
    let (anna, ben) = tenants(&context).await?;
    let (mut annas_head, mut bens_head) = (0, 0);
    for round in 0..6_u64 {
        // Batches of different sizes, so that no shared counter comes out right by chance.
        for (user, head, size) in [(&anna, &mut annas_head, round % 3 + 1), (&ben, &mut bens_head, 2)] {
            let ops: Vec<_> = (0..size).map(|number| user.put("threads", &format!("{round}-{number}"))).collect();
            let answer = user.push(&user.home, &ops).await?;
            let versions = syncproof_harness::world::sync::successes(&answer, &ops, REQUIREMENT)?;
            let expected: Vec<u64> = (*head + 1..=*head + size).collect();
            answer.equal(REQUIREMENT, "versions move with another workspace's traffic", expected, versions)?;
            *head += size;
        }
    }
    for (user, head) in [(&anna, annas_head), (&ben, bens_head)] {
        let (changes, answer) = user.log(&user.home, REQUIREMENT).await?;
        let versions: Vec<u64> = changes.iter().map(|change| change.server_version).collect();
        answer.equal(REQUIREMENT, "the log is not numbered 1, 2, 3 …", (1..=head).collect::<Vec<_>>(), versions)?;
    }
    Ok(())
}

async fn pulls(context: Context) -> Checked {
    const REQUIREMENT: &str = "isolation.pull";
    let (anna, ben) = tenants(&context).await?;
    for round in 0..4_u64 {
        for user in [&anna, &ben] {
            let ops: Vec<_> = TABLES
                .iter()
                .map(|table| user.put(table.name, &format!("pk{round}")).clock(round + 1).mark(&user.id.to_string()))
                .collect();
            user.push_ok(&user.home, &ops, REQUIREMENT).await?;
        }
    }
    for user in [&anna, &ben] {
        for cursor in [0, 1, 7, 13, 27] {
            let (changes, answer) = user.log_after(&user.home, cursor, 5, REQUIREMENT).await?;
            let mine = user.id.to_string();
            let foreign = changes.iter().find(|change| {
                let text = syncproof_protocol::table::Table::named(&change.table_name)
                    .map_or("title", |table| table.text_field);
                change.payload.as_ref().and_then(|payload| payload[text].as_str()) != Some(&mine)
            });
            answer.ensure(
                REQUIREMENT,
                foreign.is_none(),
                format!("a pull from cursor {cursor} shows a change of another workspace"),
                format!("only payloads marked {mine}"),
                format!("{foreign:?}"),
            )?;
            let expected: Vec<u64> = (cursor + 1..=28).collect();
            let versions: Vec<u64> = changes.iter().map(|change| change.server_version).collect();
            answer.equal(REQUIREMENT, "the changes after the cursor are not one's own", expected, versions)?;
        }
        for table in TABLES {
            let body = json!({"cursor": 0, "limit": 100, "tables": [table.name]});
            let answer = user.pull_with(&user.home, body).await?;
            let page: syncproof_protocol::wire::PullAnswer = answer.read(REQUIREMENT)?;
            let pks: Vec<&str> = page.changes.iter().map(|change| change.pk.as_str()).collect();
            let message = format!("a pull of {} does not show one's own four puts", table.name);
            let expected = ["pk0", "pk1", "pk2", "pk3"].map(|label| context.pk(label));
            answer.equal(REQUIREMENT, message, expected.each_ref().map(String::as_str), pks)?;
        }
    }
    Ok(())
}

async fn snapshot_untouched(context: Context) -> Checked {
    const REQUIREMENT: &str = SAME_PK;
    let (anna, ben) = tenants(&context).await?;
    let annas: Vec<_> =
        (0..9).map(|number| anna.put("threads", &format!("pk{number}")).clock(5).mark("anna")).collect();
    anna.push_ok(&anna.home, &annas, REQUIREMENT).await?;
    let mut body = json!({"pageSize": 2});
    let mut pks = Vec::new();
    for page_number in 0..10_u64 {
        let answer = anna.snapshot(&anna.home, body).await?;
        let page: SnapshotAnswer = answer.read(REQUIREMENT)?;
        let foreign = page.items.iter().find(|item| item.revision().clock != 5);
        let actual = format!("{foreign:?}");
        answer.ensure(REQUIREMENT, foreign.is_none(), "a page shows another tenant's write", "only clock 5", actual)?;
        pks.extend(page.items.iter().map(|item| item.position().1.to_owned()));
        let Some(token) = page.next_page_token else {
            let expected: Vec<String> = (0..9).map(|number| context.pk(&format!("pk{number}"))).collect();
            return answer.equal(REQUIREMENT, "the snapshot is not what its tenant wrote", expected, pks);
        };
        body = json!({"pageSize": 2, "pageToken": token});
        let writes = [
            ben.put("threads", &format!("pk{page_number}")).clock(100 + page_number).mark("ben"),
            ben.delete("threads", &format!("pk{}", page_number + 1)).clock(200 + page_number),
        ];
        ben.push_ok(&ben.home, &writes, REQUIREMENT).await?;
    }
    let answer = anna.snapshot_unactivated(&anna.home, 2).await;
    Err(answer.fails(REQUIREMENT, "nine items do not end within ten pages of two", "an end", "more pages"))
}
