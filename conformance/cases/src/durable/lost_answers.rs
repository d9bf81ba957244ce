//! Durability: answers that the network loses.

use std::collections::BTreeMap;

use crate::prelude::*;
use syncproof_harness::fault::{Fault, Proxy};
use syncproof_protocol::endpoint;

const LOST: &str = "durable.lost-response-retries";
const PUSH: &str = endpoint::PUSH.path;

cases! {
    /// The answer to a push is lost, cut, or its client gone; the retry gets the original versions.
    "durable/lost-answer-then-retry" checks [LOST] by then_retry;
    /// Of a batch of known and new ops the answer is lost, twice; the retry, in parts too, gives each its version.
    "durable/lost-answer-of-a-mixed-batch" checks [LOST] by mixed_batch;
    /// A client that goes on retries what was lost together with later ops of the same records.
    "durable/lost-answer-and-the-next-batch" checks [LOST] by next_batch;
    /// Eight clients push at one instant, lose their answers, and retry at one instant.
    "durable/lost-answers-of-several-clients" checks [LOST] by several_clients;
    /// The retry comes on four connections while the push whose client is gone may still be worked on.
    "durable/retry-meets-the-first-push" checks [LOST] by meets_the_first;
}

/// The user behind a proxy that loses every answer.
async fn through_proxy(context: &Context, user: &User, fault: Fault) -> Checked<(Proxy, User)> {
    let proxy = Proxy::start(context.target(), fault).await.map_err(Stop::Skipped)?;
    let user = user.at(proxy.base())?;
    Ok((proxy, user))
}

/// Pushes through the proxy, which has to lose the answer.
async fn lose(proxy: &Proxy, user: &User, workspace: &Id, ops: &[Op]) -> Checked {
    let before = proxy.passed();
    let answer = user.post(PUSH, &push_body(workspace, ops)).await;
    if proxy.passed() > before && got_lost(&answer) {
        return Ok(());
    }
    let mut failure = Failure::new(
        LOST,
        "a push got its answer, although the suite's proxy discards it",
        "no answer",
        answer.outcome(),
    );
    failure.exchange = Some(std::sync::Arc::clone(answer.exchange()));
    Err(failure.into())
}

/// Whether no complete answer arrived. An answer without a length ends with its connection, cut or not.
fn got_lost(answer: &Answer) -> bool {
    answer.status().is_none() || answer.json().is_none()
}

/// The versions in the lost answers, by op id.
fn versions_seen(proxy: &Proxy) -> BTreeMap<String, u64> {
    let answers = proxy.lost().into_iter().filter_map(|body| serde_json::from_value::<PushAnswer>(body).ok());
    let results = answers.flat_map(|answer| answer.results);
    results.filter_map(|result| Some((result.op_id, result.server_version.filter(|_| result.success)?))).collect()
}

/// Checks that a retry gets the versions of the lost answers.
fn matches_proxy(answer: &Answer, ops: &[Op], proxy: &Proxy) -> Checked<Vec<u64>> {
    let versions = successes(answer, ops, LOST)?;
    let lost = versions_seen(proxy);
    for (op, version) in ops.iter().zip(&versions) {
        let original = lost.get(op.id()).unwrap_or(version);
        answer.equal(
            LOST,
            "a retry gets another version than the first push, whose answer was lost",
            original,
            version,
        )?;
    }
    Ok(versions)
}

fn batch(user: &User, label: &str) -> Vec<Op> {
    vec![
        user.put("threads", label).clock(2).mark(label),
        user.put("kv", label).clock(2).field("value", json!({"label": label, "list": [1, null, 0.5]})),
        user.delete("posts", label).clock(2),
        user.put("threads", label).clock(3).mark(&format!("{label}, again")),
    ]
}

async fn then_retry(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, LOST).await?;
    for fault in Fault::ALL {
        let (proxy, lossy) = through_proxy(&context, &user, fault).await?;
        for round in 0..3 {
            let ops = batch(&user, &format!("{fault:?} {round}"));
            lose(&proxy, &lossy, &journal.workspace, &ops).await?;
            let answer = journal.push_ok(&ops).await?;
            proxy.quiet().await;
            matches_proxy(&answer, &ops, &proxy)?;
            journal.push_ok(&ops[1..3]).await?;
            journal.holds().await?;
        }
    }
    Ok(())
}

async fn mixed_batch(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, LOST).await?;
    for fault in Fault::ALL {
        let label = format!("{fault:?}");
        let known = batch(&user, &format!("{label}, known"));
        journal.push_ok(&known).await.in_setup()?;
        let new = batch(&user, &format!("{label}, new"));
        let mixed: Vec<Op> = known.iter().zip(&new).flat_map(|(known, new)| [known.clone(), new.clone()]).collect();
        let (proxy, lossy) = through_proxy(&context, &user, fault).await?;
        for _ in 0..2 {
            lose(&proxy, &lossy, &journal.workspace, &mixed).await?;
        }
        // A client may split its retries into other batches.
        let answer = journal.push_ok(&mixed[..5]).await?;
        matches_proxy(&answer, &mixed[..5], &proxy)?;
        proxy.quiet().await;
        let answer = journal.push_ok(&mixed).await?;
        matches_proxy(&answer, &mixed, &proxy)?;
        journal.holds().await?;
    }
    Ok(())
}

async fn next_batch(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, LOST).await?;
    for fault in Fault::ALL {
        let label = format!("{fault:?}");
        let (proxy, lossy) = through_proxy(&context, &user, fault).await?;
        let lost = batch(&user, &label);
        lose(&proxy, &lossy, &journal.workspace, &lost).await?;
        proxy.quiet().await;
        let later =
            [user.put("threads", &label).clock(9).mark("later"), user.put("posts", &label).clock(9).mark("later")];
        let all = [&lost[..], &later].concat();
        lose(&proxy, &lossy, &journal.workspace, &all).await?;
        let answer = journal.push_ok(&all).await?;
        proxy.quiet().await;
        matches_proxy(&answer, &all, &proxy)?;
        // An older op that is retried last does not come back over the later one.
        journal.push_ok(&lost).await?;
        journal.holds().await?;
    }
    Ok(())
}

async fn several_clients(context: Context) -> Checked {
    let (anna, mut journal) = Journal::with_user(&context, LOST).await?;
    for fault in Fault::ALL {
        let (proxy, lossy) = through_proxy(&context, &anna, fault).await?;
        let batches: Vec<Vec<Op>> = (0..8).map(|number| batch(&anna, &format!("{fault:?} of {number}"))).collect();
        for answer in push_at_once(&lossy, &batches).await? {
            let (lost, message) = (got_lost(&answer), "a push got its answer, although the suite's proxy discards it");
            answer.ensure(LOST, lost, message, "no answer", answer.outcome())?;
        }
        let answers = push_at_once(&anna, &batches).await?;
        proxy.quiet().await;
        let log = journal.adopt(&batches.concat()).await?;
        for (answer, batch) in answers.iter().zip(&batches) {
            let versions = matches_proxy(answer, batch, &proxy)?;
            let logged: Vec<Option<u64>> = batch.iter().map(|op| journal.version(op.id())).collect();
            answer.equal(LOST, "a retry gets other versions than the log has", logged, &versions)?;
            let whole: Vec<u64> = (versions.first().copied().unwrap_or_default()..).take(batch.len()).collect();
            log.equal(LOST, "the ops of a retried batch are not adjacent in the log", whole, versions)?;
            journal.push_ok(batch).await?;
        }
        journal.holds().await?;
    }
    Ok(())
}

/// Pushes each batch over a connection of its own, all at one instant.
async fn push_at_once(user: &User, batches: &[Vec<Op>]) -> Checked<Vec<Answer>> {
    let mut pushes = Vec::new();
    for batch in batches {
        let (user, batch) = (user.on_new_connections()?, batch.clone());
        pushes.push(async move { user.push_unactivated(&user.home, &batch).await });
    }
    at_once(pushes).await
}

async fn meets_the_first(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, LOST).await?;
    for round in 0..6 {
        let fault = [Fault::ClientGone, Fault::BothGone][round % 2];
        let (proxy, lossy) = through_proxy(&context, &user, fault).await?;
        // Enough ops that the server needs some time.
        let ops: Vec<Op> = (0..12).flat_map(|number| batch(&user, &format!("{round}.{number}"))).collect();
        let connections: Vec<User> = (0..4).map(|_| user.on_new_connections()).collect::<Checked<_>>()?;
        for connection in &connections {
            connection.session(LOST).await.in_setup()?;
        }
        lose(&proxy, &lossy, &journal.workspace, &ops).await?;
        let retries = connections.into_iter().map(|user| {
            let (home, ops) = (journal.workspace.clone(), ops.clone());
            async move { user.push_unactivated(&home, &ops).await }
        });
        let answers = at_once(retries.collect()).await?;
        proxy.quiet().await;
        let expected = journal.predict(&ops);
        for answer in &answers {
            let versions = matches_proxy(answer, &ops, &proxy)?;
            answer.equal(
                LOST,
                "a retry that arrives during the first push gets other versions than that push",
                &expected,
                versions,
            )?;
        }
        journal.push_ok(&ops).await?;
        journal.holds().await?;
    }
    Ok(())
}
