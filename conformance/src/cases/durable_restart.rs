//! A restart in good order, by whatever means there are: a process or container of the case's own, or the hook `restart`
//! on the target that everybody uses. That one restarts alone, after all other cases.

use std::time::Duration;

use serde_json::json;

use crate::capability::Capability;
use crate::case::{Case, Stage};
use crate::failure::{Checked, Failure, Setup as _, Stop};
use crate::op::Op;
use crate::target::{Hook, Machine, wait_until_steady};
use crate::wire::{OkAnswer, Role};
use crate::world::{Context, Journal, User};

const REPLAY: &str = "op.replay-after-restart";
const KEPT: &str = "durable.acknowledged-survives-kill";
/// How long the target has to answer on end before it counts as restarted, and within what time.
const STEADY: Duration = Duration::from_secs(2);
const RESTARTED_WITHIN: Duration = Duration::from_secs(60);

/// Cases of this file.
pub(super) const CASES: &[Case] = &[Case {
    id: "durable/restart-keeps-everything",
    requirements: &[REPLAY, KEPT, "session.stable"],
    needs: &[Capability::Restart],
    stage: Stage::Alone,
    summary: "Pushes, restarts in good order, three times: users, workspaces, log and replays are as they were.",
    run: |context| Box::pin(restart(context)),
}];

enum Means {
    Own(Machine),
    Hook(Hook),
}

impl Means {
    async fn of(context: &Context) -> Checked<Self> {
        match (context.target().start_another().await, &context.target().handles.hooks.restart) {
            (Some(started), _) => started.map(Means::Own).map_err(|reason| {
                Failure::new(KEPT, "a server does not start", "a server that answers", reason.to_string()).into()
            }),
            (None, Some(hook)) => Ok(Means::Hook(hook.clone())),
            (None, None) => Err(Stop::Skipped("the suite has no means to restart the target".to_owned())),
        }
    }

    fn base<'a>(&'a self, context: &'a Context) -> &'a str {
        match self {
            Means::Own(machine) => machine.base(),
            Means::Hook(_) => &context.target().base,
        }
    }

    async fn restart(&mut self, context: &Context) -> Checked {
        let does_not_come_back = |actual: String| {
            Stop::from(Failure::new(
                KEPT,
                "the server does not come back after a restart",
                "a server that answers",
                actual,
            ))
        };
        match self {
            Means::Own(machine) => {
                machine.halt().await;
                machine.start_again().await.map_err(|reason| does_not_come_back(reason.to_string()))
            }
            Means::Hook(hook) => {
                let target = context.target();
                let asked = hook.run(&[("database", &target.database())]).await;
                asked.map_err(does_not_come_back).in_setup()?;
                for base in std::iter::once(&target.base).chain(&target.handles.siblings) {
                    let steady = wait_until_steady(base, STEADY, RESTARTED_WITHIN).await;
                    let seconds = RESTARTED_WITHIN.as_secs();
                    steady.map_err(|()| does_not_come_back(format!("{base} does not answer within {seconds} s")))?;
                }
                Ok(())
            }
        }
    }

    fn can_invite(&self, context: &Context) -> bool {
        // The hook add_member works on the target's own store.
        context.has(if matches!(self, Means::Own(_)) { Capability::Members } else { Capability::Invite })
    }
}

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
    if let Means::Own(machine) = means {
        machine.stop().await;
    }
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
