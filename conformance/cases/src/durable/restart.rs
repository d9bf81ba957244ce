//! A graceful restart, which leaves everything as it was.

use crate::prelude::*;
use crate::support::restart_method::{KEPT, RestartMethod};

const REPLAY: &str = "op.replay-after-restart";
const REUSE: &str = "op.reuse-conflicting";
const TOLD: &str = "op.reuse-conflicting-told";
const RESURRECTS: &str = "lww.no-resurrection";

cases! {
    /// Pushes, restarts in good order, three times: users, workspaces, log, winners and replays are as they were.
    "durable/restart-keeps-everything"
        checks [REPLAY, KEPT, "session.stable", REUSE, TOLD, RESURRECTS] needs [Restart] runs Alone by restart;
}

async fn restart(context: Context) -> Checked {
    let mut means = RestartMethod::of(&context).await?;
    let mut journal = Journal::of(context.user_at("anna", means.base(&context)).await?, REPLAY);
    let mut ben = context.user_at("ben", means.base(&context)).await?;
    let second = journal.user.new_workspace("second").await?;
    let gone = journal.user.new_workspace("gone").await?;
    journal.user.delete_workspace_ok(&gone, "workspace.delete-rehomes-actor").await.in_setup()?;
    if means.can_invite(&context) {
        journal.user.invite(&second, &ben, Role::Viewer).await?;
        ben.activate_ok(&second).await?;
    }
    for round in 0..3_u64 {
        let anna = journal.user.clone();
        let batch: Vec<Op> = (0..10_u64)
            .map(|number| {
                let pk = format!("pk{}", number % 5);
                let op = if number == 7 { anna.delete("threads", &pk) } else { anna.put("threads", &pk) };
                // Of some records the second write loses; of pk2 a delete wins.
                op.clock(round * 10 + number * 7 % 10).mark(&format!("{round}-{number} ü \u{1F600}"))
            })
            .collect();
        journal.checks(KEPT).push_ok(&batch).await?;
        let name = json!({"name": format!("second {round}"), "description": format!("described {round} \u{1F600}")});
        anna.rename_ok(&second, &name, "workspace.rename").await.in_setup()?;
        if round == 1 {
            anna.activate_ok(&second).await?;
        }
        let before = all_see(&[&anna, &ben]).await.in_setup()?;
        if round == 0 {
            // Creation times are in seconds: the restart has to fall into another second.
            context.next_second().await;
        }
        means.restart(&context).await?;
        let anna = anna.at(means.base(&context))?;
        ben = ben.at(means.base(&context))?;
        let after = all_see(&[&anna, &ben]).await?;
        let (_, answer) = anna.session("session.stable").await?;
        answer.equal(
            "session.stable",
            "after a restart, users, workspaces or roles are not as before",
            before,
            after,
        )?;
        journal.user = anna;
        journal.holds().await?;
        // Known ops among a new one, in a batch that was never sent like this.
        let mut again: Vec<Op> = journal.ops.iter().rev().step_by(3).cloned().collect();
        again.insert(1, journal.user.put("kv", &format!("new {round}")));
        journal.checks(REPLAY).push_ok(&again).await?;
        journal.holds().await?;
        // The tombstone of pk2 still beats what is older.
        let older = journal.user.put("threads", "pk2").clock(round * 10 + 8).mark("older than the tombstone");
        journal.checks(RESURRECTS).push_ok(&older).await?;
        journal.holds().await?;
        reuses(&context, &mut journal).await?;
    }
    means.end().await;
    Ok(())
}

/// Pushes other content under an id that was known before the restart: it changes nothing, and should be reported.
async fn reuses(context: &Context, journal: &mut Journal) -> Checked {
    let known = &journal.ops[0];
    let other = journal.user.put("threads", "pk0").clock(1_000).mark("other content").op_id(known.id());
    let settled = journal.checks(REUSE).attempt(&other).await?;
    journal.holds().await?;
    if let Some(result) = settled.result(0) {
        let message = "after a restart a known op id with other content is not reported as a conflict";
        let reported = outcome(result.success, result.error_code);
        context.check_should(settled.answer.equal(TOLD, message, outcome(false, Some(ErrorCode::Conflict)), reported));
    }
    Ok(())
}

async fn all_see(users: &[&User]) -> Checked<Vec<Value>> {
    let mut all = Vec::new();
    for user in users {
        let place = user.place("session.stable").await?;
        let made: Vec<f64> = place.list.iter().map(|entry| entry.created_at).collect();
        all.push(json!({
            "user": place.session.user.id,
            "workspace": place.workspace(),
            "role": place.session.role,
            "list": place.entries(),
                "createdAt": made,
        }));
    }
    Ok(all)
}
