//! Isolation: whatever lives in one workspace is nobody's business in another.

use serde_json::json;

use crate::capability::Capability;
use crate::case::{Case, Stage};
use crate::failure::{Checked, Setup as _};
use crate::payload::TABLES;
use crate::wire::{Id, OkAnswer, SnapshotAnswer};
use crate::world::{Context, User, at_once};

const SAME_PK: &str = "isolation.same-pk";

/// Cases of this file.
pub(super) const CASES: &[Case] = &[
    Case {
        id: "isolation/same-pk-put-in-two-workspaces",
        requirements: &[SAME_PK],
        needs: &[],
        stage: Stage::Main,
        summary: "Two tenants put the same pk in all seven tables; each keeps their own.",
        run: |context| Box::pin(put_in_two(context)),
    },
    Case {
        id: "isolation/same-pk-in-many-workspaces-at-once",
        requirements: &[SAME_PK, "concurrent.workspaces-independent"],
        needs: &[],
        stage: Stage::Main,
        summary: "Ten tenants put, overwrite and delete the same pks at one instant; each keeps their own.",
        run: |context| Box::pin(in_many_at_once(context)),
    },
    Case {
        id: "isolation/same-pk-overwritten-independently",
        requirements: &[SAME_PK],
        needs: &[],
        stage: Stage::Main,
        summary: "One tenant overwrites with far higher clocks; the other's lower clocks still win at home.",
        run: |context| Box::pin(overwritten(context)),
    },
    Case {
        id: "isolation/same-pk-put-against-delete",
        requirements: &[SAME_PK],
        needs: &[],
        stage: Stage::Main,
        summary: "One tenant deletes what both have; the other's record lives on, and so does the tombstone.",
        run: |context| Box::pin(put_against_delete(context)),
    },
    Case {
        id: "isolation/same-pk-deleted-first",
        requirements: &[SAME_PK],
        needs: &[],
        stage: Stage::Main,
        summary: "One tenant deletes a pk with a high clock before the other ever puts it with a low one.",
        run: |context| Box::pin(deleted_first(context)),
    },
    Case {
        id: "isolation/same-pk-in-two-workspaces-of-one-user",
        requirements: &[SAME_PK],
        needs: &[],
        stage: Stage::Main,
        summary: "One user keeps the same pk in two workspaces of their own, switching to and fro.",
        run: |context| Box::pin(two_workspaces_of_one_user(context)),
    },
    Case {
        id: "isolation/same-pk-in-one-batch-of-all-tables",
        requirements: &[SAME_PK, "tombstone.per-table"],
        needs: &[],
        stage: Stage::Main,
        summary: "Both tenants push one batch with the same pk in every table, put and then deleted in some.",
        run: |context| Box::pin(one_batch_of_all_tables(context)),
    },
    Case {
        id: "isolation/versions-do-not-move-with-others",
        requirements: &["isolation.versions", "push.contiguous-versions"],
        needs: &[],
        stage: Stage::Main,
        summary: "Two tenants push in turns; each sees 1, 2, 3 … in their own workspace.",
        run: |context| Box::pin(versions(context)),
    },
    Case {
        id: "isolation/pull-shows-only-ones-own",
        requirements: &["isolation.pull"],
        needs: &[],
        stage: Stage::Main,
        summary: "After mixed traffic with equal pks, pulls from every cursor and with every filter show only one's own.",
        run: |context| Box::pin(pulls(context)),
    },
    Case {
        id: "isolation/snapshot-untouched-by-others",
        requirements: &[SAME_PK, "snapshot.consistent"],
        needs: &[Capability::Snapshot],
        stage: Stage::Main,
        summary: "A snapshot walked in small pages does not change while another tenant writes the same pks.",
        run: |context| Box::pin(snapshot_untouched(context)),
    },
    Case {
        id: "isolation/snapshot-token-opens-no-other-workspace",
        requirements: &["isolation.snapshot-token"],
        needs: &[Capability::Snapshot],
        stage: Stage::Main,
        summary: "A page token of one workspace is refused in another tenant's and in another of one's own.",
        run: |context| Box::pin(snapshot_token(context)),
    },
    Case {
        id: "isolation/cursor-of-one-workspace-only",
        requirements: &["isolation.cursor"],
        needs: &[],
        stage: Stage::Main,
        summary: "The same device id stands at a high version in one workspace and starts low in another.",
        run: |context| Box::pin(cursors(context)),
    },
    Case {
        id: "isolation/strangers-are-refused-everywhere",
        requirements: &["isolation.scope-checked"],
        needs: &[],
        stage: Stage::Main,
        summary: "A stranger is refused on every sync endpoint of an existing workspace, and nothing changes.",
        run: |context| Box::pin(strangers(context)),
    },
    Case {
        id: "isolation/unknown-workspace-is-refused-alike",
        requirements: &["isolation.scope-checked", "workspace.stranger"],
        needs: &[],
        stage: Stage::Main,
        summary: "Every sync endpoint answers a stranger the same for a foreign and for an unknown workspace.",
        run: |context| Box::pin(unknown_alike(context)),
    },
    Case {
        id: "isolation/payload-cannot-point-elsewhere",
        requirements: &["push.payload-stays-in-workspace"],
        needs: &[],
        stage: Stage::Main,
        summary: "Payloads that name another tenant's workspace are refused or leave that workspace untouched.",
        run: |context| Box::pin(payload_elsewhere(context)),
    },
];

/// Two tenants, each in a workspace that nobody else is in.
async fn tenants(context: &Context) -> Checked<(User, User)> {
    Ok((context.user("anna").await?, context.user("ben").await?))
}

async fn put_in_two(context: Context) -> Checked {
    let (anna, ben) = tenants(&context).await?;
    let (mut annas, mut bens) = (Vec::new(), Vec::new());
    for table in TABLES {
        annas.push(anna.put(table.name, "shared").mark("anna"));
        anna.pushes(&anna.home, &annas[annas.len() - 1..], SAME_PK).await?;
        bens.push(ben.put(table.name, "shared").mark("ben"));
        ben.pushes(&ben.home, &bens[bens.len() - 1..], SAME_PK).await?;
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
            user.pushes(&user.home, batch, SAME_PK).await?;
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
        anna.pushes(&anna.home, &high, SAME_PK).await?;
        let low = [
            ben.put(table.name, "shared").clock(1).mark("ben's first"),
            ben.put(table.name, "shared").clock(2).mark("ben's second"),
        ];
        let answer = ben.push(&ben.home, &low).await?;
        let versions = crate::world::sync::successes(&answer, &low, SAME_PK)?;
        let body: crate::wire::PushAnswer = answer.read(SAME_PK)?;
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
    anna.pushes(&anna.home, &annas, SAME_PK).await?;
    for (user, first, second) in [(&anna, 50, 90), (&ben, 1, 2)] {
        let (changes, answer) = user.log(&user.home, SAME_PK).await?;
        let clocks: Vec<u64> =
            changes.iter().filter(|change| change.pk == "shared").map(|change| change.stamp.clock).collect();
        answer.equal(SAME_PK, "the log holds other writes than its own", [first, second].repeat(7), clocks)?;
    }
    if context.has(Capability::Snapshot) {
        for (user, clock) in [(&anna, 90), (&ben, 2)] {
            let (items, answer) = user.items(&user.home, SAME_PK).await?;
            let clocks: Vec<u64> =
                items.iter().filter(|item| item.position().1 == "shared").map(|item| item.revision().clock).collect();
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
    anna.pushes(&anna.home, &annas, SAME_PK).await?;
    ben.pushes(&ben.home, &bens, SAME_PK).await?;
    let deletes: Vec<_> = TABLES.iter().map(|table| anna.delete(table.name, "shared").clock(5)).collect();
    anna.pushes(&anna.home, &deletes, SAME_PK).await?;
    annas.extend(deletes);
    ben.holds(&ben.home, &bens, SAME_PK).await?;
    // Ben goes on with clocks under anna's delete: her tombstone is not his.
    let again: Vec<_> = TABLES.iter().map(|table| ben.put(table.name, "shared").clock(3).mark("ben again")).collect();
    ben.pushes(&ben.home, &again, SAME_PK).await?;
    bens.extend(again);
    ben.holds(&ben.home, &bens, SAME_PK).await?;
    anna.holds(&anna.home, &annas, SAME_PK).await
}

async fn deleted_first(context: Context) -> Checked {
    let (anna, ben) = tenants(&context).await?;
    let annas: Vec<_> = TABLES.iter().map(|table| anna.delete(table.name, "shared").clock(100)).collect();
    anna.pushes(&anna.home, &annas, SAME_PK).await?;
    let bens: Vec<_> = TABLES.iter().map(|table| ben.put(table.name, "shared").clock(1).mark("ben")).collect();
    ben.pushes(&ben.home, &bens, SAME_PK).await?;
    ben.holds(&ben.home, &bens, SAME_PK).await?;
    let deletes: Vec<_> = TABLES.iter().map(|table| ben.delete(table.name, "shared").clock(2)).collect();
    ben.pushes(&ben.home, &deletes, SAME_PK).await?;
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
        anna.pushes(&anna.home, &at_home[round..], SAME_PK).await?;
        let op = if round % 2 == 0 {
            anna.put(table.name, "shared").mark("other")
        } else {
            anna.delete(table.name, "shared")
        };
        elsewhere.push(op.clock(clock));
        anna.pushes(&other, &elsewhere[round..], SAME_PK).await?;
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
    anna.pushes(&anna.home, &annas, SAME_PK).await?;
    ben.pushes(&ben.home, &bens, SAME_PK).await?;
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
            let versions = crate::world::sync::successes(&answer, &ops, REQUIREMENT)?;
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
            user.pushes(&user.home, &ops, REQUIREMENT).await?;
        }
    }
    for user in [&anna, &ben] {
        for cursor in [0, 1, 7, 13, 27] {
            let (changes, answer) = user.log_after(&user.home, cursor, 5, REQUIREMENT).await?;
            let mine = user.id.to_string();
            let foreign = changes.iter().find(|change| {
                let text = crate::payload::table(&change.table_name).map_or("title", |table| table.text_field);
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
            let body = json!({
                "scope": {"workspaceId": user.home}, "cursor": 0, "limit": 100, "tables": [table.name],
            });
            let answer = user.post("/api/sync/pull", &body).await;
            let page: crate::wire::PullAnswer = answer.read(REQUIREMENT)?;
            let pks: Vec<&str> = page.changes.iter().map(|change| change.pk.as_str()).collect();
            let message = format!("a pull of {} does not show one's own four puts", table.name);
            answer.equal(REQUIREMENT, message, ["pk0", "pk1", "pk2", "pk3"], pks)?;
        }
    }
    Ok(())
}

async fn snapshot_untouched(context: Context) -> Checked {
    const REQUIREMENT: &str = SAME_PK;
    let (anna, ben) = tenants(&context).await?;
    let annas: Vec<_> =
        (0..9).map(|number| anna.put("threads", &format!("pk{number}")).clock(5).mark("anna")).collect();
    anna.pushes(&anna.home, &annas, REQUIREMENT).await?;
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
            let expected: Vec<String> = (0..9).map(|number| format!("pk{number}")).collect();
            return answer.equal(REQUIREMENT, "the snapshot is not what its tenant wrote", expected, pks);
        };
        body = json!({"pageSize": 2, "pageToken": token});
        let writes = [
            ben.put("threads", &format!("pk{page_number}")).clock(100 + page_number).mark("ben"),
            ben.delete("threads", &format!("pk{}", page_number + 1)).clock(200 + page_number),
        ];
        ben.pushes(&ben.home, &writes, REQUIREMENT).await?;
    }
    let answer = anna.attempt_snapshot(&anna.home, 2).await;
    Err(answer.fails(REQUIREMENT, "nine items do not end within ten pages of two", "an end", "more pages"))
}

async fn snapshot_token(context: Context) -> Checked {
    const REQUIREMENT: &str = "isolation.snapshot-token";
    const REFUSALS: &[u16] = &[400, 403, 404, 410];
    let (anna, ben) = tenants(&context).await?;
    for user in [&anna, &ben] {
        let ops: Vec<_> = (0..5).map(|number| user.put("threads", &format!("pk{number}"))).collect();
        user.pushes(&user.home, &ops, REQUIREMENT).await.as_setup()?;
    }
    let answer = anna.snapshot(&anna.home, json!({"pageSize": 2})).await?;
    let page: SnapshotAnswer = answer.read("snapshot.complete").as_setup()?;
    let Some(token) = page.next_page_token else {
        let actual = answer.outcome();
        return Err(answer.fails("snapshot.complete", "five items fit a page of two", "a token", actual)).as_setup();
    };
    let body = json!({"pageSize": 2, "pageToken": token});
    ben.snapshot(&ben.home, body.clone()).await?.expect_status(REQUIREMENT, REFUSALS)?;
    // A stranger with a stolen token, asking in the token's own workspace.
    let mut stolen = body.clone();
    stolen["scope"] = json!({"workspaceId": anna.home});
    ben.post("/api/sync/snapshot", &stolen).await.expect_status(REQUIREMENT, REFUSALS)?;
    let other = anna.new_workspace("other").await?;
    let ops: Vec<_> = (0..5).map(|number| anna.put("threads", &format!("pk{number}"))).collect();
    anna.pushes(&other, &ops, REQUIREMENT).await.as_setup()?;
    anna.snapshot(&other, body.clone()).await?.expect_status(REQUIREMENT, REFUSALS)?;
    // The refusals have not spoilt the token where it belongs.
    anna.snapshot(&anna.home, body).await?.read::<SnapshotAnswer>("snapshot.complete")?;
    Ok(())
}

async fn cursors(context: Context) -> Checked {
    const REQUIREMENT: &str = "isolation.cursor";
    let (anna, ben) = tenants(&context).await?;
    let ops: Vec<_> = (0..9).map(|number| anna.put("threads", &format!("pk{number}"))).collect();
    anna.pushes(&anna.home, &ops, REQUIREMENT).await.as_setup()?;
    anna.moves_cursor(&anna.home, "device", 9, REQUIREMENT).await?;
    let other = anna.new_workspace("other").await?;
    for (user, workspace) in [(&ben, &ben.home), (&anna, &other)] {
        user.pushes(workspace, &[user.put("threads", "pk")], REQUIREMENT).await.as_setup()?;
        // 1 is the head here and far behind there: a cursor of that workspace alone takes it as its first.
        let answer = user.update_cursor(workspace, "device", 1).await?;
        answer.read::<OkAnswer>(REQUIREMENT)?;
    }
    anna.moves_cursor(&anna.home, "device", 9, REQUIREMENT).await
}

/// What a stranger may try in a workspace, by the name of the endpoint.
async fn trespasses(stranger: &User, workspace: &Id) -> Vec<(&'static str, crate::client::Answer)> {
    let mut answers = vec![
        ("push", stranger.attempt_push(workspace, &[stranger.put("threads", "trespass").clock(1000)]).await),
        ("push of a delete", stranger.attempt_push(workspace, &[stranger.delete("threads", "pk").clock(1000)]).await),
        ("empty push", stranger.attempt_push(workspace, &[]).await),
        ("pull", stranger.attempt_pull(workspace, 0, 100).await),
        ("update-cursor", stranger.attempt_cursor(workspace, "device", 1).await),
    ];
    if stranger.context().has(Capability::Snapshot) {
        answers.push(("snapshot", stranger.attempt_snapshot(workspace, 100).await));
    }
    if stranger.context().has(Capability::Gc) {
        let body = json!({"scope": {"workspaceId": workspace}, "retentionSeconds": 1});
        answers.push(("gc-change-log", stranger.post("/api/sync/gc-change-log", &body).await));
        answers.push(("gc-tombstones", stranger.post("/api/sync/gc-tombstones", &body).await));
    }
    answers
}

async fn strangers(context: Context) -> Checked {
    const REQUIREMENT: &str = "isolation.scope-checked";
    let (anna, stranger) = tenants(&context).await?;
    let ops = [anna.put("threads", "pk").clock(5).mark("anna"), anna.put("kv", "pk").clock(5).mark("anna")];
    anna.pushes(&anna.home, &ops, REQUIREMENT).await.as_setup()?;
    for (_, answer) in trespasses(&stranger, &anna.home).await {
        answer.expect_forbidden(REQUIREMENT)?;
    }
    anna.holds(&anna.home, &ops, REQUIREMENT).await
}

async fn unknown_alike(context: Context) -> Checked {
    const REQUIREMENT: &str = "isolation.scope-checked";
    let (anna, stranger) = tenants(&context).await?;
    anna.pushes(&anna.home, &[anna.put("threads", "pk")], REQUIREMENT).await.as_setup()?;
    let unknown = Id::text(uuid::Uuid::new_v4().to_string());
    let foreign = trespasses(&stranger, &anna.home).await;
    let missing = trespasses(&stranger, &unknown).await;
    for ((endpoint, foreign), (_, missing)) in foreign.iter().zip(&missing) {
        missing.expect_forbidden(REQUIREMENT)?;
        let message = format!("{endpoint} tells an existing workspace from an unknown one");
        missing.equal("workspace.stranger", message, foreign.status(), missing.status())?;
    }
    Ok(())
}

async fn payload_elsewhere(context: Context) -> Checked {
    const REQUIREMENT: &str = "push.payload-stays-in-workspace";
    let (anna, ben) = tenants(&context).await?;
    let bens = [ben.put("threads", "pk").clock(1).mark("ben"), ben.put("kv", "pk").clock(1).mark("ben")];
    ben.pushes(&ben.home, &bens, REQUIREMENT).await.as_setup()?;
    for (number, field) in ["workspace_id", "workspaceId"].into_iter().enumerate() {
        for table in ["threads", "kv"] {
            let clock = 100 + number as u64;
            for pk in ["pk", "planted"] {
                let put = anna.put(table, pk).clock(clock).mark("anna").field(field, json!(ben.home));
                let answer = anna.push(&anna.home, &[put]).await?;
                answer.expect_status(REQUIREMENT, &[200, 400, 403, 404, 422])?;
            }
            let mut delete = anna.delete(table, "pk").clock(clock + 50);
            delete = delete.payload(Some(json!({field: ben.home})));
            anna.push(&anna.home, &[delete]).await?.expect_status(REQUIREMENT, &[200, 400, 403, 404, 422])?;
        }
    }
    ben.holds(&ben.home, &bens, REQUIREMENT).await
}
