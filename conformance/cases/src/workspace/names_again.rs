//! Workspaces: names of deleted ones, and users who have deleted all that they had.

use crate::prelude::*;

const REPEAT: &str = "workspace.names-may-repeat";
const NO_5XX: &str = "http.no-5xx";
const LAST: &str = "workspace.delete-last";

cases! {
    /// The name of a deleted workspace, the default one's too, is given again, to a new one and by a rename.
    "workspace/name-of-a-deleted-one" checks [REPEAT] by name_again;
    /// A user deletes all that they have and creates one, and that again: each can be stood in and written to.
    "workspace/a-new-one-after-the-last" checks [LAST, NO_5XX, "workspace.create-makes-owner"] by after_the_last;
}

/// The name of the active workspace.
async fn name_of(user: &User, workspace: &Id, requirement: &'static str) -> Checked<String> {
    let place = user.place(requirement).await?;
    Ok(place.entry(workspace).map_or_else(String::new, |entry| entry.name.clone()))
}

/// Creates a workspace of that name.
async fn created(user: &User, name: &str, requirement: &'static str, message: &str) -> Checked<Id> {
    let answer = user.create(&json!({"name": name})).await;
    answer.expect_one_of(requirement, &[200, 201], message)?;
    Ok(answer.read::<CreatedAnswer>(requirement)?.id)
}

async fn name_again(context: Context) -> Checked {
    const MESSAGE: &str = "a workspace cannot be created under the name of one that is deleted";
    let anna = context.new_user("anna").await?;
    let default = name_of(&anna, &anna.home, REPEAT).await?;
    let other = anna.new_workspace("other").await?;
    for name in ["Plans", "plans", &default] {
        let name = name.to_owned();
        for round in 0..2 {
            let doomed = match (round, name == default) {
                (0, true) => anna.home.clone(),
                _ => created(&anna, &name, REPEAT, MESSAGE).await?,
            };
            anna.delete_workspace_ok(&doomed, REPEAT).await.in_setup()?;
            let again = created(&anna, &name, REPEAT, MESSAGE).await?;
            let shown = name_of(&anna, &again, REPEAT).await?;
            let answer = anna.rename(&other, &json!({"name": name})).await;
            answer.equal(
                REPEAT,
                "a workspace with the name of a deleted one is listed under another",
                &name,
                &shown,
            )?;
            answer.expect_one_of(REPEAT, &[200], "a workspace cannot get the name of one that is deleted")?;
            anna.delete_workspace_ok(&again, REPEAT).await.in_setup()?;
        }
    }
    Ok(())
}

async fn after_the_last(context: Context) -> Checked {
    let anna = context.new_user("anna").await?;
    for round in 0..3 {
        // What a server has made in place of the last one goes, too: the first one of each round is the last that is left.
        let (list, _) = anna.workspaces(LAST).await?;
        for entry in &list {
            anna.delete_workspace_ok(&entry.id, LAST).await?;
        }
        let message = "a user who has deleted every workspace cannot create one";
        let new = created(&anna, &format!("new {round}"), NO_5XX, message).await?;
        anna.activate_ok(&new).await?;
        anna.is_active_in(&new, Role::Owner, "workspace.create-makes-owner").await?;
        let mut journal = Journal { workspace: new, ..Journal::of(anna.clone(), LAST) };
        journal.push_ok(&[anna.put("threads", &format!("pk{round}"))]).await?;
        journal.holds().await?;
    }
    Ok(())
}
