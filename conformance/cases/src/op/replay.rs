//! Idempotency: an op that is pushed again is the same op, whoever sends it and in whatever company.

use crate::prelude::*;

const REPLAY: &str = "op.replay-same-version";
const DEVICES: &str = "op.replay-across-devices";
const MIXED: &str = "op.replay-mixed-batch";

cases! {
    /// A put and a delete in every table, each pushed again three times, alone.
    "op/replay-of-one-op" checks [REPLAY] by one_op;
    /// A batch pushed again whole, backwards, in parts, and one by one.
    "op/replay-of-a-batch" checks [REPLAY] by whole_batch;
    /// Replays of what newer writes have overwritten, deleted or revived bring nothing back.
    "op/replay-after-newer-writes" checks [REPLAY, "lww.no-resurrection"] by after_newer_writes;
    /// An op that lost when it came keeps its version and goes on losing when it comes again.
    "op/replay-of-a-loser" checks [REPLAY, "lww.loser-is-logged"] by loser;
    /// Three writes to one record in every order of their clocks, with a delete in every place: after each, all are pushed again.
    "op/replay-after-every-order-of-writes" checks [REPLAY] by every_order;
    /// The first op of a workspace is still known after 1100 others.
    "op/replay-long-after" checks [REPLAY] by long_after;
    /// Replays whose attempts, status, times or queue id differ are replays.
    "op/replay-with-another-envelope" checks [DEVICES] by another_envelope;
    /// Replays over new connections, in both directions, with new ops between them.
    "op/replay-over-other-connections" checks [DEVICES] by other_connections;
    /// Two members push what the other pushed, alone and among ops of their own.
    "op/replay-by-another-member" checks [DEVICES] needs [Invite] by another_member;
    /// Batches of four with a known op at every combination of places.
    "op/replay-among-new-ops" checks [MIXED, "push.contiguous-versions"] by among_new_ops;
    /// A queue that is sent whole each time it has grown, in front, behind and in between.
    "op/replay-of-a-grown-batch" checks [MIXED, "push.contiguous-versions"] by grown_batch;
    /// Known and new ops beside one that cannot succeed: nothing is lost, doubled or misnumbered.
    "op/replay-beside-a-failing-op" checks [MIXED] by beside_a_failing_op;
}

/// A put and a delete of another record in every table.
fn of_every_table(user: &User, name: &str) -> Vec<Op> {
    user.context()
        .tables()
        .iter()
        .flat_map(|table| {
            let pk = format!("{name}-{}", table.name);
            let put = user.put(table.name, &pk).clock(3).mark(name);
            // The delete is of a record that was there.
            let first = user.put(table.name, &format!("{pk}-gone")).clock(1);
            [put, first, user.delete(table.name, &format!("{pk}-gone")).clock(2)]
        })
        .collect()
}

async fn one_op(context: Context) -> Checked {
    let mut journal = Journal::open(&context, REPLAY).await?;
    let ops = of_every_table(&journal.user, "one");
    for op in &ops {
        journal.push_ok(op).await.in_setup()?;
    }
    for _ in 0..3 {
        for op in &ops {
            journal.push_ok(op).await?;
        }
    }
    // At once after the first push, too, with nothing in between.
    let late = journal.user.put("threads", "late").mark("late");
    for _ in 0..4 {
        journal.push_ok(&late).await?;
    }
    journal.holds().await
}

async fn every_order(context: Context) -> Checked {
    const ORDERS: [[u64; 3]; 6] = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]];
    let mut journal = Journal::open(&context, REPLAY).await?;
    for (number, order) in ORDERS.into_iter().enumerate() {
        // The last place is none: three puts.
        for deleting in 0..=order.len() {
            let pk = format!("order-{number}-{deleting}");
            let mut known: Vec<Op> = Vec::new();
            for (place, clock) in order.into_iter().enumerate() {
                let user = &journal.user;
                let op = match place == deleting {
                    true => user.delete("threads", &pk),
                    false => user.put("threads", &pk).mark(&format!("place-{place}")),
                };
                let op = op.clock(clock);
                journal.push_ok(&op).await.in_setup()?;
                known.push(op);
                for op in &known {
                    journal.push_ok(op).await?;
                }
            }
        }
    }
    journal.holds().await
}

async fn whole_batch(context: Context) -> Checked {
    let mut journal = Journal::open(&context, REPLAY).await?;
    let mut ops = of_every_table(&journal.user, "batch");
    journal.push_ok(&ops).await.in_setup()?;
    journal.push_ok(&ops).await?;
    let single: Vec<Op> = ops.iter().step_by(3).cloned().collect();
    for op in &single {
        journal.push_ok(op).await?;
    }
    for part in ops.chunks(4) {
        journal.push_ok(part).await?;
    }
    ops.reverse();
    journal.push_ok(&ops).await?;
    // The workspace goes on where it stood.
    let next = journal.user.put("threads", "next");
    journal.push_ok(&[next]).await?;
    journal.holds().await
}

async fn after_newer_writes(context: Context) -> Checked {
    let mut journal = Journal::open(&context, REPLAY).await?;
    for table in context.tables() {
        let user = journal.user.clone();
        let put = |pk: &str, clock| user.put(table.name, pk).clock(clock).mark(&format!("clock {clock}"));
        let delete = |pk: &str, clock| user.delete(table.name, pk).clock(clock);
        let overwritten = [put("overwritten", 1), put("overwritten", 2)];
        let deleted = [put("deleted", 1), put("deleted", 2), delete("deleted", 3)];
        let revived = [put("revived", 1), delete("revived", 2), put("revived", 3)];
        let deleted_again = [put("again", 1), delete("again", 2), put("again", 3), delete("again", 4)];
        let ops = [&overwritten[..], &deleted, &revived, &deleted_again].concat();
        for op in &ops {
            journal.push_ok(op).await.in_setup()?;
        }
        for op in &ops {
            journal.push_ok(op).await?;
        }
        let mut backwards = ops;
        backwards.reverse();
        journal.push_ok(&backwards).await?;
    }
    journal.holds().await
}

async fn loser(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, REPLAY).await?;
    let ops = [
        user.put("threads", "put").clock(9).mark("winner"),
        user.put("threads", "put").clock(3).mark("loser"),
        user.delete("threads", "put").clock(4),
        user.delete("threads", "gone").clock(9),
        user.put("threads", "gone").clock(3).mark("loser"),
        user.delete("threads", "gone").clock(4),
    ];
    journal.push_ok(&ops).await.in_setup()?;
    for _ in 0..2 {
        for op in &ops {
            journal.push_ok(op).await?;
        }
    }
    journal.push_ok(&ops).await?;
    journal.holds().await
}

async fn long_after(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, REPLAY).await?;
    let first = [user.put("threads", "first").mark("first"), user.delete("threads", "never")];
    journal.push_ok(&first).await.in_setup()?;
    for batch in 0..11 {
        let ops: Vec<Op> = (0..100).map(|number| user.put("threads", &format!("pk{batch}-{number}"))).collect();
        journal.push_ok(&ops).await.in_setup()?;
    }
    journal.push_ok(&first).await?;
    let mixed = [user.put("threads", "new"), first[1].clone(), user.put("threads", "newer"), first[0].clone()];
    journal.push_ok(&mixed).await?;
    journal.holds().await
}

/// What a retry queue writes on an envelope by itself.
fn envelopes(op: &Op) -> Vec<Op> {
    let fields: [(&str, Value); 7] = [
        ("attempts", json!(1)),
        ("attempts", json!(1_000_000)),
        ("status", json!("syncing")),
        ("status", json!("failed")),
        ("createdAt", json!(1_750_000_777_u64)),
        ("nextAttemptAt", json!(1_750_000_999_u64)),
        ("id", json!(uuid::Uuid::new_v4().to_string())),
    ];
    let all = fields.iter().cloned().fold(op.clone(), |op, (name, value)| op.envelope(name, value));
    fields.into_iter().map(|(name, value)| op.clone().envelope(name, value)).chain([all]).collect()
}

async fn another_envelope(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, DEVICES).await?;
    let ops = [
        user.put("threads", "put").mark("put"),
        user.put("kv", "put").mark("put"),
        user.put("messages", "gone"),
        user.delete("messages", "gone").clock(2),
    ];
    journal.push_ok(&ops).await.in_setup()?;
    for op in &ops {
        for replay in envelopes(op) {
            journal.push_ok(&[replay]).await?;
        }
    }
    // A whole queue that failed once, with something new behind it.
    let mut queue: Vec<Op> =
        ops.iter().map(|op| op.clone().envelope("attempts", json!(2)).envelope("status", json!("failed"))).collect();
    queue.push(user.put("threads", "new"));
    journal.push_ok(&queue).await?;
    // And every copy in one batch.
    let copies: Vec<Op> = ops.iter().flat_map(envelopes).collect();
    journal.push_ok(&copies).await?;
    journal.holds().await
}

async fn other_connections(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, DEVICES).await?;
    let ops = of_every_table(&user, "device");
    journal.push_ok(&ops).await.in_setup()?;
    for _ in 0..3 {
        let elsewhere = user.on_new_connections()?;
        journal.push_by_ok(&elsewhere, &ops).await?;
        journal.push_by_ok(&elsewhere, &[ops[0].clone(), user.put("threads", &context.name("new"))]).await?;
    }
    let fresh = user.on_new_connections()?;
    let first_elsewhere = [user.put("threads", "elsewhere").mark("elsewhere")];
    journal.push_by_ok(&fresh, &first_elsewhere).await.in_setup()?;
    journal.push_by_ok(&user, &first_elsewhere).await?;
    journal.holds().await
}

async fn another_member(context: Context) -> Checked {
    let (anna, mut journal) = Journal::with_user(&context, DEVICES).await?;
    let ben = journal.member("ben", Role::Editor).await?;
    let annas = [
        anna.put("threads", "anna").device("anna-1").mark("anna"),
        anna.put("kv", "gone").device("anna-1"),
        anna.delete("kv", "gone").device("anna-1").clock(2),
    ];
    journal.push_ok(&annas).await.in_setup()?;
    journal.push_by_ok(&ben, &annas[..1]).await?;
    journal.push_by_ok(&ben, &annas).await?;
    let bens = [
        annas[2].clone(),
        ben.put("threads", "ben").device("ben-1").mark("ben"),
        annas[0].clone(),
        ben.delete("threads", "nobody").device("ben-1"),
    ];
    journal.push_by_ok(&ben, &bens).await?;
    journal.push_by_ok(&anna, &bens).await?;
    journal.push_by_ok(&anna, &[bens[3].clone(), anna.put("threads", "anna again"), bens[1].clone()]).await?;
    journal.holds().await?;
    // Both see one log.
    journal.holds_for(&ben).await
}

async fn among_new_ops(context: Context) -> Checked {
    const PLACES: usize = 4;
    let (user, mut journal) = Journal::with_user(&context, MIXED).await?;
    let known = [
        user.put("threads", "known").mark("known"),
        user.delete("threads", "gone").clock(2),
        user.put("kv", "known").clock(7),
        user.put("messages", "known"),
    ];
    journal.push_ok(&known).await.in_setup()?;
    for mask in 0..1_usize << PLACES {
        let batch: Vec<Op> = (0..PLACES)
            .map(|place| {
                if mask >> place & 1 == 1 {
                    // Not in the order of their versions.
                    return known[(place + mask) % PLACES].clone();
                }
                let pk = format!("new{mask}-{place}");
                if place % 2 == 0 { user.put("threads", &pk).mark(&pk) } else { user.delete("projects", &pk) }
            })
            .collect();
        journal.push_ok(&batch).await?;
    }
    journal.holds().await
}

async fn grown_batch(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, MIXED).await?;
    let mut queue = vec![user.put("threads", "start")];
    for round in 0..12_usize {
        journal.push_ok(&queue).await?;
        for (number, place) in [0, queue.len() / 2, queue.len()].into_iter().enumerate() {
            let op = user.put("threads", &format!("pk{}", (round + number) % 5)).clock(round as u64 + 2);
            queue.insert(place, op.mark(&format!("{round}-{number}")));
        }
    }
    journal.push_ok(&queue).await?;
    journal.holds().await
}

async fn beside_a_failing_op(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, MIXED).await?;
    let known = [user.put("threads", "known").mark("known"), user.delete("threads", "gone")];
    journal.push_ok(&known).await.in_setup()?;
    for place in 0..5 {
        let mut batch = vec![
            known[0].clone(),
            user.put("threads", &format!("new{place}")),
            known[1].clone(),
            user.put("kv", &format!("new{place}")),
        ];
        batch.insert(place, user.put("no_such_table", &format!("bad{place}")));
        let settled = journal.attempt(&batch).await?;
        context.check_should(settled.spared_beside(place, "push.bad-op-spares-others"));
        // Once more without the failing one: what was accepted is known now, the rest is new.
        batch.remove(place);
        journal.push_ok(&batch).await?;
    }
    journal.holds().await
}
