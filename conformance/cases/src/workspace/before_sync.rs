//! Workspaces without a push or a pull: what a server can be judged by before it syncs. Other files of this chapter check the
//! same together with syncing.

use crate::prelude::*;
use crate::workspace::access::AGAIN;
use crate::workspace::creation::lists_own;

const ORDER: &str = "workspace.list-order";
const TWICE: &str = "workspace.delete-twice";
const ACTOR: &str = "workspace.delete-rehomes-actor";
const LAST: &str = "workspace.delete-last";

cases! {
    /// The list is newest first and complete, after creations, a rename, an activation and a deletion.
    "workspace/list-order-before-sync" checks [ORDER] by order;
    /// Deleting a deleted workspace again, on several connections, changes nothing and is no 5xx.
    "workspace/delete-twice-before-sync" checks [TWICE] by twice;
    /// Who deletes the workspace that they stand in stands in a live one of theirs, by the next session and in the list.
    "deletion/actor-is-rehomed-before-sync" checks [ACTOR] by rehomed;
    /// Who deletes all that they have keeps a valid session, and can create and activate another workspace.
    "deletion/of-the-last-before-sync" checks [LAST] by last;
}

async fn order(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut live = vec![anna.home.clone()];
    for name in ["mmm", "zzz", "aaa"] {
        live.insert(0, anna.new_workspace(name).await?);
        context.next_second().await;
    }
    lists_own(&anna, &live, "after creation").await?;
    anna.rename_ok(&live[2], &json!({"name": "renamed"}), ORDER).await.in_setup()?;
    anna.activate_ok(&live[2]).await?;
    lists_own(&anna, &live, "after a rename and an activation").await?;
    anna.delete_workspace_ok(&live[1], ORDER).await.in_setup()?;
    live.remove(1);
    lists_own(&anna, &live, "after a deletion").await
}

async fn twice(context: Context) -> Checked {
    let (anna, doomed) = owner_of(&context, "doomed").await?;
    anna.delete_workspace_ok(&doomed, TWICE).await.in_setup()?;
    let before = anna.is_active_in(&anna.home, Role::Owner, TWICE).await?;
    for anna in [&anna, &anna, &anna.on_new_connections()?] {
        anna.delete_workspace(&doomed).await.expect_status(TWICE, AGAIN)?;
        anna.is_active_in(&anna.home, Role::Owner, TWICE).await?;
        list_is_unchanged(anna, &before, TWICE, "a second deletion changed the list").await?;
    }
    Ok(())
}

async fn rehomed(context: Context) -> Checked {
    let anna = context.new_user("anna").await?;
    let mut gone = Vec::new();
    // Deleted is first the newest workspace, then one with an older and a newer one beside it.
    for round in 0..2 {
        let doomed = anna.new_workspace("doomed").await?;
        if round == 1 {
            anna.new_workspace("newer").await?;
        }
        anna.activate_ok(&doomed).await?;
        anna.delete_workspace_ok(&doomed, ACTOR).await?;
        gone.push(doomed);
        let gone: Vec<&Id> = gone.iter().collect();
        let place = anna.has_left(&gone, ACTOR).await?;
        let message = "the list after a deletion is not every other workspace of the user";
        place.answer.equal(ACTOR, message, 1 + round, place.list.len())?;
        anna.on_new_connections()?.has_left(&gone, ACTOR).await?;
    }
    Ok(())
}

async fn last(context: Context) -> Checked {
    let anna = context.new_user("anna").await?;
    let gone = anna.home.clone();
    // The target may refuse: then nothing has changed.
    let answer = anna.delete_workspace(&gone).await;
    if answer.is(&[409]) {
        return anna.is_active_in(&gone, Role::Owner, LAST).await.map(drop);
    }
    answer.read::<OkAnswer>(LAST)?;
    for anna in [&anna, &anna.on_new_connections()?] {
        let place = anna.has_left(&[&gone], LAST).await?;
        let expected = place.workspace().map(|_| Role::Owner);
        let message = "a user whose last workspace was deleted has another role than owner of a new one, or none";
        place.answer.equal(LAST, message, expected, place.session.role)?;
    }
    let new = anna.create(&json!({"name": "new start"})).await.read::<CreatedAnswer>(LAST)?.id;
    anna.activate(&new).await.read::<OkAnswer>(LAST)?;
    anna.is_active_in(&new, Role::Owner, LAST).await.map(drop)
}
