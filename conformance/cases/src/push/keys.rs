//! Push: keys are text, byte for byte.
//!
//! These keys have no prefix that makes them the case's own, because the whole text counts. So no other case uses the same
//! text in the same table.

use std::collections::BTreeMap;

use crate::prelude::*;
use crate::support::offering::{Offered, offer, shortened};
use syncproof_harness::world::sync::batches;
use syncproof_protocol::family::{Family, every_text, may_be_refused};

const EXACT: &str = "push.text-exact";

cases! {
    /// Pks of every family that has to be taken come back from a pull as they were pushed.
    "push/pks-come-back" checks [EXACT] by come_back;
    /// Pairs of pks that differ in case, accents, width, blanks or escapes are two records; one of each is deleted.
    "push/pks-that-look-alike" checks [EXACT] by alike;
    /// `%`, `_`, `*`, quotes and SQL in a pk match and end nothing: what is deleted is that one record.
    "push/pks-that-are-patterns" checks [EXACT] by patterns;
    /// NUL, control characters, the empty pk and very long ones are refused or kept exactly.
    "push/pks-that-may-be-refused" checks [EXACT] by refusable;
}

/// The texts of these families that have to be accepted, and whether each is the one of its set that stays: of every two
/// neighbours, one does.
fn kept_and_gone(families: impl Iterator<Item = Family>) -> BTreeMap<&'static str, bool> {
    let mut roles = BTreeMap::new();
    for (place, text) in families.flat_map(Family::sets).flat_map(|set| set.iter().enumerate()) {
        if !may_be_refused(text) {
            roles.entry(text.as_str()).or_insert(place % 2 == 0);
        }
    }
    roles
}

async fn push_all(journal: &mut Journal, ops: &[Op]) -> Checked {
    for batch in batches(ops) {
        journal.push_ok(batch).await?;
    }
    Ok(())
}

async fn come_back(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, EXACT).await?;
    let pks = kept_and_gone(Family::of_texts()).into_keys();
    let puts: Vec<Op> = pks.map(|pk| user.put("kv", pk).mark(&shortened(pk))).collect();
    push_all(&mut journal, &puts).await?;
    journal.gives_after(0, 1000, "a pull does not give pks as they were pushed").await.map(drop)
}

async fn alike(context: Context) -> Checked {
    let roles = kept_and_gone(Family::of_texts());
    for (label, table, swap) in [("anna", "projects", false), ("ben", "kv", true)] {
        let mut journal = Journal::of(context.user(label).await?, EXACT);
        let user = journal.user.clone();
        let stays = |(pk, stays): (&&'static str, &bool)| (*stays != swap).then_some(*pk);
        let kept: Vec<&str> = roles.iter().filter_map(stays).collect();
        let puts: Vec<Op> = roles.keys().map(|pk| user.put_exactly(table, pk).mark(&shortened(pk))).collect();
        push_all(&mut journal, &puts).await?;
        journal.shows().await?;
        let gone = roles.keys().filter(|pk| !kept.contains(pk));
        let deletes: Vec<Op> = gone.map(|pk| Op::delete(table, pk).clock(3)).collect();
        push_all(&mut journal, &deletes).await?;
        journal.shows().await?;
        // The kept keys accept a lower clock than that of the others' deletes.
        let again: Vec<Op> = kept.iter().map(|pk| user.put_exactly(table, pk).clock(2).mark("again")).collect();
        push_all(&mut journal, &again).await?;
        journal.holds_everywhere().await?;
    }
    Ok(())
}

async fn patterns(context: Context) -> Checked {
    let families = [Family::Patterns, Family::Words, Family::Percent, Family::DottedKeys];
    let (user, mut journal) = Journal::with_user(&context, EXACT).await?;
    let pks: Vec<&str> = kept_and_gone(families.into_iter()).into_keys().collect();
    let puts: Vec<Op> = pks.iter().map(|pk| user.put_exactly("file_meta", pk).mark(pk)).collect();
    journal.push_ok(&puts).await?;
    journal.holds().await?;
    for (number, pk) in pks.into_iter().enumerate() {
        journal.push_ok(&[Op::delete("file_meta", pk).clock(2)]).await?;
        if number % 6 == 0 {
            journal.shows().await?;
        }
    }
    journal.push_ok(&[user.put_exactly("file_meta", "a%").clock(3).mark("back")]).await?;
    journal.holds().await
}

async fn refusable(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, EXACT).await?;
    let families = || Family::of_texts().filter(|family| family.may_be_refused());
    let mut pks: Vec<&str> = families().flat_map(Family::texts).collect();
    pks.sort_unstable();
    pks.dedup();
    let put = |pk: &&str| -> Offered { (user.put_exactly("posts", pk).mark(&shortened(pk)), may_be_refused(pk)) };
    let accepted = offer(&mut journal, &pks.iter().map(put).collect::<Vec<_>>()).await?;
    // Refused keys have left nothing, and accepted ones are unchanged.
    journal.holds().await?;
    let delete = |op: &Op| -> Offered { (Op::delete("posts", op.pk()).clock(2), true) };
    offer(&mut journal, &accepted.iter().step_by(2).map(delete).collect::<Vec<_>>()).await?;
    journal.holds_everywhere().await?;
    let unknown = every_text().filter(|(_, refusable)| *refusable).map(|(pk, _)| (Op::delete("kv", pk), true));
    offer(&mut journal, &unknown.collect::<Vec<_>>()).await?;
    journal.holds().await
}
