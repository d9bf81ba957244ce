//! Workspaces: the time of their creation.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::prelude::*;

const CREATED: &str = "workspace.created-at";
/// How far the clocks of the suite and of the target may be apart, in seconds.
const LEEWAY: f64 = 300.0;

cases! {
    /// Two workspaces are as old as they are by the suite's clock, and stay so when they are renamed, entered and left.
    "workspace/created-at-stays" checks [CREATED] by stays;
    /// A member who joins and writes is shown the same time of creation as the owner, who sees no other than before.
    "workspace/created-at-for-members" checks [CREATED] needs [Invite] by of_members;
}

/// Seconds since 1970 by the suite's clock.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// What the user's list shows as the times of creation of these workspaces.
async fn shown(user: &User, workspaces: &[&Id]) -> Checked<(Answer, Vec<f64>)> {
    let place = user.place(CREATED).await?;
    let times = workspaces.iter().filter_map(|id| place.entry(id)).map(|entry| entry.created_at).collect::<Vec<_>>();
    let message = "the list does not hold every workspace of the user";
    place.answer.equal(CREATED, message, workspaces.len(), times.len())?;
    Ok((place.answer, times))
}

async fn stays(context: Context) -> Checked {
    let before = now();
    let anna = context.user("anna").await?;
    let second = anna.new_workspace("second").await?;
    let workspaces = [&anna.home, &second];
    let (answer, first) = shown(&anna, &workspaces).await?;
    let made = (before - LEEWAY)..=(now() + LEEWAY);
    let message = "createdAt of a new workspace is not the time of its creation in seconds";
    let expected = format!("{:.0} to {:.0}", made.start(), made.end());
    answer.ensure(CREATED, first.iter().all(|time| made.contains(time)), message, expected, format!("{first:?}"))?;
    context.next_second().await;
    anna.rename_ok(&second, &json!({"name": "renamed", "description": "later"}), CREATED).await?;
    anna.activate_ok(&second).await?;
    anna.activate_ok(&anna.home).await?;
    anna.rename_ok(&anna.home, &json!({"name": "renamed, too"}), CREATED).await?;
    let (answer, later) = shown(&anna, &workspaces).await?;
    answer.equal(CREATED, "createdAt of a workspace changed after its creation", first, later)
}

async fn of_members(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let (_, of_owner) = shown(&anna, &[&anna.home]).await?;
    context.next_second().await;
    let ben = active_member(&anna, &anna.home, "ben", Role::Editor).await?;
    ben.push_ok(&anna.home, &[ben.put("threads", "created-at")], CREATED).await?;
    let message = "a member is shown another createdAt of the workspace than its owner";
    let (answer, of_member) = shown(&ben, &[&anna.home]).await?;
    answer.equal(CREATED, message, of_owner.clone(), of_member)?;
    let (answer, of_owner_later) = shown(&anna, &[&anna.home]).await?;
    answer.equal(CREATED, "createdAt of a workspace changed when somebody joined and wrote", of_owner, of_owner_later)
}
