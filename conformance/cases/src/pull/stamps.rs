//! Pull: the texts of a stamp come back as they were sent, wherever they are shown.

use crate::prelude::*;
use crate::support::offering::{Offered, offer};
use syncproof_protocol::family::every_text;

const STAMP: &str = "pull.echoes-stamp";
const MIRROR: &str = "push.results-mirror-ops";
const TOLD: &str = "lww.loser-told";

cases! {
    /// Every text of the families as hlc and as device id: kept exactly, in pulls and snapshots, in pages of every size.
    "pull/stamps-of-every-family" checks [STAMP, "snapshot.complete"] by stamps;
    /// Op ids in every form of a UUID: results, winners, pulls and snapshots name them as they were sent, or they are refused.
    "pull/op-ids-in-every-form" checks [STAMP, MIRROR, "snapshot.complete", TOLD] by op_ids;
}

/// Whether a server may refuse such a text in a stamp: the protocol says only that it is a text.
fn is_odd(text: &str, refusable: bool) -> bool {
    refusable || text.trim().is_empty()
}

async fn stamps(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, STAMP).await?;
    let mut offered: Vec<Offered> = Vec::new();
    for (number, (text, refusable)) in every_text().enumerate() {
        let may_be_refused = is_odd(text, refusable);
        offered.push((user.put("threads", &format!("hlc {number}")).hlc(text), may_be_refused));
        offered.push((user.put("kv", &format!("device {number}")).device(text), may_be_refused));
        // A tombstone bears the stamp of its delete.
        offered.push((user.delete("posts", &format!("hlc {number}")).hlc(text), may_be_refused));
    }
    offer(&mut journal, &offered).await?;
    journal.holds_everywhere().await
}

/// The forms of a UUID, and one of another version.
fn forms(id: &str) -> Vec<String> {
    let plain = id.replace('-', "");
    let mixed = id.chars().enumerate();
    let mixed = mixed.map(|(place, c)| if place % 2 == 0 { c.to_ascii_uppercase() } else { c }).collect();
    let mut seventh = id.to_uppercase();
    seventh.replace_range(14..15, "7");
    vec![
        id.to_owned(),
        id.to_uppercase(),
        mixed,
        seventh,
        format!("{{{id}}}"),
        plain.to_uppercase(),
        format!("urn:uuid:{}", id.to_uppercase()),
    ]
}

async fn op_ids(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, STAMP).await?;
    let count = forms("00000000-0000-4000-8000-000000000000").len();
    // An op under a new id in one of the forms; only the form of RFC 9562 has to be accepted, in small letters.
    let formed = |op: Op, form: usize| -> Offered {
        let id = forms(&uuid::Uuid::new_v4().to_string()).swap_remove(form);
        (op.op_id(id), form != 0)
    };
    for round in 0..3 {
        let mut offered = Vec::new();
        for form in 0..count {
            let pk = |what: &str| format!("{what} {form} {round}");
            offered.push(formed(user.put("threads", &pk("put")).clock(5), form));
            offered.push(formed(user.delete("kv", &pk("gone")).clock(5), form));
            offered.push(formed(user.put("posts", &pk("written over")).clock(4), form));
        }
        let accepted = offer(&mut journal, &offered).await?;
        for (number, first) in accepted.iter().enumerate() {
            // A loser, which the answer may tell of the winner, and one that fails.
            let form = number % count;
            let (loser, refusable) = formed(user.put_exactly(first.table(), first.pk()).clock(1), form);
            let (bad, _) = formed(user.put("no_such_table", "bad"), form);
            let outcome = journal.attempt(&[loser, bad]).await?;
            let actual = outcome.answer.outcome();
            let is_fair = refusable || !outcome.refused(0) || outcome.results.is_none();
            outcome.answer.ensure(STAMP, is_fair, "an op that loses is refused", "success", actual)?;
            let winner = outcome.result(0).and_then(|result| result.winner.as_ref()).map(Value::to_string);
            let names_another = winner.is_some_and(|winner| {
                winner.to_lowercase().contains(&first.id().to_lowercase()) && !winner.contains(first.id())
            });
            let message = "the winner that an op is told of has its op id in other letters than it was sent";
            context.check_should(outcome.answer.check(TOLD, !names_another, message, first.id()));
        }
    }
    journal.holds_everywhere().await
}
