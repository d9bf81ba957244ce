//! Deleting workspaces during other requests: whichever comes first, nobody ends in a deleted one.

use crate::prelude::*;
use futures_util::future::try_join_all;

const ATOMIC: &str = "workspace.delete-atomic";

cases! {
    /// One user deletes a workspace and activates it at one instant, in twelve rounds.
    "deletion/while-its-owner-activates-it" checks [ATOMIC] by race_of_one;
    /// One user deletes several workspaces at one instant, among them the one that others re-home to.
    "deletion/of-several-at-once" checks [ATOMIC] by several;
    /// Workspaces are deleted while six members activate them, leave them and log in, in six rounds.
    "deletion/while-members-switch" checks [ATOMIC] needs [Members] by race_of_members;
}

fn activation(user: &User, workspace: &Id) -> (Client, Request) {
    (user.client().clone(), Request::post(endpoint::ACTIVATE.path, &json!({"id": workspace})))
}

fn deletion(user: &User, workspace: &Id) -> (Client, Request) {
    (user.client().clone(), Request::delete(workspace_path(workspace)))
}

fn session(user: &User) -> (Client, Request) {
    (user.client().clone(), Request::get(endpoint::SESSION.path))
}

/// Checks that the answer is a success, or a refusal because the workspace is deleted.
fn is_done_or_refused(answer: &Answer) -> Checked {
    answer.expect_status(ATOMIC, &[200, 201, 204, 403, 404, 409, 410])
}

/// Checks that no deleted workspace is active for a user, and that the active one can be read: twice, since the first
/// session request may repair the state.
async fn active_in_live_workspace(user: &User, gone: &[&Id]) -> Checked {
    for user in [user.clone(), user.on_new_connections()?] {
        if let Some(workspace) = user.has_left(gone, ATOMIC).await?.workspace() {
            user.pull_unactivated(workspace, 0, 1).await.expect_status(ATOMIC, &[200])?;
        }
    }
    Ok(())
}

async fn race_of_one(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut gone: Vec<Id> = Vec::new();
    for round in 0..12 {
        let doomed = anna.new_workspace("doomed").await?;
        if round % 2 == 0 {
            anna.activate_ok(&doomed).await?;
        }
        let mut requests = Vec::new();
        for place in 0..6 {
            if place == round % 6 {
                requests.push(deletion(&anna, &doomed));
            }
            requests.push(activation(&anna, &doomed));
            if place % 3 == 0 {
                requests.push(activation(&anna, &anna.home));
            }
        }
        let answers = send_together(requests).await?;
        answers.iter().try_for_each(is_done_or_refused)?;
        for answer in answers.iter().filter(|answer| answer.exchange().method == "DELETE") {
            answer.read::<OkAnswer>(ATOMIC)?;
        }
        gone.push(doomed);
        active_in_live_workspace(&anna, &gone.iter().collect::<Vec<_>>()).await?;
    }
    Ok(())
}

async fn several(context: Context) -> Checked {
    for round in 0..5_usize {
        let anna = context.new_user("anna").await?;
        let mut all = vec![anna.home.clone()];
        for number in 0..5 {
            all.push(anna.new_workspace(&format!("number {number}")).await?);
        }
        anna.activate_ok(&all[round % 6]).await?;
        // All but one are deleted; in the last round all.
        let spared = (round + 3) % 6;
        let doomed: Vec<&Id> =
            all.iter().enumerate().filter(|(index, _)| round == 4 || *index != spared).map(|(_, id)| id).collect();
        let mut requests: Vec<_> = doomed.iter().map(|workspace| deletion(&anna, workspace)).collect();
        requests.extend([session(&anna), session(&anna)]);
        let answers = send_together(requests).await?;
        let mut gone = Vec::new();
        for (number, answer) in answers.iter().enumerate() {
            match doomed.get(number) {
                // A target may refuse to delete the last workspace.
                Some(_) if round == 4 && answer.is(&[409]) => {}
                Some(workspace) => {
                    answer.read::<OkAnswer>(ATOMIC)?;
                    gone.push(*workspace);
                }
                None => answer.expect_status(ATOMIC, &[200])?,
            }
        }
        active_in_live_workspace(&anna, &gone).await?;
        if round < 4 {
            anna.is_active_in(&all[spared], Role::Owner, ATOMIC).await?;
        }
    }
    Ok(())
}

async fn race_of_members(context: Context) -> Checked {
    const MEMBERS: usize = 6;
    let anna = context.user("anna").await?;
    let mut members = Vec::with_capacity(MEMBERS);
    for _ in 0..MEMBERS {
        members.push(context.user("member").await?);
    }
    let mut gone: Vec<Id> = Vec::new();
    for round in 0..6 {
        let doomed = anna.new_workspace("doomed").await?;
        anna.activate_ok(&doomed).await?;
        for (number, member) in members.iter().enumerate() {
            anna.invite(&doomed, member, [Role::Editor, Role::Viewer, Role::Owner][number % 3]).await?;
            if (number + round) % 2 == 0 {
                member.activate_ok(&doomed).await?;
            }
        }
        let (_, newcomer) = context.newcomer("newcomer").await?;
        let mut requests = vec![(newcomer, Request::get(endpoint::SESSION.path))];
        // One more member is added meanwhile.
        let late = context.user("late").await?;
        let adding = json!({"userId": late.id, "role": "editor"});
        requests.push((anna.client().clone(), Request::post(members_path(&doomed), &adding)));
        requests.push(activation(&late, &doomed));
        for (number, member) in members.iter().enumerate() {
            if number == round {
                requests.push(deletion(&anna, &doomed));
            }
            requests.push(activation(member, &doomed));
            requests.push(if number % 2 == 0 { activation(member, &member.home) } else { session(member) });
            requests.push(activation(member, &doomed));
        }
        for answer in &send_together(requests).await? {
            match answer.exchange().method.as_str() {
                "GET" => answer.expect_status(ATOMIC, &[200])?,
                "DELETE" => answer.read::<OkAnswer>(ATOMIC).map(drop)?,
                _ => is_done_or_refused(answer)?,
            }
        }
        gone.push(doomed);
        let gone: Vec<&Id> = gone.iter().collect();
        // Concurrently, which is faster on a slow target.
        try_join_all(members.iter().chain([&anna, &late]).map(|user| active_in_live_workspace(user, &gone))).await?;
    }
    Ok(())
}
