//! Who wins: the order of writes is (clock, hlc, op id), and nothing else counts, least of all the order of arrival.

use std::collections::BTreeMap;

use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use serde_json::json;

use crate::capability::Capability;
use crate::case::{Case, Stage};
use crate::client::Answer;
use crate::failure::{Checked, Setup as _, Stop};
use crate::op::Op;
use crate::payload::TABLES;
use crate::wire::{Operation, PushAnswer, Revision, Role, same_json};
use crate::world::sync::successes;
use crate::world::{Context, Journal, User, at_once};

const CLOCK: &str = "lww.higher-clock";
const HLC: &str = "lww.hlc-breaks-tie";
const OP_ID: &str = "lww.op-id-breaks-tie";
const CODE_POINTS: &str = "lww.code-point-order";
const ORDER_FREE: &str = "lww.order-free";
const DELETE: &str = "lww.delete-competes";
const NO_RESURRECTION: &str = "lww.no-resurrection";
const REVIVES: &str = "lww.newer-put-revives";
const LOGGED: &str = "lww.loser-is-logged";
const TOLD: &str = "lww.loser-told";

/// The highest clock that the protocol knows.
const LAST_CLOCK: u64 = (1 << 53) - 1;

/// Cases of this file.
pub(super) const CASES: &[Case] = &[
    Case {
        id: "lww/higher-clock-in-every-order",
        requirements: &[CLOCK, ORDER_FREE, TOLD],
        needs: &[],
        stage: Stage::Main,
        summary: "Four puts of a record arrive in all 24 orders, one by one and in one batch, in every table.",
        run: |context| Box::pin(clock_in_every_order(context)),
    },
    Case {
        id: "lww/clocks-are-numbers",
        requirements: &[CLOCK, TOLD],
        needs: &[],
        stage: Stage::Main,
        summary: "Clocks of different lengths, beyond 32 bits, and next to 2^53 are compared as numbers.",
        run: |context| Box::pin(clocks_are_numbers(context)),
    },
    Case {
        id: "lww/hlc-breaks-a-tie-in-every-order",
        requirements: &[HLC, ORDER_FREE, TOLD],
        needs: &[],
        stage: Stage::Main,
        summary: "With one clock, the greatest of four hlcs wins in all orders, against the op ids.",
        run: |context| Box::pin(hlc_in_every_order(context)),
    },
    Case {
        id: "lww/hlcs-are-text",
        requirements: &[HLC, TOLD],
        needs: &[],
        stage: Stage::Main,
        summary: "Prefixes, case, digits of different lengths and accents in the hlc are compared as text.",
        run: |context| Box::pin(hlcs_are_text(context)),
    },
    Case {
        id: "lww/op-id-breaks-a-tie-in-every-order",
        requirements: &[OP_ID, ORDER_FREE, TOLD],
        needs: &[Capability::OpIdTieBreak],
        stage: Stage::Main,
        summary: "With one clock and one hlc, the greatest op id wins in all orders, puts and deletes.",
        run: |context| Box::pin(op_id_in_every_order(context)),
    },
    Case {
        id: "lww/hlcs-compare-by-code-point",
        requirements: &[CODE_POINTS],
        needs: &[],
        stage: Stage::Main,
        summary: "An hlc above U+FFFF is greater than one below, as UTF-16 has it not.",
        run: |context| Box::pin(code_points(context)),
    },
    Case {
        id: "lww/order-free-for-generated-ops",
        requirements: &[ORDER_FREE, TOLD],
        needs: &[],
        stage: Stage::Main,
        summary: "One generated set of puts and deletes reaches five workspaces in different orders and batches.",
        run: |context| Box::pin(generated(context)),
    },
    Case {
        id: "lww/order-free-over-concurrent-connections",
        requirements: &[ORDER_FREE],
        needs: &[Capability::Snapshot],
        stage: Stage::Main,
        summary: "Six clients push generated puts and deletes of the same few records at one instant.",
        run: |context| Box::pin(interleaved(context)),
    },
    Case {
        id: "lww/delete-competes-in-every-order",
        requirements: &[DELETE, ORDER_FREE, TOLD],
        needs: &[],
        stage: Stage::Main,
        summary: "Puts and deletes of a record with rising clocks arrive in all orders, in every table.",
        run: |context| Box::pin(delete_competes(context)),
    },
    Case {
        id: "lww/delete-competes-by-hlc",
        requirements: &[DELETE, HLC, TOLD],
        needs: &[],
        stage: Stage::Main,
        summary: "With one clock, the hlc decides between a put and a delete, whichever comes first.",
        run: |context| Box::pin(delete_by_hlc(context)),
    },
    Case {
        id: "lww/older-put-does-not-resurrect",
        requirements: &[NO_RESURRECTION, TOLD],
        needs: &[],
        stage: Stage::Main,
        summary: "Puts with lower clocks, or with a lower hlc, behind a delete leave the record deleted.",
        run: |context| Box::pin(no_resurrection(context)),
    },
    Case {
        id: "lww/newer-put-revives",
        requirements: &[REVIVES, TOLD],
        needs: &[],
        stage: Stage::Main,
        summary: "A put newer than the delete brings the record back, and its tombstone goes.",
        run: |context| Box::pin(revives(context)),
    },
    Case {
        id: "lww/losers-are-logged",
        requirements: &[LOGGED],
        needs: &[],
        stage: Stage::Main,
        summary: "Losing puts and deletes, alone and in batches, take versions and stand in the log.",
        run: |context| Box::pin(losers_are_logged(context)),
    },
    Case {
        id: "lww/losers-are-told",
        requirements: &[TOLD],
        needs: &[Capability::Applied],
        stage: Stage::Main,
        summary: "A losing op learns that it lost, and to what.",
        run: |context| Box::pin(losers_are_told(context)),
    },
    Case {
        id: "lww/members-and-devices-compete-alike",
        requirements: &[CLOCK, DELETE, ORDER_FREE],
        needs: &[Capability::Members],
        stage: Stage::Main,
        summary: "Two members on two devices each write one record in all orders: who wrote does not count.",
        run: |context| Box::pin(members_compete(context)),
    },
];

/// Skips the case where nothing shows who won.
fn somebody_tells(context: &Context) -> Checked {
    if context.has(Capability::Snapshot) || context.has(Capability::Applied) {
        return Ok(());
    }
    Err(Stop::Skipped("without snapshots and `applied` nothing shows who won".to_owned()))
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

/// Pushes new ops. Where the target says whether an op was applied, that has to be right: it is all that shows the
/// winner of a target without snapshots, and a matter of its own (`lww.loser-told`) where the state can be seen.
async fn push(context: &Context, journal: &mut Journal, batch: &[Op]) -> Checked<Answer> {
    let user = journal.user.clone();
    push_by(context, journal, &user, batch).await
}

async fn push_by(context: &Context, journal: &mut Journal, user: &User, batch: &[Op]) -> Checked<Answer> {
    let expected = wins(&journal.ops, batch);
    let answer = journal.push_by(user, batch).await?;
    if context.has(Capability::Applied) {
        let body: PushAnswer = answer.read(journal.requirement)?;
        let told: Vec<_> = body.results.iter().map(|result| result.applied).collect();
        let message = "`applied` does not say which ops won at their arrival";
        if context.has(Capability::Snapshot) {
            context.advise(answer.equal(TOLD, message, expected, told));
        } else {
            answer.equal(journal.requirement, message, expected, told)?;
        }
    }
    Ok(answer)
}

/// All orders of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
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
async fn contest(
    context: &Context,
    journal: &mut Journal,
    name: &str,
    make: impl Fn(&User, &str) -> Vec<Op>,
) -> Checked {
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
        push(context, journal, &batch).await?;
    }
    push(context, journal, &arranged("batch").concat()).await?;
    user.shows(&journal.workspace, &journal.ops, journal.requirement).await
}

/// So many op ids, ascending.
fn ascending_ids(count: usize) -> Vec<String> {
    let mut ids: Vec<String> = (0..count).map(|_| uuid::Uuid::new_v4().to_string()).collect();
    ids.sort_unstable();
    ids
}

async fn clock_in_every_order(context: Context) -> Checked {
    somebody_tells(&context)?;
    let mut journal = Journal::open(&context, CLOCK).await?;
    contest(&context, &mut journal, "four", |user, pk| {
        (1..=4).map(|clock| user.put("threads", pk).clock(clock).mark(&format!("clock {clock}"))).collect()
    })
    .await?;
    for table in TABLES {
        contest(&context, &mut journal, "three", |user, pk| {
            [3, 70, 500].map(|clock| user.put(table.name, pk).clock(clock).mark(&format!("clock {clock}"))).to_vec()
        })
        .await?;
    }
    // Whatever else is later, greater or newer about the loser.
    contest(&context, &mut journal, "against", |user, pk| {
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
        (LAST_CLOCK - 1, LAST_CLOCK),
        (1, LAST_CLOCK),
    ];
    somebody_tells(&context)?;
    let mut journal = Journal::open(&context, CLOCK).await?;
    for (low, high) in PAIRS {
        contest(&context, &mut journal, &format!("{low}-{high}"), |user, pk| {
            let low = user.put("threads", pk).clock(low).hlc("9999999999999:0000:z").mark("low");
            vec![low, user.put("threads", pk).clock(high).hlc("0000000000000:0000:a").mark("high")]
        })
        .await?;
    }
    contest(&context, &mut journal, "deleted", |user, pk| {
        let first = user.put("kv", pk).clock(9).hlc("z");
        vec![first, user.delete("kv", pk).clock(10).hlc("b"), user.put("kv", pk).clock(100).hlc("a")]
    })
    .await?;
    journal.holds().await
}

/// Two puts with one clock; the one with the lower hlc has the greater op id.
fn tied(user: &User, pk: &str, low: &str, high: &str) -> Vec<Op> {
    let ids = ascending_ids(2);
    vec![
        user.put("threads", pk).clock(5).hlc(low).op_id(ids[1].clone()).mark("low"),
        user.put("threads", pk).clock(5).hlc(high).op_id(ids[0].clone()).mark("high"),
    ]
}

async fn hlc_in_every_order(context: Context) -> Checked {
    somebody_tells(&context)?;
    let mut journal = Journal::open(&context, HLC).await?;
    for table in TABLES {
        contest(&context, &mut journal, "three", |user, pk| {
            let ids = ascending_ids(3);
            let contender = |(rank, counter): (usize, &str)| {
                let hlc = format!("1750000000000:{counter}:device-1");
                user.put(table.name, pk).clock(5).hlc(hlc).op_id(ids[2 - rank].clone()).mark(counter)
            };
            ["0000", "0001", "0010"].into_iter().enumerate().map(contender).collect()
        })
        .await?;
    }
    contest(&context, &mut journal, "four", |user, pk| {
        ["1750000000000:0000:a", "1750000000000:0000:b", "1750000000000:0001:a", "1750000000001:0000:a"]
            .map(|hlc| user.put("threads", pk).clock(5).hlc(hlc).mark(hlc))
            .to_vec()
    })
    .await?;
    // The clock goes before the hlc.
    contest(&context, &mut journal, "clock first", |user, pk| {
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
    somebody_tells(&context)?;
    let mut journal = Journal::open(&context, HLC).await?;
    for (number, (low, high)) in PAIRS.into_iter().enumerate() {
        contest(&context, &mut journal, &format!("pair{number}"), |user, pk| tied(user, pk, low, high)).await?;
    }
    journal.holds().await
}

async fn op_id_in_every_order(context: Context) -> Checked {
    somebody_tells(&context)?;
    let mut journal = Journal::open(&context, OP_ID).await?;
    contest(&context, &mut journal, "puts", |user, pk| {
        let put = |id: &String| user.put("threads", pk).clock(5).op_id(id).mark(&id[..8]);
        ascending_ids(4).iter().map(put).collect()
    })
    .await?;
    // The last character decides as well as the first.
    contest(&context, &mut journal, "late", |user, pk| {
        let id = uuid::Uuid::new_v4().to_string();
        let put = |last| user.put("threads", pk).clock(5).op_id(format!("{}{last}", &id[..35])).mark(last);
        ["1", "9", "a", "f"].map(put).to_vec()
    })
    .await?;
    for table in context.tables_to_delete_from() {
        contest(&context, &mut journal, "mixed", |user, pk| {
            let ids = ascending_ids(3);
            let put = |rank: usize| user.put(table.name, pk).clock(5).op_id(ids[rank].clone()).mark("put");
            vec![put(0), user.delete(table.name, pk).clock(5).op_id(ids[1].clone()), put(2)]
        })
        .await?;
        contest(&context, &mut journal, "deleted", |user, pk| {
            let ids = ascending_ids(3);
            let delete = |rank: usize| user.delete(table.name, pk).clock(5).op_id(ids[rank].clone());
            vec![delete(0), user.put(table.name, pk).clock(5).op_id(ids[1].clone()), delete(2)]
        })
        .await?;
    }
    // The hlc goes before the op id.
    contest(&context, &mut journal, "hlc first", |user, pk| tied(user, pk, "a", "b")).await?;
    journal.holds().await
}

async fn code_points(context: Context) -> Checked {
    const PAIRS: [(&str, &str); 5] = [
        ("\u{fb01}", "\u{1f600}"),
        ("\u{fffd}", "\u{10000}"),
        ("\u{e000}", "\u{10ffff}"),
        ("a\u{ff5a}", "a\u{1d49c}"),
        ("\u{4e00}", "\u{20000}"),
    ];
    somebody_tells(&context)?;
    let mut journal = Journal::open(&context, CODE_POINTS).await?;
    for (number, (low, high)) in PAIRS.into_iter().enumerate() {
        contest(&context, &mut journal, &format!("pair{number}"), |user, pk| tied(user, pk, low, high)).await?;
    }
    journal.holds().await
}

/// Puts and deletes of a few records with few clocks and hlcs, so that many of them meet. No two writes of a record
/// have one revision, nor the same clock and hlc where the target cannot break that tie.
fn generate(context: &Context, user: &User, rng: &mut impl rand::Rng, count: usize) -> Vec<Op> {
    let mut taken: Vec<(String, u64, String)> = Vec::new();
    let mut ops = Vec::new();
    while ops.len() < count {
        let table = ["threads", "kv", "messages"][rng.random_range(0..3)];
        let pk = format!("pk{}", rng.random_range(0..4));
        let clock = [0, 1, 2, 9, 10, 100, LAST_CLOCK][rng.random_range(0..7)];
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
    somebody_tells(&context)?;
    let mut rng = context.rng();
    let author = context.user("author").await?;
    let set = generate(&context, &author, &mut rng, 120);
    let mut states = Vec::new();
    for number in 0..5 {
        let mut journal = Journal::of(context.user(&format!("replica{number}")).await?, ORDER_FREE);
        // Ids of their own: an op id is for one workspace. Their order is that of the set everywhere, so that ties
        // end alike.
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
            push(&context, &mut journal, batch).await?;
            rest = later;
        }
        journal.holds().await?;
        if context.has(Capability::Snapshot) {
            let (items, answer) = journal.user.items(&journal.workspace, ORDER_FREE).await?;
            let mut state: Vec<String> = items
                .iter()
                .map(|item| {
                    let (table, pk, kind) = item.position();
                    format!("{table} {pk} {kind} {} {}", item.revision().clock, item.revision().hlc)
                })
                .collect();
            state.sort_unstable();
            states.push(state.clone());
            answer.equal(ORDER_FREE, "the same ops in another order end in another state", &states[0], state)?;
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
                    let answer = user.attempt_push(&user.home, batch).await;
                    successes(&answer, batch, ORDER_FREE)?;
                }
                Checked::Ok(())
            });
        }
        for outcome in at_once(pushes).await? {
            outcome?;
        }
        let (changes, answer) = user.log(&user.home, ORDER_FREE).await?;
        answer.equal(ORDER_FREE, "the log has not one entry an op", ops.len(), changes.len())?;
        user.shows(&user.home, &ops, ORDER_FREE).await?;
    }
    Ok(())
}

async fn delete_competes(context: Context) -> Checked {
    somebody_tells(&context)?;
    let mut journal = Journal::open(&context, DELETE).await?;
    contest(&context, &mut journal, "put last", |user, pk| {
        let put = |clock| user.put("threads", pk).clock(clock).mark(&format!("clock {clock}"));
        let delete = |clock| user.delete("threads", pk).clock(clock);
        vec![delete(1), put(2), delete(3), put(4)]
    })
    .await?;
    contest(&context, &mut journal, "delete last", |user, pk| {
        let put = |clock| user.put("threads", pk).clock(clock).mark(&format!("clock {clock}"));
        let delete = |clock| user.delete("threads", pk).clock(clock);
        vec![put(1), delete(2), put(3), delete(4)]
    })
    .await?;
    for table in context.tables_to_delete_from() {
        contest(&context, &mut journal, "pair", |user, pk| {
            vec![user.put(table.name, pk).clock(9), user.delete(table.name, pk).clock(10)]
        })
        .await?;
        contest(&context, &mut journal, "pair of deletes", |user, pk| {
            vec![
                user.put(table.name, pk).clock(1),
                user.delete(table.name, pk).clock(2),
                user.delete(table.name, pk).clock(3),
            ]
        })
        .await?;
        contest(&context, &mut journal, "put wins", |user, pk| {
            vec![user.delete(table.name, pk).clock(9), user.put(table.name, pk).clock(10).mark("winner")]
        })
        .await?;
    }
    journal.holds().await
}

async fn delete_by_hlc(context: Context) -> Checked {
    somebody_tells(&context)?;
    let mut journal = Journal::open(&context, DELETE).await?;
    for table in context.tables_to_delete_from() {
        for (name, put, delete) in [("put", "b", "a"), ("delete", "a", "b")] {
            contest(&context, &mut journal, name, |user, pk| {
                let ids = ascending_ids(2);
                // The op id speaks for the loser.
                let (puts_id, deletes_id) = if put > delete { (&ids[0], &ids[1]) } else { (&ids[1], &ids[0]) };
                vec![
                    user.put(table.name, pk).clock(5).hlc(put).op_id(puts_id).mark("put"),
                    user.delete(table.name, pk).clock(5).hlc(delete).op_id(deletes_id),
                ]
            })
            .await?;
        }
    }
    journal.holds().await
}

async fn no_resurrection(context: Context) -> Checked {
    somebody_tells(&context)?;
    let mut journal = Journal::open(&context, NO_RESURRECTION).await?;
    let user = journal.user.clone();
    for table in context.tables_to_delete_from() {
        let put = |pk: &str, clock| user.put(table.name, pk).clock(clock).mark(&format!("clock {clock}"));
        let deletes = [
            put("was", 1),
            user.delete(table.name, "was").clock(50).hlc("m"),
            user.delete(table.name, "never").clock(50).hlc("m"),
        ];
        push(&context, &mut journal, &deletes).await.as_setup()?;
        for pk in ["was", "never"] {
            for clock in [0, 2, 9, 49] {
                push(&context, &mut journal, &[put(pk, clock)]).await?;
            }
            push(&context, &mut journal, &[put(pk, 50).hlc("a"), put(pk, 50).hlc("M"), put(pk, 5)]).await?;
        }
        user.shows(&journal.workspace, &journal.ops, NO_RESURRECTION).await?;
    }
    journal.holds().await
}

async fn revives(context: Context) -> Checked {
    somebody_tells(&context)?;
    let mut journal = Journal::open(&context, REVIVES).await?;
    let user = journal.user.clone();
    for table in context.tables_to_delete_from() {
        let put = |pk: &str, clock| user.put(table.name, pk).clock(clock).mark(&format!("clock {clock}"));
        let deletes = [
            put("was", 1),
            user.delete(table.name, "was").clock(5).hlc("m"),
            user.delete(table.name, "never").clock(5).hlc("m"),
            put("by hlc", 1),
            user.delete(table.name, "by hlc").clock(5).hlc("m"),
        ];
        push(&context, &mut journal, &deletes).await.as_setup()?;
        user.shows(&journal.workspace, &journal.ops, REVIVES).await.as_setup()?;
        push(&context, &mut journal, &[put("was", 6), put("never", 6), put("by hlc", 5).hlc("n")]).await?;
        user.shows(&journal.workspace, &journal.ops, REVIVES).await?;
        // What the tombstone would have kept out competes with the new put only.
        push(&context, &mut journal, &[put("was", 4), user.delete(table.name, "never").clock(5).hlc("z")]).await?;
        push(&context, &mut journal, &[put("was", 7), put("never", 7)]).await?;
        user.shows(&journal.workspace, &journal.ops, REVIVES).await?;
    }
    journal.holds().await
}

async fn losers_are_logged(context: Context) -> Checked {
    let mut journal = Journal::open(&context, LOGGED).await?;
    for table in context.tables_to_delete_from() {
        let user = journal.user.clone();
        let put = |pk: &str, clock| user.put(table.name, pk).clock(clock).mark(&format!("clock {clock}"));
        let delete = |pk: &str, clock| user.delete(table.name, pk).clock(clock);
        journal.push(&[put("live", 50), delete("gone", 50)]).await.as_setup()?;
        for loser in [put("live", 3), delete("live", 4), put("gone", 3), delete("gone", 4)] {
            journal.push(&[loser]).await?;
        }
        let batch = [
            put("live", 5),
            put("won", 5),
            delete("live", 6),
            put("won", 4),
            put("gone", 5),
            delete("won", 3),
            delete("gone", 6),
            put("live", 51),
        ];
        journal.push(&batch).await?;
    }
    journal.holds().await
}

async fn losers_are_told(context: Context) -> Checked {
    let mut journal = Journal::open(&context, TOLD).await?;
    let user = journal.user.clone();
    for table in context.tables_to_delete_from() {
        let winner = user.put(table.name, "live").clock(50).mark("winner");
        let set = [winner.clone(), user.delete(table.name, "gone").clock(50)];
        told(&journal.push(&set).await?, &[None, None])?;
        let loser = user.put(table.name, "live").clock(3).mark("loser");
        told(&journal.push(&[loser]).await?, &[Some(&winner)])?;
        let gone = &set[1];
        let batch = [
            user.delete(table.name, "live").clock(4),
            user.put(table.name, "fresh"),
            user.put(table.name, "gone").clock(4),
            user.put(table.name, "live").clock(50).hlc("0"),
            user.delete(table.name, "gone").clock(5),
        ];
        told(&journal.push(&batch).await?, &[Some(&winner), None, Some(gone), Some(&winner), Some(gone)])?;
        // Within one batch, the winner being new itself.
        let new = user.put(table.name, "new").clock(9).mark("new winner");
        let batch = [user.put(table.name, "new").clock(2), new.clone(), user.delete(table.name, "new").clock(8)];
        told(&journal.push(&batch).await?, &[None, None, Some(&new)])?;
    }
    journal.holds().await
}

/// Checks for each op of a push that it is told that it won, or which other write it lost against.
fn told(answer: &Answer, winners: &[Option<&Op>]) -> Checked {
    let body: PushAnswer = answer.read(TOLD)?;
    for (result, winner) in body.results.iter().zip(winners) {
        let shown = serde_json::to_string(result).unwrap_or_default();
        let message = "`applied` does not say whether the op won";
        let expected = format!("applied: {}", winner.is_none());
        answer.ensure(TOLD, result.applied == Some(winner.is_none()), message, expected, shown.clone())?;
        // The protocol names two fields for the winner and does not say what a deletion looks like there.
        let Some(content) = winner.filter(|winner| winner.operation() == Operation::Put).and_then(Op::content) else {
            continue;
        };
        let message = "a losing op does not learn what it lost to";
        let named = result.winner.is_some() || result.payload.is_some();
        answer.ensure(TOLD, named, message, format!("the winner, {content}"), shown.clone())?;
        let right = result.payload.as_ref().is_none_or(|payload| same_json(payload, content));
        answer.ensure(
            TOLD,
            right,
            "a losing op is shown another payload than the winner's",
            content.to_string(),
            shown,
        )?;
    }
    Ok(())
}

async fn members_compete(context: Context) -> Checked {
    let mut journal = Journal::open(&context, CLOCK).await?;
    let anna = journal.user.clone();
    let ben = context.user("ben").await?;
    anna.invite(&anna.home, &ben, Role::Editor).await?;
    for (number, order) in orders(4).into_iter().enumerate() {
        let pk = format!("pk{number}");
        let contenders = [
            (&anna, anna.put("threads", &pk).device("anna-1").clock(1).mark("anna 1")),
            (&ben, ben.put("threads", &pk).device("ben-1").clock(2).mark("ben 2")),
            (&ben, ben.delete("threads", &pk).device("ben-2").clock(3)),
            (&anna, anna.put("threads", &pk).device("anna-2").clock(4).mark("anna 4")),
        ];
        // The last one in turn is the winner, or was never written.
        for place in order.into_iter().filter(|place| number % 2 == 0 || *place != 3) {
            let (author, op) = &contenders[place];
            push_by(&context, &mut journal, author, std::slice::from_ref(op)).await?;
        }
    }
    journal.holds().await?;
    ben.holds(&anna.home, &journal.ops, CLOCK).await
}
