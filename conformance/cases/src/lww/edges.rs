//! Revisions at the edge of what servers store: the clock 0, hlcs that are long, and records that come back.

use crate::lww::order::{ascending_ids, contest, journal_with_winners, put_and_delete_tied, tied};
use crate::prelude::*;

const HLC: &str = "lww.hlc-breaks-tie";
const NO_RESURRECTION: &str = "lww.no-resurrection";
const REVIVES: &str = "lww.newer-put-revives";
const TOLD: &str = "lww.loser-told";

cases! {
    /// What was written or deleted with clock 0 keeps out what has clock 0 and a lower hlc.
    "lww/clock-zero-is-a-clock" checks [HLC, NO_RESURRECTION, "lww.delete-competes", TOLD] by clock_zero;
    /// Of two hlcs of 200 or 300 characters that differ in the last one only, the greater wins.
    "lww/long-hlcs-compare-to-the-end" checks [HLC, TOLD] by long_hlcs;
    /// Hlcs that are empty, differ in a blank, or after a NUL, are refused, or compared as text.
    "lww/odd-hlcs-are-text" checks [HLC, TOLD] by odd_hlcs;
    /// Losers whose payloads and envelopes speak of a higher clock, a later time or more attempts stay losers.
    "lww/nothing-but-the-stamp-decides" checks ["lww.higher-clock", HLC, TOLD] by stamp_decides;
    /// A record that was deleted and put again has the fields of the last put and no others.
    "lww/revival-brings-nothing-old-back" checks [REVIVES, "push.payload-round-trips"] needs [Snapshot] by nothing_old;
}

async fn clock_zero(context: Context) -> Checked {
    let mut journal = journal_with_winners(&context, HLC).await?;
    for table in context.tables_to_delete_from() {
        for (requirement, name, deletes) in [
            (HLC, "puts", [false, false]),
            (HLC, "put wins", [false, true]),
            (NO_RESURRECTION, "delete wins", [true, false]),
        ] {
            contest(journal.checks(requirement), name, |user, pk| {
                let write = |(place, id): (usize, String)| {
                    let hlc = ["b", "a"][place];
                    let op =
                        if deletes[place] { user.delete(table.name, pk) } else { user.put(table.name, pk).mark(hlc) };
                    op.clock(0).hlc(hlc).op_id(id)
                };
                // The first has to win, although the second has the greater op id.
                ascending_ids(2).into_iter().enumerate().map(write).collect()
            })
            .await?;
        }
    }
    journal.holds().await
}

async fn stamp_decides(context: Context) -> Checked {
    let mut journal = journal_with_winners(&context, "lww.higher-clock").await?;
    for table in TABLES {
        for (name, hlcs, clocks) in
            [("clocks", ["a", "b"], [6, 5]), ("zero", ["a", "b"], [1, 0]), ("hlcs", ["b", "a"], [6, 6])]
        {
            contest(&mut journal, &format!("{name} {}", table.name), |user, pk| {
                let ids = ascending_ids(2);
                let put = |place: usize| {
                    let op = user.put(table.name, pk).clock(clocks[place]).hlc(hlcs[place]).op_id(ids[place].clone());
                    // The first has to win, although everything but its stamp is greater in the second.
                    let (number, time) = [(1, 1_750_000_000_u64), (9, 1_790_000_000)][place];
                    let op = op.field("clock", json!(number)).field("updated_at", json!(time));
                    let op = op.field("created_at", json!(time)).field("hlc", json!(number.to_string()));
                    op.device(&format!("device-{number}"))
                        .spoil("createdAt", Some(json!(time)))
                        .spoil("attempts", Some(json!(number)))
                };
                vec![put(0), put(1)]
            })
            .await?;
        }
    }
    journal.holds().await
}

async fn long_hlcs(context: Context) -> Checked {
    let mut journal = journal_with_winners(&context, HLC).await?;
    for length in [200, 300] {
        let hlc = |last: &str| format!("{:d<width$}{last}", "0000000000001:0000:", width = length - 1);
        if takes(&mut journal, &hlc("a")).await? {
            long_contests(&mut journal, length, hlc).await?;
        } else if length == 200 {
            return Err(Stop::Skipped("the target accepts no hlc of 200 characters".to_owned()));
        }
    }
    journal.holds().await
}

/// Whether the target accepts such an hlc: it may limit what it stores.
async fn takes(journal: &mut Journal, hlc: &str) -> Checked<bool> {
    let probe = journal.user.put("threads", &format!("probe {}", journal.head())).hlc(hlc);
    Ok(!journal.attempt(&[probe]).await?.refused(0))
}

async fn long_contests(journal: &mut Journal, length: usize, hlc: impl Fn(&str) -> String) -> Checked {
    contest(journal, &format!("puts of {length}"), |user, pk| tied(user, pk, &hlc("a"), &hlc("b"))).await?;
    for (name, put, delete) in [("put", "b", "a"), ("delete", "a", "b")] {
        contest(journal, &format!("{name} of {length}"), |user, pk| {
            put_and_delete_tied(user, "threads", pk, (&hlc(put), &hlc(delete)))
        })
        .await?;
    }
    Ok(())
}

async fn odd_hlcs(context: Context) -> Checked {
    const PAIRS: [(&str, &str); 8] = [
        ("", "a"),
        ("a", "a "),
        (" a", "a"),
        ("a\t", "a "),
        ("a ", "a\u{a0}"),
        ("a\0a", "a\0b"),
        ("a", "a\0"),
        ("\u{feff}", "\u{feff}a"),
    ];
    let mut journal = journal_with_winners(&context, HLC).await?;
    for (number, (low, high)) in PAIRS.into_iter().enumerate() {
        if takes(&mut journal, low).await? && takes(&mut journal, high).await? {
            contest(&mut journal, &format!("pair{number}"), |user, pk| tied(user, pk, low, high)).await?;
        }
    }
    journal.holds().await
}

async fn nothing_old(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, REVIVES).await?;
    for table in context.tables() {
        let lives = |pk: &str| {
            let old = user.put(table.name, pk).clock(1).field("old", json!(1)).field("both", json!({"a": 1, "b": 1}));
            let new = user.put(table.name, pk).clock(3).field("new", json!(2)).field("both", json!({"c": 2}));
            [old, user.delete(table.name, pk).clock(2), new]
        };
        for op in lives("single") {
            journal.push_ok(&op).await?;
        }
        journal.push_ok(&lives("batch")).await?;
        let [old, delete, new] = lives("payload");
        let delete = delete.payload(old.content().cloned());
        for op in [old, delete, new] {
            journal.push_ok(&op).await?;
        }
        journal.shows().await?;
    }
    journal.holds().await
}
