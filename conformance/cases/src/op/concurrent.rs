//! One op from many clients at one instant.

use rand::RngExt as _;

use crate::prelude::*;
use syncproof_protocol::json::same_json;

const CONCURRENT: &str = "op.concurrent-replays";

cases! {
    /// 2, 8 and 20 clients push one new op at one instant, several times over.
    "op/concurrent-replays-of-one-op" checks [CONCURRENT] by one_op;
    /// 2, 8 and 20 clients push one new batch of puts and deletes at one instant.
    "op/concurrent-replays-of-a-batch" checks [CONCURRENT] by one_batch;
    /// Many clients at one instant push batches that share some of their ops, in different orders.
    "op/concurrent-replays-of-overlapping-batches" checks [CONCURRENT] by overlapping;
    /// Many clients at one instant push different ops under one id: one of them counts at most.
    "op/concurrent-reuse-of-one-id" checks ["op.reuse-conflicting", CONCURRENT] by conflicting;
}

/// The same user on that many connections, each of them open by now, so that requests really meet.
async fn crowd(user: &User, count: usize) -> Checked<Vec<User>> {
    let mut crowd = Vec::with_capacity(count);
    for _ in 0..count {
        crowd.push(user.on_new_connections()?);
    }
    let greetings = crowd.iter().cloned().map(|user| async move { user.pull(&user.home, 0, 1).await });
    for answer in at_once(greetings.collect()).await? {
        answer?.expect_status("pull.after-cursor", &[200]).in_setup()?;
    }
    Ok(crowd)
}

/// Every client pushes its batch at one instant.
async fn push_at_once(crowd: &[User], batches: &[Vec<Op>]) -> Checked<Vec<Answer>> {
    let pushes = crowd.iter().zip(batches.iter().cycle()).map(|(user, batch)| {
        let (user, batch) = (user.clone(), batch.clone());
        async move { user.push_unactivated(&user.home, &batch).await }
    });
    at_once(pushes.collect()).await
}

async fn same_for_all(journal: &mut Journal, crowd: &[User], batch: Vec<Op>) -> Checked {
    let expected = journal.predict(&batch);
    for answer in push_at_once(crowd, std::slice::from_ref(&batch)).await? {
        let versions = successes(&answer, &batch, CONCURRENT)?;
        answer.equal(
            CONCURRENT,
            "clients that pushed the same ops at one instant did not all get the versions of these ops",
            &expected,
            versions,
        )?;
    }
    let (changes, pull) = journal.user.log(&journal.workspace, CONCURRENT).await?;
    pull.equal(
        CONCURRENT,
        "after clients pushed the same ops at one instant, the log does not have one entry for each different op",
        journal.ops.len(),
        changes.len(),
    )
}

async fn one_op(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, CONCURRENT).await?;
    for clients in [2, 8, 20] {
        let crowd = crowd(&user, clients).await?;
        for round in 0..6 {
            let pk = format!("pk{clients}-{}", round / 2);
            let op = if round % 2 == 0 { user.put("threads", &pk) } else { user.delete("threads", &pk) };
            same_for_all(&mut journal, &crowd, vec![op.clock(round + 1)]).await?;
        }
    }
    journal.holds().await
}

async fn one_batch(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, CONCURRENT).await?;
    for clients in [2, 8, 20] {
        let crowd = crowd(&user, clients).await?;
        for round in 0..3 {
            let mut batch: Vec<Op> = (0..6_u64)
                .map(|number| {
                    let pk = format!("pk{clients}-{round}-{}", number % 4);
                    let op = if number == 5 { user.delete("messages", &pk) } else { user.put("messages", &pk) };
                    op.clock(number + 1)
                })
                .collect();
            // One op twice, and one that is known since the round before.
            batch.push(batch[2].clone());
            batch.extend(journal.ops.last().cloned());
            same_for_all(&mut journal, &crowd, batch).await?;
        }
    }
    journal.holds().await
}

async fn overlapping(context: Context) -> Checked {
    const CLIENTS: usize = 10;
    let mut rng = context.rng();
    let (user, mut journal) = Journal::with_user(&context, CONCURRENT).await?;
    let crowd = crowd(&user, CLIENTS).await?;
    for round in 0..5 {
        let ops: Vec<Op> = (0..12).map(|number| user.put("threads", &format!("pk{round}-{number}"))).collect();
        let batches: Vec<Vec<Op>> = (0..CLIENTS)
            .map(|client| {
                let mut batch: Vec<Op> = ops.iter().cycle().skip(client).take(6).cloned().collect();
                if rng.random_bool(0.5) {
                    batch.reverse();
                }
                batch
            })
            .collect();
        let answers = push_at_once(&crowd, &batches).await?;
        journal.adopt(&ops).await?;
        for (answer, batch) in answers.iter().zip(&batches) {
            let versions = successes(answer, batch, CONCURRENT)?;
            let expected: Vec<Option<u64>> = batch.iter().map(|op| journal.version(op.id())).collect();
            answer.equal(
                CONCURRENT,
                "the version in the result of an op is not its version in the log",
                expected,
                versions,
            )?;
        }
    }
    journal.holds().await
}

async fn conflicting(context: Context) -> Checked {
    const REQUIREMENT: &str = "op.reuse-conflicting";
    let (user, mut journal) = Journal::with_user(&context, REQUIREMENT).await?;
    for clients in [2, 8, 20] {
        let crowd = crowd(&user, clients).await?;
        for round in 0..4 {
            let first = user.put("threads", &format!("pk{clients}-{round}")).clock(3).mark("client 0");
            let batches: Vec<Vec<Op>> = (0..clients)
                .map(|client| {
                    let pk = if client % 3 == 1 { format!("{}-{client}", first.pk()) } else { first.pk().to_owned() };
                    let op =
                        user.put_exactly("threads", &pk).clock(3 + client as u64 % 2).mark(&format!("client {client}"));
                    vec![op.op_id(first.id())]
                })
                .collect();
            let answers = push_at_once(&crowd, &batches).await?;
            let (changes, pull) = user.log_after(&user.home, journal.head(), 1000, REQUIREMENT).await?;
            let message = "ops with one id and different content, pushed at one instant, left more than one log entry";
            pull.ensure(
                REQUIREMENT,
                changes.len() < 2,
                message,
                "at most one entry",
                format!("{} entries", changes.len()),
            )?;
            let mut kept = None;
            for change in &changes {
                let op = batches
                    .iter()
                    .flatten()
                    .find(|op| same_json(&op.as_change(change.server_version), &change_json(change)));
                let Some(op) = op else {
                    let actual = serde_json::to_string(change).unwrap_or_default();
                    return Err(pull.fails(
                        REQUIREMENT,
                        "the log has an entry that no client pushed",
                        "one of the ops that were pushed",
                        actual,
                    ));
                };
                kept = Some(change.server_version);
                journal.ops.push(op.clone());
            }
            for answer in answers.iter().filter(|answer| !answer.is(&[400, 409])) {
                let body: PushAnswer = answer.read(REQUIREMENT)?;
                let lie = body
                    .results
                    .iter()
                    .find(|result| result.success && (kept.is_none() || result.server_version != kept));
                let message = "a client got success for an op that the log does not have, or not at that version";
                let expected = kept.map_or_else(
                    || "no success, since the log has none of these ops".to_owned(),
                    |version| format!("success with version {version} only, where the log has one of these ops"),
                );
                answer.ensure(REQUIREMENT, lie.is_none(), message, expected, json!(lie).to_string())?;
            }
        }
        journal.holds().await?;
    }
    Ok(())
}
