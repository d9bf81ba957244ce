//! Who wins: the order of writes is (clock, hlc, op id), and nothing else counts, least of all the order of arrival.

use std::collections::BTreeMap;

use crate::prelude::*;

const CLOCK: &str = "lww.higher-clock";
const HLC: &str = "lww.hlc-breaks-tie";
const OP_ID: &str = "lww.op-id-breaks-tie";
const CODE_POINTS: &str = "lww.code-point-order";
const ORDER_FREE: &str = "lww.order-free";
const TOLD: &str = "lww.loser-told";

/// The highest clock that the protocol knows.
pub(crate) const MAX_CLOCK: u64 = (1 << 53) - 1;

cases! {
    /// Four puts of a record arrive in all 24 orders, one by one and in one batch, in every table.
    "lww/higher-clock-in-every-order" checks [CLOCK, ORDER_FREE, TOLD] by clock_in_every_order;
    /// Clocks of different lengths, beyond 32 bits, and next to 2^53 are compared as numbers.
    "lww/clocks-are-numbers" checks [CLOCK, TOLD] by clocks_are_numbers;
    /// With one clock, the greatest of four hlcs wins in all orders, against the op ids.
    "lww/hlc-breaks-a-tie-in-every-order" checks [HLC, ORDER_FREE, TOLD] by hlc_in_every_order;
    /// Prefixes, case, digits of different lengths and accents in the hlc are compared as text.
    "lww/hlcs-are-text" checks [HLC, TOLD] by hlcs_are_text;
    /// With one clock and one hlc, the greatest op id wins in all orders, puts and deletes.
    "lww/op-id-breaks-a-tie-in-every-order"
        checks [OP_ID, ORDER_FREE, TOLD] needs [OpIdTieBreak] by op_id_in_every_order;
    /// An hlc above U+FFFF is greater than one below, as UTF-16 has it not.
    "lww/hlcs-compare-by-code-point" checks [CODE_POINTS] by code_points;
}

/// Skips the case where nothing shows who won.
pub(crate) fn needs_visible_winner(context: &Context) -> Checked {
    if context.has(Capability::Snapshot) || context.has(Capability::Applied) {
        return Ok(());
    }
    Err(Stop::Skipped("without snapshots and `applied` nothing shows which write won".to_owned()))
}

/// A journal for who wins; skips the case where nothing shows that.
pub(crate) async fn journal_with_winners(context: &Context, requirement: &'static str) -> Checked<Journal> {
    needs_visible_winner(context)?;
    Journal::open(context, requirement).await
}

/// Whether each op of a batch wins at its arrival, after the ops of the log.
fn wins(log: &[Op], batch: &[Op]) -> Vec<bool> {
    let mut winners: BTreeMap<(&str, &str), Revision> = BTreeMap::new();
    let arrivals = log.iter().chain(batch).map(|op| {
        let record = (op.table(), op.pk());
        let wins = winners.get(&record).is_none_or(|winner| op.revision() > *winner);
        if wins {
            winners.insert(record, op.revision());
        }
        wins
    });
    arrivals.collect::<Vec<_>>().split_off(log.len())
}

/// Pushes new ops. Where the target reports whether an op was applied, the report has to be right: it is all that shows
/// the winner on a target without snapshots, and only a SHOULD (`lww.loser-told`) where snapshots show the state.
pub(crate) async fn push(journal: &mut Journal, batch: &(impl AsRef<[Op]> + ?Sized)) -> Checked<Answer> {
    let user = journal.user.clone();
    push_by(journal, &user, batch).await
}

/// As [`push`], by another user.
pub(crate) async fn push_by(
    journal: &mut Journal,
    user: &User,
    batch: &(impl AsRef<[Op]> + ?Sized),
) -> Checked<Answer> {
    let (context, batch) = (user.context(), batch.as_ref());
    let expected = wins(&journal.ops, batch);
    let answer = journal.push_by_ok(user, batch).await?;
    if context.has(Capability::Applied) {
        let body: PushAnswer = answer.read(journal.requirement)?;
        let reported: Vec<_> = body.results.iter().map(|result| result.applied).collect();
        let message = "`applied` does not report which ops won when they arrived";
        if context.has(Capability::Snapshot) {
            let told = answer.equal(TOLD, message, expected, reported);
            if told.is_err() {
                // If the wrong op won, the report of it is right.
                journal.shows().await?;
            }
            context.check_should(told);
        } else {
            answer.equal(journal.requirement, message, expected, reported)?;
        }
    }
    Ok(answer)
}

/// All permutations of the numbers below `count`.
pub(crate) fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for thing in 0..count {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                (0..=order.len()).map(move |place| {
                    let mut longer = order.clone();
                    longer.insert(place, thing);
                    longer
                })
            })
            .collect();
    }
    orders
}

/// Lets the contenders for a record arrive in every order: once one after the other, once in one batch, each time on
/// a record of its own. `make` gives the (at most four) contenders for that pk.
pub(crate) async fn contest(journal: &mut Journal, name: &str, make: impl Fn(&User, &str) -> Vec<Op>) -> Checked {
    let user = journal.user.clone();
    let orders = orders(make(&user, name).len());
    let arranged = |label: &str| -> Vec<Vec<Op>> {
        let arrange = |(number, order): (usize, &Vec<usize>)| {
            let contenders = make(&user, &format!("{name}-{label}{number}"));
            order.iter().map(|place| contenders[*place].clone()).collect()
        };
        orders.iter().enumerate().map(arrange).collect()
    };
    let one_by_one = arranged("single");
    for arrival in 0..one_by_one[0].len() {
        let batch: Vec<Op> = one_by_one.iter().map(|order| order[arrival].clone()).collect();
        push(journal, &batch).await?;
    }
    push(journal, &arranged("batch").concat()).await?;
    journal.shows().await
}

/// New op ids in ascending order.
pub(crate) fn ascending_ids(count: usize) -> Vec<String> {
    let mut ids: Vec<String> = (0..count).map(|_| uuid::Uuid::new_v4().to_string()).collect();
    ids.sort_unstable();
    ids
}

async fn clock_in_every_order(context: Context) -> Checked {
    let mut journal = journal_with_winners(&context, CLOCK).await?;
    contest(&mut journal, "four", |user, pk| {
        (1..=4).map(|clock| user.put("threads", pk).clock(clock).mark(&format!("clock {clock}"))).collect()
    })
    .await?;
    for table in TABLES {
        contest(&mut journal, "three", |user, pk| {
            [3, 70, 500].map(|clock| user.put(table.name, pk).clock(clock).mark(&format!("clock {clock}"))).to_vec()
        })
        .await?;
    }
    // Everything else about the loser is later, greater or newer.
    contest(&mut journal, "against", |user, pk| {
        let ids = ascending_ids(3);
        let contender = |rank: usize| {
            user.put("threads", pk)
                .device(["z", "m", "a"][rank])
                .clock(rank as u64)
                .hlc(["9999999999999:0000:z", "5", "0000000000000:0000:a"][rank])
                .op_id(ids[2 - rank].clone())
                .field("updated_at", json!(1_800_000_000 - 1000 * rank))
                .field("created_at", json!(1_800_000_000 - 1000 * rank))
                .envelope("createdAt", json!(1_800_000_000 - 1000 * rank))
                .mark(&format!("rank {rank}"))
        };
        (0..3).map(contender).collect()
    })
    .await?;
    journal.holds().await
}

async fn clocks_are_numbers(context: Context) -> Checked {
    const PAIRS: [(u64, u64); 15] = [
        (0, 1),
        (2, 10),
        (9, 10),
        (99, 100),
        (255, 256),
        (999, 1000),
        ((1 << 31) - 1, 1 << 31),
        (1, 1 << 31),
        ((1 << 32) - 1, 1 << 32),
        (1, (1 << 32) + 1),
        (1, 1 << 32),
        (1_750_000_000_000, 1_750_000_000_001),
        (1 << 52, (1 << 52) + 1),
        (MAX_CLOCK - 1, MAX_CLOCK),
        (1, MAX_CLOCK),
    ];
    let mut journal = journal_with_winners(&context, CLOCK).await?;
    for (low, high) in PAIRS {
        contest(&mut journal, &format!("{low}-{high}"), |user, pk| {
            let low = user.put("threads", pk).clock(low).hlc("9999999999999:0000:z").mark("low");
            vec![low, user.put("threads", pk).clock(high).hlc("0000000000000:0000:a").mark("high")]
        })
        .await?;
    }
    contest(&mut journal, "deleted", |user, pk| {
        let first = user.put("kv", pk).clock(9).hlc("z");
        vec![first, user.delete("kv", pk).clock(10).hlc("b"), user.put("kv", pk).clock(100).hlc("a")]
    })
    .await?;
    journal.holds().await
}

/// A contest for each pair of a lower and a higher hlc, at the same clock.
async fn contest_pairs(journal: &mut Journal, pairs: &[(&str, &str)]) -> Checked {
    for (number, (low, high)) in pairs.iter().enumerate() {
        contest(journal, &format!("pair{number}"), |user, pk| tied(user, pk, low, high)).await?;
    }
    journal.holds().await
}

/// A put and a delete with one clock; the one with the lower hlc has the greater op id.
pub(crate) fn put_and_delete_tied(user: &User, table: &str, pk: &str, (put, delete): (&str, &str)) -> Vec<Op> {
    let mut ids = ascending_ids(2);
    if put < delete {
        ids.reverse();
    }
    vec![
        user.put(table, pk).clock(5).hlc(put).op_id(&ids[0]).mark("put"),
        user.delete(table, pk).clock(5).hlc(delete).op_id(&ids[1]),
    ]
}

/// Two puts with one clock; the one with the lower hlc has the greater op id.
pub(crate) fn tied(user: &User, pk: &str, low: &str, high: &str) -> Vec<Op> {
    let ids = ascending_ids(2);
    vec![
        user.put("threads", pk).clock(5).hlc(low).op_id(ids[1].clone()).mark("low"),
        user.put("threads", pk).clock(5).hlc(high).op_id(ids[0].clone()).mark("high"),
    ]
}

async fn hlc_in_every_order(context: Context) -> Checked {
    let mut journal = journal_with_winners(&context, HLC).await?;
    for table in TABLES {
        contest(&mut journal, "three", |user, pk| {
            let ids = ascending_ids(3);
            let contender = |(rank, counter): (usize, &str)| {
                let hlc = format!("1750000000000:{counter}:device-1");
                user.put(table.name, pk).clock(5).hlc(hlc).op_id(ids[2 - rank].clone()).mark(counter)
            };
            ["0000", "0001", "0010"].into_iter().enumerate().map(contender).collect()
        })
        .await?;
    }
    contest(&mut journal, "four", |user, pk| {
        ["1750000000000:0000:a", "1750000000000:0000:b", "1750000000000:0001:a", "1750000000001:0000:a"]
            .map(|hlc| user.put("threads", pk).clock(5).hlc(hlc).mark(hlc))
            .to_vec()
    })
    .await?;
    // The clock goes before the hlc.
    contest(&mut journal, "clock first", |user, pk| {
        [(5, "a"), (5, "c"), (6, "a"), (6, "b")]
            .map(|(clock, hlc)| user.put("threads", pk).clock(clock).hlc(hlc).mark(hlc))
            .to_vec()
    })
    .await?;
    journal.holds().await
}

async fn hlcs_are_text(context: Context) -> Checked {
    const PAIRS: [(&str, &str); 12] = [
        ("a", "aa"),
        ("a", "b"),
        ("B", "a"),
        ("Z", "a"),
        ("10", "9"),
        ("0010", "10"),
        ("1e3", "999"),
        ("a-b", "ab"),
        ("a b", "ab"),
        ("z", "é"),
        ("e\u{301}", "é"),
        ("1750000000000:0000:Device", "1750000000000:0000:device"),
    ];
    let mut journal = journal_with_winners(&context, HLC).await?;
    contest_pairs(&mut journal, &PAIRS).await
}

async fn op_id_in_every_order(context: Context) -> Checked {
    let mut journal = journal_with_winners(&context, OP_ID).await?;
    contest(&mut journal, "puts", |user, pk| {
        let put = |id: &String| user.put("threads", pk).clock(5).op_id(id).mark(&id[..8]);
        ascending_ids(4).iter().map(put).collect()
    })
    .await?;
    // The last character decides as well as the first.
    contest(&mut journal, "late", |user, pk| {
        let id = uuid::Uuid::new_v4().to_string();
        let put = |last| user.put("threads", pk).clock(5).op_id(format!("{}{last}", &id[..35])).mark(last);
        ["1", "9", "a", "f"].map(put).to_vec()
    })
    .await?;
    for table in context.tables_to_delete_from() {
        contest(&mut journal, "mixed", |user, pk| {
            let ids = ascending_ids(3);
            let put = |rank: usize| user.put(table.name, pk).clock(5).op_id(ids[rank].clone()).mark("put");
            vec![put(0), user.delete(table.name, pk).clock(5).op_id(ids[1].clone()), put(2)]
        })
        .await?;
        contest(&mut journal, "deleted", |user, pk| {
            let ids = ascending_ids(3);
            let delete = |rank: usize| user.delete(table.name, pk).clock(5).op_id(ids[rank].clone());
            vec![delete(0), user.put(table.name, pk).clock(5).op_id(ids[1].clone()), delete(2)]
        })
        .await?;
    }
    // The hlc goes before the op id.
    contest(&mut journal, "hlc first", |user, pk| tied(user, pk, "a", "b")).await?;
    journal.holds().await
}

async fn code_points(context: Context) -> Checked {
    const PAIRS: [(&str, &str); 5] = [
        ("\u{fb01}", "\u{1f600}"),
        ("\u{fffd}", "\u{10000}"),
        ("\u{e000}", "\u{10fffd}"),
        ("a\u{ff5a}", "a\u{1d49c}"),
        ("\u{4e00}", "\u{20000}"),
    ];
    let mut journal = journal_with_winners(&context, CODE_POINTS).await?;
    contest_pairs(&mut journal, &PAIRS).await
}
