//! Push: results, versions, and batches in which something is wrong.

use rand::seq::SliceRandom as _;

use crate::prelude::*;

const MIRROR: &str = "push.results-mirror-ops";
const CONTIGUOUS: &str = "push.contiguous-versions";
const HEAD: &str = "push.reports-head";
const EMPTY: &str = "push.empty-batch";
const ALL_TABLES: &str = "push.all-tables";
const SPARES: &str = "push.bad-op-spares-others";

cases! {
    /// 100 ops on all tables in no order, copies and replays among them: one result each, in order.
    "push/results-mirror-ops" checks [MIRROR] by results_mirror;
    /// Op ids in upper case and in mixed case come back as they were sent, from push and from pull.
    "push/op-ids-in-other-letter-case" checks [MIRROR, "pull.echoes-stamp"] by ids_in_other_case;
    /// Ops that fail stand at every place of a batch: each result stays with its op.
    "push/results-mirror-failing-ops" checks [MIRROR, SPARES] by results_mirror_failures;
    /// Batches of many sizes take head+1, head+2 …; replays and failures in between take none.
    "push/contiguous-versions" checks [CONTIGUOUS] by contiguous;
    /// serverVersion lies between the highest version of the results and the head, replays included.
    "push/reports-the-head" checks [HEAD] by reports_head;
    /// serverVersion lies between the highest version of the results and the head, in batches of nothing but new ops.
    "push/reports-the-head-of-new-ops" checks [HEAD] by reports_head_of_new;
    /// Empty batches succeed in an empty and in a full workspace, and change nothing.
    "push/empty-batch" checks [EMPTY] by empty_batch;
    /// Put, overwrite and delete in every table, with the required fields only and with all.
    "push/all-tables" checks [ALL_TABLES] by all_tables;
}

pub(crate) fn fresh(user: &User, count: usize, name: &str) -> Vec<Op> {
    (0..count).map(|number| user.put("threads", &format!("{name}-{number}")).mark(name)).collect()
}

async fn results_mirror(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, MIRROR).await?;
    let tables = context.tables();
    for round in 0..3 {
        let mut batch: Vec<Op> = (0..85_u64)
            .map(|number| {
                let table = tables[number as usize % tables.len()];
                let pk = format!("pk{}", number % 10);
                let put = user.put(table.name, &pk).clock(number + 1).mark(&format!("{round}-{number}"));
                // Losers, too: the records of the first round have these clocks already.
                let hlc = format!("{round}-{number}");
                if number % 4 == 3 { user.delete(table.name, &pk).clock(number + 1).hlc(hlc) } else { put.hlc(hlc) }
            })
            .collect();
        let copies: Vec<Op> = batch.iter().step_by(9).cloned().collect();
        let replays: Vec<Op> = journal.ops.iter().take(5).cloned().collect();
        batch.extend(copies);
        batch.extend(replays);
        if round > 0 {
            batch.shuffle(&mut context.rng());
        }
        journal.push_ok(&batch).await?;
    }
    journal.push_ok(&[user.put("threads", "alone")]).await?;
    journal.holds().await
}

async fn ids_in_other_case(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, MIRROR).await?;
    let mixed = |id: &str| -> String {
        let letters = id.chars().enumerate();
        letters.map(|(place, c)| if place % 2 == 0 { c.to_ascii_uppercase() } else { c }).collect()
    };
    let spelled = |op: Op, spelling: &dyn Fn(&str) -> String| {
        let id = spelling(op.id());
        op.op_id(id)
    };
    let plain = fresh(&user, 9, "spelled");
    let respelled = plain.into_iter().enumerate().map(|(number, op)| match number % 3 {
        0 => spelled(op, &str::to_ascii_uppercase),
        1 => spelled(op, &mixed),
        _ => op,
    });
    let batch: Vec<Op> = respelled.collect();
    let answer = user.push(&journal.workspace, &batch).await?;
    // A UUID is the same in both (RFC 9562, section 4), but a server may take the form that it would write only.
    if answer.is(&[400]) {
        return Err(Stop::Skipped("the server takes op ids in lower case only".to_owned()));
    }
    journal.gets_its_versions(&batch, &answer)?;
    journal.holds().await
}

/// Invalid ops that may fail alone.
pub(crate) fn faulty(user: &User, pk: &str) -> Vec<Op> {
    vec![
        user.put("no_such_table", pk),
        user.put("threads", pk).without_field("status"),
        user.put("threads", pk).field("id", json!("another")),
        user.delete("no_such_table", pk),
        user.put("threads", pk).field("pinned", json!("no")),
    ]
}

async fn results_mirror_failures(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, MIRROR).await?;
    for place in 0..4 {
        for (number, bad) in faulty(&user, "bad").into_iter().enumerate() {
            let mut batch = fresh(&user, 3, &format!("{place}-{number}"));
            batch.insert(place, bad);
            // `attempt` compares the ids in the results with those of the ops.
            let settled = journal.attempt(&batch).await?;
            context.check_should(settled.spared_beside(place, SPARES));
            let refused = settled.refused(place);
            let message = "the result at the place of an invalid op is a success";
            let actual = settled.answer.outcome();
            settled.answer.ensure(MIRROR, refused, message, format!("no success for op {}", place + 1), actual)?;
        }
    }
    let (mut batch, bad) = (fresh(&user, 5, "many"), faulty(&user, "bad"));
    for (number, bad) in bad.into_iter().enumerate() {
        batch.insert(2 * number, bad);
    }
    let settled = journal.attempt(&batch).await?;
    let fit: Vec<usize> = (0..10).filter(|place| place % 2 == 1).collect();
    context.check_should(settled.spared(&fit, SPARES));
    journal.holds().await
}

async fn contiguous(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, CONTIGUOUS).await?;
    for (round, size) in [1, 2, 7, 1, 50, 100, 3].into_iter().enumerate() {
        let batch = fresh(&user, size, &format!("{round}"));
        journal.push_ok(&batch).await?;
        journal.push_ok(&batch[..size.min(3)]).await?;
        let mut with_failures = fresh(&user, 4, &format!("{round} beside"));
        with_failures.insert(round % 5, user.put("no_such_table", "bad"));
        with_failures.insert(round % 3, user.put("threads", "bad").without_field("status"));
        with_failures.push(batch[0].clone());
        let settled = journal.attempt(&with_failures).await?;
        let fit: Vec<usize> =
            (0..with_failures.len()).filter(|place| !with_failures[*place].pk().ends_with("bad")).collect();
        context.check_should(settled.spared(&fit, SPARES));
        // A refused batch and an empty one take no version.
        journal.attempt(&[user.put("no_such_table", "bad")]).await?;
        journal.attempt(&[]).await?;
    }
    journal.push_ok(&[user.delete("threads", "0-0").clock(9), user.put("kv", "last")]).await?;
    journal.holds().await
}

/// Checks the version that a push reports, after a push of which an op succeeded.
fn head_is_reported(journal: &Journal, answer: &Answer) -> Checked {
    let body: PushAnswer = answer.read(HEAD)?;
    let successes = body.results.iter().filter(|result| result.success);
    let Some(highest) = successes.filter_map(|result| result.server_version).max() else { return Ok(()) };
    let expected = format!("{highest} to {}", journal.head());
    let holds = (highest..=journal.head()).contains(&body.server_version);
    let message = "serverVersion is less than a result's version, or more than the head";
    answer.ensure(HEAD, holds, message, expected, body.server_version.to_string())
}

async fn reports_head_of_new(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, HEAD).await?;
    for size in [1, 5, 1, 20, 2] {
        let answer = journal.push_ok(&fresh(&user, size, &format!("after-{}", journal.head()))).await?;
        head_is_reported(&journal, &answer)?;
    }
    journal.holds().await
}

async fn reports_head(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, HEAD).await?;
    let first = fresh(&user, 3, "first");
    let second = [user.delete("threads", "first-1").clock(4), user.put("threads", "first-0").clock(0)];
    for batch in [&first[..], &second, &first, &first[..1], &second[1..], &[second[0].clone(), first[2].clone()]] {
        let answer = journal.push_ok(batch).await?;
        head_is_reported(&journal, &answer)?;
    }
    let new = fresh(&user, 2, "mixed");
    // A replay is last, and the highest version in the middle.
    let mixed = [first[0].clone(), new[0].clone(), new[1].clone(), first[1].clone()];
    let answer = journal.push_ok(&mixed).await?;
    head_is_reported(&journal, &answer)?;
    for place in 0..3 {
        let mut batch = vec![first[1].clone(), user.put("threads", &format!("beside-{place}"))];
        batch.insert(place, user.put("no_such_table", "bad"));
        let settled = journal.attempt(&batch).await?;
        if settled.results.is_some() {
            head_is_reported(&journal, &settled.answer)?;
        }
    }
    journal.holds().await
}

async fn empty_batch(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, EMPTY).await?;
    journal.push_ok(&[]).await?;
    journal.push_ok(&[]).await?;
    journal.holds().await?;
    journal.push_ok(&fresh(&user, 3, "full")).await.in_setup()?;
    journal.push_ok(&[user.delete("threads", "full-1").clock(2)]).await.in_setup()?;
    journal.push_ok(&[]).await?;
    journal.holds().await?;
    journal.push_ok(&[user.put("threads", "next")]).await?;
    journal.holds().await
}

async fn all_tables(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, ALL_TABLES).await?;
    let optional: [(&str, &[&str]); 7] = [
        ("threads", &["title"]),
        ("messages", &["hlc"]),
        ("projects", &[]),
        ("posts", &[]),
        ("kv", &["value"]),
        ("file_meta", &["kind", "mime_type", "size_bytes"]),
        ("notifications", &["thread_id", "document_id", "body", "actions", "read_at", "deleted_at"]),
    ];
    for (table, fields) in optional {
        let least = fields.iter().fold(user.put(table, "pk").clock(1), |op, field| op.without_field(field));
        journal.push_ok(&[least]).await?;
        journal.push_ok(&[user.put(table, "pk").clock(2).mark("overwritten")]).await?;
        journal.holds().await?;
        journal.push_ok(&[user.delete(table, "pk").clock(3)]).await?;
        journal.push_ok(&[user.put(table, "pk").clock(4).mark("back")]).await?;
        journal.push_ok(&[user.put(table, "other"), user.delete(table, "pk").clock(5)]).await?;
        journal.holds().await?;
    }
    let full = [
        user.put("threads", "full").field("title", Value::Null),
        user.put("messages", "full").field("hlc", json!("1750000000000:0000:a")),
        user.put("kv", "full").field("value", Value::Null),
        user.put("file_meta", "full").field("size_bytes", json!(0)),
        user.put("notifications", "full")
            .field("thread_id", json!("thread"))
            .field("document_id", json!("document"))
            .field("body", json!("body"))
            .field("actions", json!([{"id": "open"}, {"id": "close"}]))
            .field("read_at", json!(1_750_000_001))
            .field("deleted_at", json!(1_750_000_002)),
    ];
    for op in full {
        journal.push_ok(&[op]).await?;
    }
    journal.holds().await
}

/// Checks that an op was refused as invalid: with VALIDATION_ERROR, or its batch with 400.
pub(crate) fn invalid(
    requirement: &'static str,
    settled: &syncproof_harness::world::PushOutcome,
    place: usize,
    what: &str,
) -> Checked {
    settled.answer.ensure(
        requirement,
        settled.invalid(place),
        format!("{what} is not refused as invalid"),
        "400 for the batch, or VALIDATION_ERROR for the op",
        settled.answer.outcome(),
    )
}
