//! Idempotency within one batch: copies of an op are one op.

use rand::seq::SliceRandom as _;

use crate::prelude::*;
use crate::push::results::fresh;

const DUPLICATE: &str = "op.duplicate-in-batch";

cases! {
    /// Batches of five with one copy, for every pair of places.
    "op/duplicate-at-every-place" checks [DUPLICATE, "push.contiguous-versions"] by every_place;
    /// Copies of puts and deletes in every table, alone in their batch and with others.
    "op/duplicate-of-every-kind" checks [DUPLICATE] by every_kind;
    /// Ops that share the `id` of the client's queue are told apart by their opIds, in one batch and after another.
    "op/one-queue-id-for-several" checks ["push.contiguous-versions", "push.results-mirror-ops"] by one_queue_id;
    /// Three copies, a batch of copies only, and 100 ops of 10 ids in blocks, in turns and shuffled.
    "op/duplicate-many-times" checks [DUPLICATE, "push.contiguous-versions"] by many_times;
    /// Copies of known ops and of new ones side by side.
    "op/duplicate-of-a-known-op" checks [DUPLICATE, "op.replay-mixed-batch"] by known;
    /// Copies in one batch whose envelopes differ are copies.
    "op/duplicate-with-another-envelope" checks ["op.replay-across-devices", DUPLICATE] by another_envelope;
    /// A copy behind newer writes of its record, in the same batch, undoes none of them.
    "op/duplicate-around-other-writes" checks [DUPLICATE, "lww.higher-clock"] by around_other_writes;
    /// A batch with copies in it is pushed again, whole and without its copies.
    "op/duplicate-batch-pushed-again" checks [DUPLICATE, "op.replay-same-version"] by pushed_again;
}

/// Checks that copies of an op got results that agree in what the protocol asks for. What else they say may differ: a copy
/// is a replay of the first one, so it may be told `replayed: true`, and `applied` or not.
fn equal_results(answer: &Answer) -> Checked {
    let body: PushAnswer = answer.read(DUPLICATE)?;
    for result in &body.results {
        let shown = |result: &syncproof_protocol::wire::OpResult| {
            let version = result.server_version.map_or_else(|| "none".to_owned(), |version| version.to_string());
            format!("{}, serverVersion: {version}", outcome(result.success, result.error_code))
        };
        let copies: Vec<String> = body.results.iter().filter(|other| other.op_id == result.op_id).map(shown).collect();
        let expected = vec![shown(result); copies.len()];
        answer.equal(DUPLICATE, "copies of one op in a batch get different results", expected, copies)?;
    }
    Ok(())
}

/// Pushes a batch with copies in it and checks versions, results and log.
async fn push(journal: &mut Journal, batch: &[Op]) -> Checked {
    let answer = journal.push_ok(batch).await?;
    equal_results(&answer)?;
    let (changes, pull) = journal.user.log(&journal.workspace, DUPLICATE).await?;
    pull.equal(
        DUPLICATE,
        "after a batch with copies of ops, the log does not have one entry for each different op",
        journal.ops.len(),
        changes.len(),
    )
}

async fn one_queue_id(context: Context) -> Checked {
    let mut journal = Journal::open(&context, "push.contiguous-versions").await?;
    let queued = |name: &str| -> Vec<Op> {
        fresh(&journal.user, 3, name).into_iter().map(|op| op.envelope("id", json!("1"))).collect()
    };
    for batch in [queued("first"), queued("second")] {
        journal.push_ok(&batch).await?;
    }
    journal.holds().await
}

async fn every_place(context: Context) -> Checked {
    const SIZE: usize = 5;
    let mut journal = Journal::open(&context, DUPLICATE).await?;
    for first in 0..SIZE {
        for second in first + 1..SIZE {
            let mut batch = fresh(&journal.user, SIZE - 1, &format!("{first}-{second}"));
            batch.insert(second, batch[first].clone());
            push(&mut journal, &batch).await?;
        }
    }
    journal.holds().await
}

async fn every_kind(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, DUPLICATE).await?;
    for table in context.tables() {
        let put = user.put(table.name, "put").mark("put");
        push(&mut journal, &[put.clone(), put]).await?;
        let delete = user.delete(table.name, "put").clock(2);
        push(&mut journal, &[delete.clone(), delete]).await?;
        let (first, gone) = (user.put(table.name, "gone"), user.delete(table.name, "gone").clock(2));
        let batch = [first.clone(), gone.clone(), user.put(table.name, "other"), gone, first];
        push(&mut journal, &batch).await?;
    }
    journal.holds().await
}

async fn many_times(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, DUPLICATE).await?;
    let ops = fresh(&user, 3, "three");
    let [a, b, c] = [0_usize, 1, 2].map(|place| ops[place].clone());
    push(&mut journal, &[a.clone(), b, a.clone(), c, a]).await?;
    let alone = user.put("threads", "alone").mark("alone");
    push(&mut journal, &vec![alone; 7]).await?;
    let gone = user.delete("threads", "alone").clock(2);
    push(&mut journal, &vec![gone; 50]).await?;

    let in_blocks: Vec<Op> = fresh(&user, 10, "blocks").into_iter().flat_map(|op| vec![op; 10]).collect();
    push(&mut journal, &in_blocks).await?;
    let ten = fresh(&user, 10, "turns");
    let in_turns: Vec<Op> = ten.iter().cycle().take(100).cloned().collect();
    push(&mut journal, &in_turns).await?;
    let mut rng = context.rng();
    for round in 0..3 {
        let ten = fresh(&user, 10, &format!("shuffled{round}"));
        let mut shuffled: Vec<Op> = ten.iter().cycle().take(100).cloned().collect();
        shuffled.shuffle(&mut rng);
        push(&mut journal, &shuffled).await?;
    }
    // Few copies at the ends of a long batch.
    let mut long = fresh(&user, 98, "long");
    long.push(long[0].clone());
    long.push(long[97].clone());
    push(&mut journal, &long).await?;
    journal.holds().await
}

async fn known(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, DUPLICATE).await?;
    let old = [user.put("threads", "old").mark("old"), user.delete("threads", "gone"), user.put("kv", "old")];
    journal.push_ok(&old).await.in_setup()?;
    let [a, gone, kv] = old;
    push(&mut journal, &[a.clone(), a.clone()]).await?;
    let new = fresh(&user, 4, "new");
    let batch = [
        new[0].clone(),
        a.clone(),
        new[0].clone(),
        gone.clone(),
        new[1].clone(),
        a,
        kv.clone(),
        gone.clone(),
        new[1].clone(),
        new[2].clone(),
    ];
    push(&mut journal, &batch).await?;
    push(&mut journal, &[gone.clone(), kv, gone, new[3].clone(), new[2].clone(), new[3].clone()]).await?;
    journal.holds().await
}

async fn another_envelope(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, "op.replay-across-devices").await?;
    let put = user.put("threads", "put").mark("put");
    let delete = user.delete("kv", "gone").clock(2);
    let again = |op: &Op, attempts: u64| {
        let envelope_id = uuid::Uuid::new_v4().to_string();
        op.clone().envelope("attempts", json!(attempts)).envelope("id", json!(envelope_id))
    };
    let later = |op: &Op| op.clone().envelope("createdAt", json!(1_750_000_009)).envelope("status", json!("failed"));
    let batch = [
        put.clone(),
        delete.clone(),
        again(&put, 1),
        user.put("threads", "other"),
        later(&delete),
        again(&delete, 2),
        later(&put),
    ];
    push(&mut journal, &batch).await?;
    push(&mut journal, &batch).await?;
    journal.holds().await
}

async fn around_other_writes(context: Context) -> Checked {
    let mut journal = Journal::open(&context, DUPLICATE).await?;
    for table in context.tables_to_delete_from() {
        let user = journal.user.clone();
        let first = user.put(table.name, "put").clock(1).mark("first");
        let second = user.put(table.name, "put").clock(2).mark("second");
        push(&mut journal, &[first.clone(), second, first]).await?;
        let first = user.put(table.name, "gone").clock(1).mark("first");
        let gone = user.delete(table.name, "gone").clock(2);
        push(&mut journal, &[first.clone(), gone.clone(), first.clone(), gone]).await?;
        let gone = user.delete(table.name, "back").clock(1);
        let back = user.put(table.name, "back").clock(2).mark("back");
        push(&mut journal, &[gone.clone(), back, gone]).await?;
    }
    journal.holds().await
}

async fn pushed_again(context: Context) -> Checked {
    let mut journal = Journal::open(&context, DUPLICATE).await?;
    let ops = fresh(&journal.user, 6, "again");
    let with_copies: Vec<Op> = [0, 1, 0, 2, 3, 3, 1, 4, 0].iter().map(|place: &usize| ops[*place].clone()).collect();
    push(&mut journal, &with_copies).await?;
    push(&mut journal, &with_copies).await?;
    push(&mut journal, &ops).await?;
    push(&mut journal, &[with_copies, ops].concat()).await?;
    journal.holds().await
}
