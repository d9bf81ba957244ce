//! A restart in good order, which leaves everything as it was.

use serde_json::json;

use super::restart_means::{KEPT, Means};
use crate::capability::Capability;
use crate::case::{Case, Stage};
use crate::failure::{Checked, Setup as _};
use crate::op::Op;
use crate::wire::{OkAnswer, Role};
use crate::world::{Context, Journal, User};

const REPLAY: &str = "op.replay-after-restart";

/// Cases of this file.
pub(super) const CASES: &[Case] = &[Case {
    id: "durable/restart-keeps-everything",
    requirements: &[REPLAY, KEPT, "session.stable"],
    needs: &[Capability::Restart],
    stage: Stage::Alone,
    summary: "Pushes, restarts in good order, three times: users, workspaces, log and replays are as they were.",
    run: |context| Box::pin(restart(context)),
}];

async fn restart(context: Context) -> Checked {
    let mut means = Means::of(&context).await?;
    let mut journal = Journal::of(context.user_at("anna", means.base(&context)).await?, REPLAY);
    let mut ben = context.user_at("ben", means.base(&context)).await?;
    let second = journal.user.new_workspace("second").await?;
    let gone = journal.user.new_workspace("gone").await?;
    journal.user.deletes(&gone, "workspace.delete-rehomes-actor").await.in_setup()?;
    if means.can_invite(&context) {
        journal.user.invite(&second, &ben, Role::Viewer).await?;
        ben.enter(&second).await?;
    }
    for round in 0..3_u64 {
        let anna = journal.user.clone();
        let batch: Vec<Op> = (0..10_u64)
            .map(|number| {
                let pk = format!("pk{}", number % 5);
                let op = if number == 7 { anna.delete("threads", &pk) } else { anna.put("threads", &pk) };
                op.clock(round * 10 + number).mark(&format!("{round}-{number} ü \u{1F600}"))
            })
            .collect();
        journal.requirement = KEPT;
        journal.push(&batch).await?;
        let name = json!({"name": format!("second {round}")});
        anna.rename(&second, &name).await.read::<OkAnswer>("workspace.rename").in_setup()?;
        if round == 1 {
            anna.enter(&second).await?;
        }
        let before = all_see(&[&anna, &ben]).await.in_setup()?;
        means.restart(&context).await?;
        let anna = anna.at(means.base(&context))?;
        ben = ben.at(means.base(&context))?;
        let after = all_see(&[&anna, &ben]).await?;
        let (_, answer) = anna.session("session.stable").await?;
        answer.equal("session.stable", "users, workspaces or roles changed with a restart", before, after)?;
        journal.user = anna;
        journal.holds().await?;
        // Known ops among a new one, in a batch that was never sent like this.
        journal.requirement = REPLAY;
        let mut again: Vec<Op> = journal.ops.iter().rev().step_by(3).cloned().collect();
        again.insert(1, journal.user.put("kv", &format!("new {round}")));
        journal.push(&again).await?;
        journal.holds().await?;
    }
    means.end().await;
    Ok(())
}

async fn all_see(users: &[&User]) -> Checked<Vec<serde_json::Value>> {
    let mut all = Vec::new();
    for user in users {
        let place = user.place("session.stable").await?;
        all.push(json!([place.session.user.id, place.workspace(), place.session.role, place.entries()]));
    }
    Ok(all)
}
