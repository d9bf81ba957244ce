//! Who wins between hlcs that a careless comparison takes for equal, or orders as something else than text.

use crate::lww::order::{ascending_ids, journal_with_winners, push};
use crate::prelude::*;
use syncproof_protocol::family::{Family, may_be_refused};

const HLC: &str = "lww.hlc-breaks-tie";

cases! {
    /// Hlcs of one set of a family compete for a record, in ascending and in descending order: the greatest text wins.
    "lww/hlcs-of-every-family" checks [HLC, "lww.order-free", "lww.loser-told"] by families;
}

/// The sets of hlcs that have to be accepted and that every server orders alike: beyond the basic plane the order of code
/// points is only a SHOULD (`lww.code-point-order`). Each is in ascending order.
fn sets() -> Vec<Vec<&'static str>> {
    let taken = |set: &'static Vec<String>| {
        let texts = set.iter().map(String::as_str).filter(|text| !may_be_refused(text) && !text.trim().is_empty());
        let mut texts: Vec<&str> = texts.collect();
        texts.sort_unstable();
        texts
    };
    let is_clear = |texts: &Vec<&str>| {
        texts.len() > 1 && texts.is_sorted_by(|one, other| one.encode_utf16().lt(other.encode_utf16()))
    };
    Family::of_texts().flat_map(Family::sets).map(taken).filter(is_clear).collect()
}

async fn families(context: Context) -> Checked {
    let mut journal = journal_with_winners(&context, HLC).await?;
    let user = journal.user.clone();
    let sets = sets();
    let longest = sets.iter().map(Vec::len).max().unwrap_or(0);
    for (table, descends) in [("threads", false), ("kv", true)] {
        // The greatest hlc has the lowest op id, which would win if the hlcs were equal.
        let writes: Vec<Vec<Op>> = sets
            .iter()
            .enumerate()
            .map(|(number, set)| {
                let ids = ascending_ids(set.len());
                let write = |(hlc, id): (&&str, &String)| {
                    user.put(table, &format!("set {number}")).mark(hlc).hlc(*hlc).op_id(id.as_str())
                };
                let mut ops: Vec<Op> = set.iter().zip(ids.iter().rev()).map(write).collect();
                if descends {
                    ops.reverse();
                }
                ops
            })
            .collect();
        for place in 0..longest {
            let arrivals: Vec<Op> = writes.iter().filter_map(|ops| ops.get(place).cloned()).collect();
            for batch in arrivals.chunks(100) {
                push(&mut journal, batch).await?;
            }
        }
        journal.shows().await?;
    }
    journal.holds_everywhere().await
}
