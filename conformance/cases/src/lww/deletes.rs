//! Deletes and losers: a delete is a write like any other, and a write that loses is a write.

use crate::prelude::*;
use syncproof_protocol::json::same_json;

use crate::lww::order::{contest, journal_with_winners, push, put_and_delete_tied};

const HLC: &str = "lww.hlc-breaks-tie";
const ORDER_FREE: &str = "lww.order-free";
const DELETE: &str = "lww.delete-competes";
const NO_RESURRECTION: &str = "lww.no-resurrection";
const REVIVES: &str = "lww.newer-put-revives";
const LOGGED: &str = "lww.loser-is-logged";
const TOLD: &str = "lww.loser-told";

cases! {
    /// Puts and deletes of a record with rising clocks arrive in all orders, in every table.
    "lww/delete-competes-in-every-order" checks [DELETE, ORDER_FREE, TOLD] by delete_competes;
    /// With one clock, the hlc decides between a put and a delete, whichever comes first.
    "lww/delete-competes-by-hlc" checks [DELETE, HLC, TOLD] by delete_by_hlc;
    /// Puts with lower clocks, or with a lower hlc, behind a delete leave the record deleted.
    "lww/older-put-does-not-resurrect" checks [NO_RESURRECTION, TOLD] by no_resurrection;
    /// A put newer than the delete brings the record back, and its tombstone goes.
    "lww/newer-put-revives" checks [REVIVES, TOLD] by revives;
    /// Losing puts and deletes, alone and in batches, take versions and stand in the log.
    "lww/losers-are-logged" checks [LOGGED] by losers_are_logged;
    /// A losing op learns that it lost, and to what.
    "lww/losers-are-told" checks [TOLD] needs [Applied] by losers_are_told;
}

async fn delete_competes(context: Context) -> Checked {
    let mut journal = journal_with_winners(&context, DELETE).await?;
    for (name, deletes) in [("put last", [1, 3]), ("delete last", [2, 4])] {
        contest(&mut journal, name, |user, pk| {
            let write = |clock| match deletes.contains(&clock) {
                true => user.delete("threads", pk).clock(clock),
                false => user.put("threads", pk).clock(clock).mark(&format!("clock {clock}")),
            };
            (1..=4).map(write).collect()
        })
        .await?;
    }
    for table in context.tables_to_delete_from() {
        contest(&mut journal, "pair", |user, pk| {
            vec![user.put(table.name, pk).clock(9), user.delete(table.name, pk).clock(10)]
        })
        .await?;
        contest(&mut journal, "pair of deletes", |user, pk| {
            vec![
                user.put(table.name, pk).clock(1),
                user.delete(table.name, pk).clock(2),
                user.delete(table.name, pk).clock(3),
            ]
        })
        .await?;
        contest(&mut journal, "put wins", |user, pk| {
            vec![user.delete(table.name, pk).clock(9), user.put(table.name, pk).clock(10).mark("winner")]
        })
        .await?;
    }
    journal.holds().await
}

async fn delete_by_hlc(context: Context) -> Checked {
    let mut journal = journal_with_winners(&context, DELETE).await?;
    for table in context.tables_to_delete_from() {
        for (name, put, delete) in [("put", "b", "a"), ("delete", "a", "b")] {
            contest(&mut journal, name, |user, pk| put_and_delete_tied(user, table.name, pk, (put, delete))).await?;
        }
    }
    journal.holds().await
}

async fn no_resurrection(context: Context) -> Checked {
    let mut journal = journal_with_winners(&context, NO_RESURRECTION).await?;
    let user = journal.user.clone();
    for table in context.tables_to_delete_from() {
        let put = |pk: &str, clock| user.put(table.name, pk).clock(clock).mark(&format!("clock {clock}"));
        let deletes = [
            put("was", 1),
            user.delete(table.name, "was").clock(50).hlc("m"),
            user.delete(table.name, "never").clock(50).hlc("m"),
        ];
        push(&mut journal, &deletes).await.in_setup()?;
        for pk in ["was", "never"] {
            for clock in [0, 2, 9, 49] {
                push(&mut journal, &[put(pk, clock)]).await?;
            }
            push(&mut journal, &[put(pk, 50).hlc("a"), put(pk, 50).hlc("M"), put(pk, 5)]).await?;
        }
        journal.shows().await?;
    }
    journal.holds().await
}

async fn revives(context: Context) -> Checked {
    let mut journal = journal_with_winners(&context, REVIVES).await?;
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
        push(&mut journal, &deletes).await.in_setup()?;
        journal.shows().await.in_setup()?;
        push(&mut journal, &[put("was", 6), put("never", 6), put("by hlc", 5).hlc("n")]).await?;
        journal.shows().await?;
        // The tombstone is gone, so older writes compete with the new put only.
        push(&mut journal, &[put("was", 4), user.delete(table.name, "never").clock(5).hlc("z")]).await?;
        push(&mut journal, &[put("was", 7), put("never", 7)]).await?;
        journal.shows().await?;
    }
    journal.holds().await
}

async fn losers_are_logged(context: Context) -> Checked {
    let mut journal = Journal::open(&context, LOGGED).await?;
    for table in context.tables_to_delete_from() {
        let user = journal.user.clone();
        let put = |pk: &str, clock| user.put(table.name, pk).clock(clock).mark(&format!("clock {clock}"));
        let delete = |pk: &str, clock| user.delete(table.name, pk).clock(clock);
        journal.push_ok(&[put("live", 50), delete("gone", 50)]).await.in_setup()?;
        for loser in [put("live", 3), delete("live", 4), put("gone", 3), delete("gone", 4)] {
            journal.push_ok(&[loser]).await?;
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
        journal.push_ok(&batch).await?;
    }
    journal.holds().await
}

async fn losers_are_told(context: Context) -> Checked {
    let mut journal = Journal::open(&context, TOLD).await?;
    let told = each_is_told(&context, &mut journal).await;
    if matches!(&told, Err(Stop::Failed(failure)) if failure.requirement == TOLD) {
        // If the wrong op won, the report of it is right.
        journal.checks("lww.higher-clock").shows().await?;
    }
    told?;
    journal.holds().await
}

async fn each_is_told(context: &Context, journal: &mut Journal) -> Checked {
    let user = journal.user.clone();
    for table in context.tables_to_delete_from() {
        let winner = user.put(table.name, "live").clock(50).mark("winner");
        let set = [winner.clone(), user.delete(table.name, "gone").clock(50)];
        reports_winners(context, &journal.push_ok(&set).await?, &[None, None])?;
        let loser = user.put(table.name, "live").clock(3).mark("loser");
        reports_winners(context, &journal.push_ok(&[loser]).await?, &[Some(&winner)])?;
        let gone = &set[1];
        let batch = [
            user.delete(table.name, "live").clock(4),
            user.put(table.name, "fresh"),
            user.put(table.name, "gone").clock(4),
            user.put(table.name, "live").clock(50).hlc("0"),
            user.delete(table.name, "gone").clock(5),
        ];
        reports_winners(
            context,
            &journal.push_ok(&batch).await?,
            &[Some(&winner), None, Some(gone), Some(&winner), Some(gone)],
        )?;
        // The winner is in the same batch.
        let new = user.put(table.name, "new").clock(9).mark("new winner");
        let batch = [user.put(table.name, "new").clock(2), new.clone(), user.delete(table.name, "new").clock(8)];
        reports_winners(context, &journal.push_ok(&batch).await?, &[None, None, Some(&new)])?;
    }
    // In every table, one's own notifications among them: a write to a record that is there, and lives on.
    for table in context.tables() {
        let winner = user.put(table.name, "kept").clock(50).mark("winner");
        reports_winners(context, &journal.push_ok(&winner).await?, &[None])?;
        let losers = [user.put(table.name, "kept").clock(3).mark("loser"), user.delete(table.name, "kept").clock(4)];
        reports_winners(context, &journal.push_ok(&losers).await?, &[Some(&winner), Some(&winner)])?;
    }
    Ok(())
}

/// Checks that the answer to a push reports for each op that it won, or which other write it lost to.
fn reports_winners(context: &Context, answer: &Answer, winners: &[Option<&Op>]) -> Checked {
    let body: PushAnswer = answer.read(TOLD)?;
    for (result, winner) in body.results.iter().zip(winners) {
        let shown = serde_json::to_string(result).unwrap_or_default();
        if let (Some(reported), Some(winner)) = (result.winner.as_ref(), winner)
            && ["clock", "hlc", "opId"].iter().all(|field| reported.get(field).is_some())
        {
            let revision = json!({"clock": reported["clock"], "hlc": reported["hlc"], "opId": reported["opId"]});
            let message = "the winner reported to a losing op has another revision than the write that won";
            context.check_should(answer.equal(TOLD, message, winner.revision(), revision));
        }
        let message = "`applied` does not report whether the op won";
        let expected = format!("applied: {}", winner.is_none());
        answer.ensure(TOLD, result.applied == Some(winner.is_none()), message, expected, shown.clone())?;
        // The protocol names two fields for the winner and does not define how they show a delete.
        let Some(content) = winner.filter(|winner| winner.operation() == Operation::Put).and_then(Op::content) else {
            continue;
        };
        let message = "the result of a losing op shows neither `winner` nor `payload`";
        let named = result.winner.is_some() || result.payload.is_some();
        answer.ensure(TOLD, named, message, format!("the winner, {content}"), shown.clone())?;
        let right = result.payload.as_ref().is_none_or(|payload| same_json(payload, content));
        answer.ensure(
            TOLD,
            right,
            "the result of a losing op shows another payload than the winner's",
            content.to_string(),
            shown,
        )?;
    }
    Ok(())
}
