//! Different ops under one op id, in one batch: at most one of them counts, and the answer says which.

use crate::prelude::*;

const CONFLICTING: &str = "op.duplicate-conflicting";

cases! {
    /// Two ops under one id, with different payloads, at every two places of a batch.
    "op/conflicting-payload-in-a-batch" checks [CONFLICTING] by every_pair(Difference::Payload);
    /// Two ops under one id, on different records, at every two places of a batch.
    "op/conflicting-pk-in-a-batch" checks [CONFLICTING] by every_pair(Difference::Pk);
    /// Two ops under one id, on the same pk of two tables, at every two places of a batch.
    "op/conflicting-table-in-a-batch" checks [CONFLICTING] by every_pair(Difference::Table);
    /// A put and a delete of a record under one id, at every two places of a batch.
    "op/conflicting-operation-in-a-batch" checks [CONFLICTING] by every_pair(Difference::Operation);
    /// Two ops under one id, with different clocks, at every two places of a batch.
    "op/conflicting-clock-in-a-batch" checks [CONFLICTING] by every_pair(Difference::Clock);
    /// Two ops under one id, with different hlcs, at every two places of a batch.
    "op/conflicting-hlc-in-a-batch" checks [CONFLICTING] by every_pair(Difference::Hlc);
    /// A batch of nothing but two ops under one id, puts and deletes, for every kind of difference.
    "op/conflicting-alone-in-a-batch" checks [CONFLICTING] by alone;
    /// Three and more different ops under one id in a batch.
    "op/conflicting-three-ways-in-a-batch" checks [CONFLICTING] by three_ways;
    /// Two ops under one id in a batch, one of them or both more than once.
    "op/conflicting-beside-copies-in-a-batch" checks [CONFLICTING] by beside_copies;
    /// Two contested ids in one batch, nested and crossed, beside copies and ops of their own.
    "op/conflicting-twice-in-a-batch" checks [CONFLICTING] by two_pairs;
    /// A known op and others under its id in one batch, in every order: the known one stays.
    "op/conflicting-with-a-known-op-in-a-batch" checks [CONFLICTING, "op.reuse-conflicting"] by with_a_known_op;
}

/// What two ops under one id differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Difference {
    Payload,
    Pk,
    Table,
    Operation,
    Clock,
    LowerClock,
    Hlc,
}

impl Difference {
    pub(crate) const ALL: [Difference; 7] = [
        Difference::Payload,
        Difference::Pk,
        Difference::Table,
        Difference::Operation,
        Difference::Clock,
        Difference::LowerClock,
        Difference::Hlc,
    ];

    /// Another op under the id of this put or delete of a thread.
    pub(crate) fn rival(self, user: &User, op: &Op) -> Op {
        let clock = op.stamp().clock;
        match self {
            Difference::Payload => op.clone().mark("rival"),
            Difference::Pk => user.put_exactly("threads", &format!("{}-rival", op.pk())).clock(clock).mark("rival"),
            Difference::Table => user.put_exactly("projects", op.pk()).clock(clock).mark("rival"),
            Difference::Operation => match op.operation() {
                Operation::Put => Op::delete("threads", op.pk()).clock(clock),
                Operation::Delete => user.put_exactly("threads", op.pk()).clock(clock).mark("rival"),
            },
            Difference::Clock => op.clone().clock(clock + 7),
            Difference::LowerClock => op.clone().clock(clock - 1),
            Difference::Hlc => op.clone().hlc(format!("{clock:013}:0009:device-1")),
        }
        .op_id(op.id())
    }
}

/// Pushes a batch with contested ids and judges it: the log matches every answer, and the ops at the other places
/// are applied, or the whole batch was refused with 400. Returns the shape of what became of it.
async fn judge(journal: &mut Journal, batch: &[Op]) -> Checked<Value> {
    let settled = journal.attempt(batch).await?;
    if settled.results.is_none() {
        settled.answer.expect_status(CONFLICTING, &[200, 400])?;
    }
    let contested = |op: &Op| batch.iter().any(|other| other.id() == op.id() && other.json() != op.json());
    let innocents: Vec<usize> = (0..batch.len()).filter(|place| !contested(&batch[*place])).collect();
    settled.spared(&innocents, CONFLICTING)?;
    Ok(settled.shape())
}

/// Pushes batches of the same form several times, each with ids of its own: the outcome may not depend on chance. The
/// first batch is then sent again unchanged, as by a client that never got the answer.
async fn judge_repeatedly(journal: &mut Journal, name: &str, make: impl Fn(&User, &str) -> Vec<Op>) -> Checked {
    const TIMES: usize = 3;
    let user = journal.user.clone();
    let mut first = None;
    for time in 0..TIMES {
        let batch = make(&user, &format!("{name}-{time}"));
        let shape = judge(journal, &batch).await?;
        let (_, answer) = user.log(&journal.workspace, CONFLICTING).await?;
        let expected = first.get_or_insert_with(|| shape.clone());
        answer.equal(
            CONFLICTING,
            "batches that differ only in their op ids have different outcomes",
            expected,
            shape,
        )?;
        if time == 0 {
            let settled = journal.attempt(&batch).await?;
            answer.equal(
                CONFLICTING,
                "a batch with conflicting ids changes the log when it is sent again unchanged",
                settled.before,
                journal.head(),
            )?;
        }
    }
    journal.shows().await
}

fn fresh(user: &User, count: usize, name: &str) -> Vec<Op> {
    (0..count).map(|number| user.put("threads", &format!("{name}-{number}")).clock(3).mark("innocent")).collect()
}

async fn every_pair(context: Context, difference: Difference) -> Checked {
    const SIZE: usize = 5;
    let mut journal = Journal::open(&context, CONFLICTING).await?;
    for first in 0..SIZE {
        for second in first + 1..SIZE {
            judge_repeatedly(&mut journal, &format!("{first}-{second}"), |user, name| {
                let mut batch = fresh(user, SIZE, name);
                batch[second] = difference.rival(user, &batch[first]);
                batch
            })
            .await?;
        }
    }
    journal.holds().await
}

async fn alone(context: Context) -> Checked {
    let mut journal = Journal::open(&context, CONFLICTING).await?;
    for difference in Difference::ALL {
        judge_repeatedly(&mut journal, &format!("put-{difference:?}"), |user, name| {
            let op = user.put("threads", name).clock(3);
            vec![op.clone(), difference.rival(user, &op)]
        })
        .await?;
        if difference != Difference::Payload {
            judge_repeatedly(&mut journal, &format!("delete-{difference:?}"), |user, name| {
                let op = user.delete("threads", name).clock(3);
                vec![op.clone(), difference.rival(user, &op)]
            })
            .await?;
        }
    }
    journal.holds().await
}

async fn three_ways(context: Context) -> Checked {
    let mut journal = Journal::open(&context, CONFLICTING).await?;
    judge_repeatedly(&mut journal, "three", |user, name| {
        let ops = fresh(user, 4, name);
        let [pk, payload] = [Difference::Pk, Difference::Payload].map(|difference| difference.rival(user, &ops[1]));
        vec![ops[0].clone(), ops[1].clone(), pk, ops[2].clone(), payload, ops[3].clone()]
    })
    .await?;
    judge_repeatedly(&mut journal, "three at the ends", |user, name| {
        let ops = fresh(user, 3, name);
        let [table, clock] = [Difference::Table, Difference::Clock].map(|difference| difference.rival(user, &ops[0]));
        vec![ops[0].clone(), ops[1].clone(), table, ops[2].clone(), clock]
    })
    .await?;
    judge_repeatedly(&mut journal, "all", |user, name| {
        let op = user.put("threads", name).clock(3);
        let rivals = Difference::ALL.map(|difference| difference.rival(user, &op));
        let mut batch = vec![user.put("kv", &format!("{name}-front")), op];
        batch.extend(rivals);
        batch.push(user.put("kv", &format!("{name}-back")));
        batch
    })
    .await?;
    journal.holds().await
}

async fn beside_copies(context: Context) -> Checked {
    let mut journal = Journal::open(&context, CONFLICTING).await?;
    for difference in [Difference::Payload, Difference::Pk, Difference::Operation] {
        // 0 is the op, 1 its rival, anything else an op of its own.
        for places in [&[0, 0, 1][..], &[0, 1, 0], &[1, 0, 0], &[2, 0, 3, 1, 4, 0, 5, 1, 6]] {
            let name = format!("{difference:?}-{}", places.len() + places[0] + 10 * places[1]);
            judge_repeatedly(&mut journal, &name, |user, name| {
                let mut ops = fresh(user, 7, name);
                ops[1] = difference.rival(user, &ops[0]);
                places.iter().map(|place| ops[*place].clone()).collect()
            })
            .await?;
        }
    }
    journal.holds().await
}

async fn two_pairs(context: Context) -> Checked {
    let mut journal = Journal::open(&context, CONFLICTING).await?;
    // 0 and 1 contest one id, 2 and 3 another, 4 is twice the same, and the rest are ops of their own.
    for (number, places) in
        [&[0, 2, 1, 3][..], &[0, 2, 3, 1], &[0, 1, 2, 3], &[5, 0, 4, 2, 6, 1, 4, 3, 7]].into_iter().enumerate()
    {
        judge_repeatedly(&mut journal, &format!("pairs-{number}"), |user, name| {
            let mut ops = fresh(user, 8, name);
            ops[1] = Difference::Payload.rival(user, &ops[0]);
            ops[3] = Difference::Pk.rival(user, &ops[2]);
            places.iter().map(|place| ops[*place].clone()).collect()
        })
        .await?;
    }
    journal.holds().await
}

async fn with_a_known_op(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, CONFLICTING).await?;
    for difference in Difference::ALL {
        // 0 is known, 1 and 2 are under its id, anything else is an op of its own.
        for (number, places) in
            [&[0, 1][..], &[1, 0], &[1, 1], &[1, 2], &[3, 1, 4, 0, 5, 2, 6], &[3, 0, 0, 1, 4]].into_iter().enumerate()
        {
            let mut ops = fresh(&user, 7, &format!("{difference:?}-{number}"));
            journal.push_ok(&ops[..1]).await.in_setup()?;
            ops[1] = difference.rival(&user, &ops[0]);
            ops[2] = ops[0].clone().clock(50).mark("second rival");
            let batch: Vec<Op> = places.iter().map(|place| ops[*place].clone()).collect();
            let settled = journal.attempt(&batch).await?;
            if settled.results.is_none() {
                settled.answer.expect_status(CONFLICTING, &[200, 400])?;
            }
            let innocents: Vec<usize> = (0..places.len()).filter(|index| places[*index] > 2).collect();
            settled.spared(&innocents, CONFLICTING)?;
            // And the known op is as known as ever.
            journal.push_ok(&ops[..1]).await?;
        }
        journal.shows().await?;
    }
    journal.holds().await
}
