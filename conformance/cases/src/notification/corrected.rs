//! Ops that were refused and are sent again with the same id, corrected: after a success they are in the log.

use crate::notification::reading::{SharedWorkspace, TABLE};
use crate::notification::writing::HIJACK;
use crate::prelude::*;

const TRUE: &str = "pull.reads-own-writes";
const FORGING: &str = "notification.no-forging";

cases! {
    /// Ops that were refused as invalid come again corrected; what is answered with success is in the log.
    "op/refused-then-corrected" checks [TRUE] by invalid;
    /// Forged notifications come again for their writer; what is answered with success is in the log.
    "notification/forged-then-corrected" checks [FORGING, TRUE] needs [PrivateNotifications] by forged;
    /// A write under another's key comes again with a key of its own; what is answered with success is in the log.
    "notification/hijack-then-corrected" checks [HIJACK, TRUE] needs [PrivateNotifications, Invite] by overwrite_of_other;
}

/// Pushes each op in its wrong form, alone or after another, then all in their right form, twice. A server may refuse the id
/// as taken; the journal checks that it never reports success for what the log does not hold.
async fn again(journal: &mut Journal, wrong: &[Op], right: &[Op], rule: Option<&'static str>) -> Checked {
    for (number, (wrong, right)) in wrong.iter().zip(right).enumerate() {
        let beside = journal.user.put("projects", &format!("beside {number}"));
        let first = if number % 2 == 0 { vec![wrong.clone()] } else { vec![beside, wrong.clone()] };
        match rule {
            None => drop(journal.attempt(&first).await?),
            Some(rule) => {
                let answer = journal.user.push(&journal.workspace, &first).await?;
                let results = if answer.is(&[200]) { answer.read::<PushAnswer>(rule)?.results } else { Vec::new() };
                let taken = results.last().is_some_and(|result| result.success);
                answer.check(rule, !taken, "a write that has to be refused is taken", "a refusal")?;
                journal.reconcile(&first, answer).await?;
            }
        }
        for _ in 0..2 {
            journal.attempt(right).await?;
        }
    }
    journal.attempt(right).await?;
    journal.holds().await
}

async fn invalid(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, TRUE).await?;
    let put = |number: usize| user.put("threads", &format!("pk{number}"));
    let right: Vec<Op> = (0..6).map(put).collect();
    let wrong = [
        right[0].clone().without_field("title").without_field("status"),
        right[1].clone().field("status", json!(1)),
        right[2].clone().field("id", json!("another")),
        right[3].clone().payload(Some(json!([]))),
        right[4].clone().spoil("tableName", Some(json!("no_such_table"))),
        right[5].clone().payload(None),
    ];
    again(&mut journal, &wrong, &right, None).await
}

async fn forged(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, TRUE).await?;
    let right: Vec<Op> = (0..4).map(|number| user.put(TABLE, &format!("pk{number}")).mark("corrected")).collect();
    let named = |op: &Op| op.clone().field("user_id", json!(user.id.unknown_alike().to_string()));
    let wrong: Vec<Op> = right.iter().map(named).collect();
    again(&mut journal, &wrong, &right, Some(FORGING)).await
}

async fn overwrite_of_other(context: Context) -> Checked {
    let shared = SharedWorkspace::open(&context).await?;
    let (anna, ben) = (&shared.anna, &shared.ben);
    let theirs = [anna.put(TABLE, "theirs").clock(5), anna.put(TABLE, "gone"), anna.delete(TABLE, "gone").clock(5)];
    anna.push_ok(&shared.workspace, &theirs, HIJACK).await.in_setup()?;
    for (number, pk) in ["theirs", "gone"].into_iter().enumerate() {
        let wrong = ben.put(TABLE, pk).clock(6);
        let right = ben.put(TABLE, &format!("own {number}")).clock(6).op_id(wrong.id());
        for op in [&wrong, &right, &right] {
            let answer = ben.push(&shared.workspace, op.as_ref()).await?;
            answer.expect_status(HIJACK, &[200, 400, 403, 409])?;
            if !answer.is(&[200]) {
                continue;
            }
            let results = answer.read::<PushAnswer>(TRUE)?.results;
            let Some(result) = results.first().filter(|result| result.success) else { continue };
            let version = result.server_version.unwrap_or(0);
            let (changes, log) = ben.log_of_tables(&shared.workspace, &json!([TABLE]), TRUE).await?;
            let shown = changes.iter().find(|change| change.stamp.op_id == op.id()).map(change_json);
            let message = "the server reported success for an op that is not in the log";
            log.equal(TRUE, message, Some(op.as_change(version)), shown)?;
            if op.id() == wrong.id() && op.pk() == wrong.pk() {
                // The server keeps a notification of the writer under that key, so the id is known from now on.
                break;
            }
        }
    }
    Ok(())
}
