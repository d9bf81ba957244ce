//! Concurrency: many pushes at one instant, and replicas that edit offline.

use std::collections::{BTreeMap, BTreeSet};

use rand::RngExt as _;
use rand::seq::SliceRandom as _;

use crate::prelude::*;

const UNIQUE: &str = "concurrent.versions-unique";

cases! {
    /// Twelve batches are pushed at one instant, in several rounds: versions contiguous, batches adjacent.
    "concurrent/versions-unique-and-batches-whole"
        checks ["concurrent.versions-unique", "concurrent.batches-atomic"] by versions_unique;
    /// Four members push twelve batches into one workspace at one instant, in several rounds.
    "concurrent/pushes-of-several-members"
        checks ["concurrent.versions-unique", "concurrent.batches-atomic"] needs [Invite] by several_members;
    /// While others push, each push that starts after an acknowledgement gets higher versions.
    "concurrent/later-pushes-get-higher-versions" checks ["concurrent.versions-in-order"] by in_order;
    /// Sixteen puts and deletes of one record at one instant: all logged, the highest revision wins.
    "concurrent/writes-to-one-record" checks ["lww.order-free", "concurrent.versions-unique"] by one_record;
    /// Four replicas edit the same records offline, sync in random order and batches, and end equal.
    "concurrent/replicas-converge" checks ["concurrent.replicas-converge", "lww.order-free"] by replicas_converge;
    /// Eight tenants push, pull and log in at once; nobody's request fails.
    "concurrent/workspaces-independent" checks ["concurrent.workspaces-independent"] by independent;
}

async fn versions_unique(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    crowded(&context, &[anna]).await
}

async fn several_members(context: Context) -> Checked {
    let (anna, home) = Journal::with_user(&context, UNIQUE).await?;
    let mut members = vec![anna];
    for label in ["ben", "cleo", "dora"] {
        let member = home.member(label, Role::Editor).await?;
        member.activate_ok(&home.workspace).await?;
        members.push(member);
    }
    crowded(&context, &members).await
}

/// Lets these users push twelve batches at one instant, in several rounds, into the home of the first, where they all
/// stand: each push over a connection of its own that is open already.
async fn crowded(context: &Context, users: &[User]) -> Checked {
    const PUSHERS: usize = 12;
    let mut home = Journal::of(users[0].clone(), UNIQUE);
    let mut rng = context.rng();
    for round in 0..4_usize {
        let mut pushes = Vec::new();
        for (pusher, user) in (0..PUSHERS).zip(users.iter().cycle()) {
            let (user, workspace) = (user.on_new_connections()?, home.workspace.clone());
            user.session(UNIQUE).await.in_setup()?;
            // Small ones, and at last some that a server may write in several steps.
            let size = if round == 3 && pusher % 4 == 0 { 90 } else { rng.random_range(1..=5) };
            let ops: Vec<Op> = (0..size).map(|number| user.put("kv", &format!("{round}-{pusher}-{number}"))).collect();
            pushes.push(async move { push_whole(&user, &workspace, ops).await });
        }
        let pushed = at_once(pushes).await?.into_iter().collect::<Checked<Vec<_>>>()?;
        home.acknowledge(pushed.concat()).await?;
    }
    home.holds().await
}

/// Pushes a batch of new ops, whose versions have to be adjacent.
pub(crate) async fn push_whole(user: &User, workspace: &Id, ops: Vec<Op>) -> Checked<Vec<(u64, Op)>> {
    let answer = user.push(workspace, &ops).await?;
    versions_of_batch(&answer, ops)
}

/// The new ops of a batch with their versions, which have to be adjacent.
pub(crate) fn versions_of_batch(answer: &Answer, ops: Vec<Op>) -> Checked<Vec<(u64, Op)>> {
    let versions = successes(answer, &ops, UNIQUE)?;
    let expected: Vec<u64> = (versions.first().copied().unwrap_or_default()..).take(ops.len()).collect();
    answer.equal(
        "concurrent.batches-atomic",
        "the versions of the ops of one batch are not adjacent",
        expected,
        &versions,
    )?;
    Ok(versions.into_iter().zip(ops).collect())
}

async fn in_order(context: Context) -> Checked {
    const REQUIREMENT: &str = "concurrent.versions-in-order";
    let anna = context.user("anna").await?;
    let mut pushers = Vec::new();
    for pusher in 0..5 {
        let user = anna.on_new_connections()?;
        pushers.push(async move {
            let mut last = 0;
            for number in 0..12 {
                let ops = ["kv", "posts"].map(|table| user.put(table, &format!("{pusher}-{number}")));
                let answer = user.push(&user.home, &ops).await?;
                let versions = successes(&answer, &ops, REQUIREMENT)?;
                let higher = versions.iter().all(|version| *version > last);
                let message = "a push got a version that is not higher than those of the client's earlier pushes";
                let (expected, actual) = (format!("versions over {last}"), format!("{versions:?}"));
                answer.ensure(REQUIREMENT, higher, message, expected, actual)?;
                last = versions.iter().copied().max().unwrap_or(last);
            }
            Checked::Ok(())
        });
    }
    at_once(pushers).await?.into_iter().collect()
}

async fn one_record(context: Context) -> Checked {
    let (anna, mut home) = Journal::with_user(&context, "lww.order-free").await?;
    for round in 0..3_u64 {
        let mut pushes = Vec::new();
        for number in 0..16_u64 {
            let user = anna.on_new_connections()?;
            // Half of them tie on the clock, and the hlc decides.
            let clock = 10 * round + number / 2;
            let op = if number % 3 == 1 { user.delete("threads", "pk") } else { user.put("threads", "pk") };
            let op = op.clock(clock).hlc(format!("{number:03}")).mark(&format!("{round}-{number}"));
            pushes.push(async move { push_whole(&user, &user.home, vec![op]).await });
        }
        let pushed = at_once(pushes).await?.into_iter().collect::<Checked<Vec<_>>>()?;
        home.acknowledge(pushed.concat()).await?;
    }
    home.holds().await
}

async fn replicas_converge(context: Context) -> Checked {
    const REQUIREMENT: &str = "concurrent.replicas-converge";
    const REPLICAS: u64 = 4;
    let (anna, mut home) = Journal::with_user(&context, REQUIREMENT).await?;
    let mut rng = context.rng();
    let mut queues: Vec<Vec<Op>> = Vec::new();
    for replica in 0..REPLICAS {
        let mut queue = Vec::new();
        for number in 0..20_u64 {
            let table = ["threads", "kv"][rng.random_range(0..2)];
            let pk = format!("pk{}", rng.random_range(0..4));
            // Few clocks, so that replicas tie; the hlc names replica and number and decides.
            let clock = rng.random_range(1..=6);
            let op = if rng.random_bool(0.3) { anna.delete(table, &pk) } else { anna.put(table, &pk) };
            let op = op.device(&format!("replica-{replica}")).clock(clock);
            let op = op.hlc(format!("{clock:013}:{number:04}:replica-{replica}"));
            queue.push(op.mark(&format!("{replica}-{number}")));
        }
        queues.push(queue);
    }
    while queues.iter().any(|queue| !queue.is_empty()) {
        let filled: Vec<usize> = (0..queues.len()).filter(|index| !queues[*index].is_empty()).collect();
        let queue = &mut queues[filled[rng.random_range(0..filled.len())]];
        let mut batch: Vec<Op> = queue.drain(..rng.random_range(1..=queue.len())).collect();
        batch.shuffle(&mut rng);
        home.push_ok(&batch).await?;
    }
    // Every replica reads the log with pages of its own and folds it.
    let winners: BTreeSet<String> =
        fold(&home.ops).iter().filter_map(|item| item["revision"]["opId"].as_str().map(str::to_owned)).collect();
    for limit in [1, 7, 1000] {
        let (changes, answer) = anna.log_after(&anna.home, 0, limit, REQUIREMENT).await?;
        let mut state: BTreeMap<(&str, &str), &Change> = BTreeMap::new();
        for change in &changes {
            let known = state.entry((&change.table_name, &change.pk)).or_insert(change);
            if Revision::from(&change.stamp) > Revision::from(&known.stamp) {
                *known = change;
            }
        }
        let ends: BTreeSet<&String> = state.values().map(|change| &change.stamp.op_id).collect();
        answer.equal(
            REQUIREMENT,
            "a client that applies the whole log ends with other winning writes than it should",
            &winners,
            ends,
        )?;
    }
    home.holds().await
}

async fn independent(context: Context) -> Checked {
    const REQUIREMENT: &str = "concurrent.workspaces-independent";
    let mut users: Vec<User> = Vec::new();
    for number in 0..8 {
        users.push(context.user(&format!("tenant{number}")).await?.on_new_connections()?);
    }
    let traffic = users.into_iter().map(|user| async move {
        for round in 0..8 {
            let ops = [user.put("kv", &format!("pk{round}")), user.delete("threads", &format!("pk{round}"))];
            user.push_ok(&user.home, &ops, REQUIREMENT).await?;
            user.pull(&user.home, round, 10).await?.expect_status(REQUIREMENT, &[200])?;
            user.session(REQUIREMENT).await?;
        }
        Checked::Ok(())
    });
    let outcome: Checked = at_once(traffic.collect()).await?.into_iter().collect();
    context.check_should(outcome);
    context.user("latecomer").await.in_setup()?;
    Ok(())
}
