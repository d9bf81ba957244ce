//! The order of arrival decides nothing, no matter who writes and how writes are batched or interleaved.

use rand::RngExt as _;
use rand::seq::SliceRandom as _;

use crate::lww::order::{MAX_CLOCK, ascending_ids, needs_visible_winner, orders, push, push_by};
use crate::prelude::*;

const CLOCK: &str = "lww.higher-clock";
const ORDER_FREE: &str = "lww.order-free";
const DELETE: &str = "lww.delete-competes";
const TOLD: &str = "lww.loser-told";

cases! {
    /// One generated set of puts and deletes reaches five workspaces in different orders and batches.
    "lww/order-free-for-generated-ops" checks [ORDER_FREE, TOLD] by generated;
    /// Six clients push generated puts and deletes of the same few records at one instant.
    "lww/order-free-over-concurrent-connections" checks [ORDER_FREE] needs [Snapshot] by interleaved;
    /// Two members on two devices each write one record in all orders: who wrote does not count.
    "lww/members-and-devices-compete-alike" checks [CLOCK, DELETE, ORDER_FREE] needs [Invite] by members_compete;
    /// Replays of the write that holds a record, and of one that never did: the answer does not swap them, in any table.
    "lww/replays-are-told-who-holds-the-record" checks [TOLD] needs [Applied] by replays_are_told;
}

/// Puts and deletes of a few records with few clocks and hlcs, so that many of them meet. No two writes of a record
/// have one revision, nor the same clock and hlc where the target cannot break that tie.
fn generate(context: &Context, user: &User, rng: &mut impl rand::Rng, count: usize) -> Vec<Op> {
    let mut taken: Vec<(String, u64, String)> = Vec::new();
    let mut ops = Vec::new();
    while ops.len() < count {
        let table = ["threads", "kv", "messages"][rng.random_range(0..3)];
        let pk = format!("pk{}", rng.random_range(0..4));
        let clock = [0, 1, 2, 9, 10, 100, MAX_CLOCK][rng.random_range(0..7)];
        let mut hlc = ["a", "b", "B", "aa", "10", "9"][rng.random_range(0..6)].to_owned();
        let place = (format!("{table} {pk}"), clock, hlc.clone());
        if taken.contains(&place) && !context.has(Capability::OpIdTieBreak) {
            hlc = format!("{hlc}{:06}", ops.len());
        }
        taken.push(place);
        let op = if rng.random_bool(0.4) { user.delete(table, &pk) } else { user.put(table, &pk) };
        ops.push(op.clock(clock).hlc(hlc).mark(&format!("write {}", ops.len())));
    }
    ops
}

async fn generated(context: Context) -> Checked {
    needs_visible_winner(&context)?;
    let mut rng = context.rng();
    let author = context.user("author").await?;
    let set = generate(&context, &author, &mut rng, 120);
    let mut states = Vec::new();
    for number in 0..5 {
        let mut journal = Journal::of(context.user(&format!("replica{number}")).await?, ORDER_FREE);
        // New op ids for each workspace, in the order of the set, so that ties end alike everywhere.
        let mut order: Vec<usize> = (0..set.len()).collect();
        match number {
            0 => {}
            1 => order.reverse(),
            _ => order.shuffle(&mut rng),
        }
        let ids = ascending_ids(set.len());
        let ops: Vec<Op> = order.iter().map(|place| set[*place].clone().op_id(ids[*place].clone())).collect();
        let mut rest = &ops[..];
        while !rest.is_empty() {
            let size = if number == 1 { 1 } else { rng.random_range(1..=40).min(rest.len()) };
            let (batch, later) = rest.split_at(size);
            push(&mut journal, batch).await?;
            rest = later;
        }
        journal.holds().await?;
        if context.has(Capability::Snapshot) {
            let (items, answer) = journal.items(ORDER_FREE).await?;
            let mut state: Vec<String> = items
                .iter()
                .map(|item| {
                    let (table, pk, kind) = item.position();
                    format!("{table} {pk} {kind} {} {}", item.revision().clock, item.revision().hlc)
                })
                .collect();
            state.sort_unstable();
            states.push(state.clone());
            answer.equal(
                ORDER_FREE,
                "the same ops, pushed in another order, end in another state",
                &states[0],
                state,
            )?;
        }
    }
    Ok(())
}

async fn interleaved(context: Context) -> Checked {
    let mut rng = context.rng();
    for round in 0..3 {
        let user = context.user(&format!("anna{round}")).await?;
        let ops = generate(&context, &user, &mut rng, 90);
        let mut pushes = Vec::new();
        for share in ops.chunks(15) {
            let (user, share) = (user.on_new_connections()?, share.to_vec());
            pushes.push(async move {
                for batch in share.chunks(4) {
                    user.push_ok(&user.home, batch, ORDER_FREE).await?;
                }
                Checked::Ok(())
            });
        }
        at_once(pushes).await?.into_iter().collect::<Checked>()?;
        let mut journal = Journal::of(user, ORDER_FREE);
        journal.adopt(&ops).await?;
        journal.holds().await?;
    }
    Ok(())
}

async fn members_compete(context: Context) -> Checked {
    let (anna, mut journal) = Journal::with_user(&context, CLOCK).await?;
    let ben = journal.member("ben", Role::Editor).await?;
    for (number, order) in orders(4).into_iter().enumerate() {
        let pk = format!("pk{number}");
        let contenders = [
            (&anna, anna.put("threads", &pk).device("anna-1").clock(1).mark("anna 1")),
            (&ben, ben.put("threads", &pk).device("ben-1").clock(2).mark("ben 2")),
            (&ben, ben.delete("threads", &pk).device("ben-2").clock(3)),
            (&anna, anna.put("threads", &pk).device("anna-2").clock(4).mark("anna 4")),
        ];
        // The last contender wins; in every other round it is not written.
        for place in order.into_iter().filter(|place| number % 2 == 0 || *place != 3) {
            let (author, op) = &contenders[place];
            push_by(&mut journal, author, op).await?;
        }
    }
    journal.holds().await?;
    journal.holds_for(&ben).await
}

/// Of a write that won and was overwritten later, the protocol does not say what its replay is told.
async fn replays_are_told(context: Context) -> Checked {
    let mut journal = Journal::open(&context, TOLD).await?;
    let mut told = Vec::new();
    for table in context.tables() {
        let (holds, loses) = (journal.put(table.name, "told").clock(9), journal.put(table.name, "told").clock(5));
        push(&mut journal, std::slice::from_ref(&holds)).await.in_setup()?;
        push(&mut journal, std::slice::from_ref(&loses)).await.in_setup()?;
        told.extend([(holds, true), (loses, false)]);
    }
    let replayed: Vec<Op> = told.iter().map(|(op, _)| op.clone()).collect();
    let answer = journal.push_ok(&replayed).await?;
    let results = answer.read::<PushAnswer>(TOLD)?.results;
    for ((op, holds), result) in told.iter().zip(&results) {
        let message = format!("the replay of a put into {} is told the contrary of what it did", op.table());
        let shown = serde_json::to_string(result).unwrap_or_default();
        let is_told = result.applied != Some(!holds);
        context.check_should(answer.ensure(TOLD, is_told, message, format!("applied: {holds}"), shown));
    }
    Ok(())
}
