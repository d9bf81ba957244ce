//! Deleting workspaces: users who have none left, and that a deleted one can be neither activated nor synced.

use crate::prelude::*;
use crate::session::login::session_of;
use crate::support::endpoint::calls_on;
use crate::workspace::deletion::workspace_with_members;

const LAST: &str = "workspace.delete-last";
const CLOSES: &str = "workspace.delete-closes-sync";
const ACTIVATE: &str = "workspace.activate-deleted";

/// What sync requests on a deleted workspace answer.
const CLOSED: &[u16] = &[403, 404, 410];
/// What activating or renaming a deleted workspace answers.
const NOT_ACTIVATED: &[u16] = &[403, 404, 409, 410];

cases! {
    /// A user who deletes every workspace keeps a valid session, and can create and activate another.
    "deletion/of-the-last-workspace" checks [LAST] by last;
    /// Members who have nothing but the workspace that is deleted keep a valid session.
    "deletion/of-a-members-last-workspace" checks [LAST, "workspace.delete-rehomes-all"] needs [Invite] by members_last;
    /// Every sync endpoint of a deleted workspace is closed at once, also for known ops and after a new login.
    "deletion/closes-sync-for-its-owner" checks [CLOSES] by closed_for_owner;
    /// Every sync and member endpoint of a deleted workspace is closed at once for every role.
    "deletion/closes-sync-for-members" checks [CLOSES] needs [Invite] by closed_for_members;
    /// Its owner cannot activate a deleted workspace, however often, and stays where they stand.
    "deletion/activate-deleted" checks [ACTIVATE] by activate;
    /// No member of a deleted workspace can activate it, wherever they stood when it was deleted.
    "deletion/activate-deleted-by-members" checks [ACTIVATE] needs [Invite] by activate_by_members;
}

/// Checks that a user who has deleted `gone`, which was all they had, keeps a valid session.
async fn survives(user: &User, gone: &[&Id]) -> Checked<SessionView> {
    let place = user.has_left(gone, LAST).await?;
    match place.workspace() {
        Some(fresh) => {
            let message = "a user whose last workspace was deleted does not own the new one that they have";
            place.answer.equal(LAST, message, Some(Role::Owner), place.session.role)?;
            user.holds(fresh, &[], LAST).await?;
        }
        None => {
            let message = "a session without a workspace has a role";
            place.answer.equal(LAST, message, None::<Role>, place.session.role)?;
        }
    }
    let again = user.on_new_connections()?.has_left(gone, LAST).await?;
    let message = "a second session after the last deletion shows another active workspace";
    again.answer.equal(LAST, message, place.workspace(), again.workspace())?;
    again.answer.equal(LAST, "a second list after the last deletion differs", place.ids(), again.ids())?;
    Ok(again)
}

/// Checks that a user can create, activate and use a workspace again.
async fn starts_again(user: &User) -> Checked {
    let new = user.create(&json!({"name": "new start"})).await.read::<CreatedAnswer>(LAST)?.id;
    user.activate(&new).await.read::<OkAnswer>(LAST)?;
    user.is_active_in(&new, Role::Owner, LAST).await?;
    let mut journal = Journal { workspace: new, ..Journal::of(user.clone(), LAST) };
    journal.push_ok(&[user.put("threads", "pk")]).await?;
    journal.holds().await
}

/// Deletes a user's last workspace. False where the target refuses, as it may; then nothing has changed.
async fn deletes_last(user: &User, workspace: &Id) -> Checked<bool> {
    let answer = user.delete_workspace(workspace).await;
    if answer.is(&[409]) {
        user.is_active_in(workspace, Role::Owner, LAST).await?;
        return Ok(false);
    }
    answer.read::<OkAnswer>(LAST)?;
    Ok(true)
}

/// Checks that concurrent sessions after the last deletion make at most one new default workspace.
async fn sessions_at_once(context: &Context) -> Checked {
    let anna = context.new_user("anna").await?;
    if !deletes_last(&anna, &anna.home).await? {
        return Ok(());
    }
    let session = (anna.client().clone(), Request::get(endpoint::SESSION.path));
    let answers = send_together(vec![session; 6]).await?;
    let place = survives(&anna, &[&anna.home]).await?;
    let message =
        "concurrent sessions after the last deletion made several default workspaces, and should make one or none";
    place.answer.ensure(LAST, place.list.len() < 2, message, "one or none", place.list.len().to_string())?;
    for answer in &answers {
        let active = session_of(answer, LAST)?.workspace.map(|workspace| workspace.id);
        let message = "concurrent sessions show different active workspaces";
        answer.equal(LAST, message, place.workspace(), active.as_ref())?;
    }
    Ok(())
}

async fn last(context: Context) -> Checked {
    // The default workspace alone.
    let anna = context.new_user("anna").await?;
    anna.push_ok(&anna.home, &[anna.put("threads", "pk")], LAST).await.in_setup()?;
    if !deletes_last(&anna, &anna.home).await? {
        return Ok(());
    }
    let mut gone = vec![anna.home.clone()];
    survives(&anna, &[&anna.home]).await?;
    // A new default workspace can be deleted too.
    for _ in 0..3 {
        let place = anna.has_left(&gone.iter().collect::<Vec<_>>(), LAST).await?;
        let Some(fresh) = place.workspace().cloned() else { break };
        if !deletes_last(&anna, &fresh).await? {
            break;
        }
        gone.push(fresh);
        survives(&anna, &gone.iter().collect::<Vec<_>>()).await?;
    }
    starts_again(&anna).await?;
    for _ in 0..3 {
        sessions_at_once(&context).await?;
    }
    // Several workspaces, the default one first, then last; the next request is for the list.
    for default_first in [true, false] {
        let ben = context.new_user("ben").await?;
        let mut gone = vec![ben.new_workspace("one").await?, ben.new_workspace("two").await?];
        gone.insert(if default_first { 0 } else { 2 }, ben.home.clone());
        for workspace in &gone {
            ben.delete_workspace_ok(workspace, LAST).await?;
        }
        let gone: Vec<&Id> = gone.iter().collect();
        let (list, answer) = ben.workspaces(LAST).await?;
        let named = list.iter().any(|entry| gone.contains(&&entry.id));
        answer.check(LAST, !named, "the list shows a deleted workspace, and should not", "no entry of it")?;
        survives(&ben, &gone).await?;
        starts_again(&ben).await?;
        ben.has_left(&gone, LAST).await?;
    }
    Ok(())
}

async fn members_last(context: Context) -> Checked {
    let (anna, shared, members) = workspace_with_members(&context).await?;
    let mut gone = vec![shared.clone()];
    for (member, role) in &members {
        member.delete_workspace_ok(&member.home, LAST).await?;
        member.is_active_in(&shared, *role, "workspace.delete-leaves-others").await?;
        gone.push(member.home.clone());
    }
    let gone: Vec<&Id> = gone.iter().collect();
    anna.delete_workspace_ok(&shared, LAST).await?;
    for (member, _) in &members {
        survives(member, &gone).await?;
        starts_again(member).await?;
        member.has_left(&gone, LAST).await?;
    }
    anna.is_active_in(&anna.home, Role::Owner, LAST).await.map(drop)
}

/// Checks that all of them refuse, since the workspace is deleted.
fn all_closed(answers: &[Answer]) -> Checked {
    answers.iter().try_for_each(|answer| answer.expect_status(CLOSES, CLOSED))
}

async fn closed_for_owner(context: Context) -> Checked {
    let (anna, mut home) = Journal::with_user(&context, CLOSES).await?;
    home.push_ok(&[anna.put("threads", "pk").mark("kept"), anna.put("kv", "pk").mark("kept")]).await.in_setup()?;
    let mut gone = Vec::new();
    for inside in [true, false] {
        let doomed = anna.new_workspace("doomed").await?;
        let ops = [anna.put("threads", "pk"), anna.put("kv", "pk"), anna.delete("posts", "pk")];
        anna.push_ok(&doomed, &ops, CLOSES).await.in_setup()?;
        anna.update_cursor_ok(&doomed, "device-1", 1, CLOSES).await.in_setup()?;
        let elsewhere = anna.on_new_connections()?;
        elsewhere.session(CLOSES).await.in_setup()?;
        if !inside {
            anna.activate_ok(&anna.home).await?;
        }
        anna.delete_workspace_ok(&doomed, CLOSES).await?;
        all_closed(&anna.sync_all_unactivated(&doomed, &ops).await)?;
        all_closed(&elsewhere.sync_all_unactivated(&doomed, &ops).await)?;
        // After a new login, and after an attempt to activate it.
        anna.has_left(&[&doomed], CLOSES).await?;
        all_closed(&anna.sync_all_unactivated(&doomed, &ops).await)?;
        anna.activate(&doomed).await.expect_status(ACTIVATE, NOT_ACTIVATED)?;
        all_closed(&anna.sync_all_unactivated(&doomed, &ops).await)?;
        anna.rename(&doomed, &json!({"name": "revived"})).await.expect_status(CLOSES, NOT_ACTIVATED)?;
        gone.push(doomed);
        anna.has_left(&gone.iter().collect::<Vec<_>>(), CLOSES).await?;
    }
    // A new workspace with the same name is empty, and the home is unchanged.
    anna.holds(&anna.new_workspace("doomed").await?, &[], CLOSES).await?;
    home.holds().await
}

async fn closed_for_members(context: Context) -> Checked {
    let (anna, shared, members) = workspace_with_members(&context).await?;
    let ops = [anna.put("threads", "pk"), anna.put("kv", "pk")];
    anna.push_ok(&shared, &ops, CLOSES).await.in_setup()?;
    let mut asking = vec![anna.clone()];
    for (member, _) in &members {
        member.pull(&shared, 0, 10).await?.expect_status("member.roles", &[200]).in_setup()?;
        asking.push(member.clone());
    }
    // One more, for whom it was never active.
    let absent = anna.new_member(&shared, "absent", Role::Editor).await?;
    asking.push(absent.clone());
    anna.delete_workspace_ok(&shared, CLOSES).await?;
    for round in 0..2 {
        for user in &asking {
            all_closed(&user.sync_all_unactivated(&shared, &ops).await)?;
            for call in calls_on(&context, &shared, &[&user.id, &absent.id]) {
                // A second deletion may succeed (`workspace.delete-twice`).
                if call.endpoint.is_sync() || *call.endpoint == endpoint::DELETE_WORKSPACE {
                    continue;
                }
                let message = format!("{} still works on a deleted workspace", call.endpoint.name);
                user.send(call.request()).await.expect_4xx(CLOSES, message)?;
            }
            // The second round is after a new login.
            if round == 0 {
                user.on_new_connections()?.has_left(&[&shared], CLOSES).await?;
            }
        }
    }
    Ok(())
}

/// Tries to activate deleted workspaces on several connections, and checks that it changes nothing.
async fn cannot_activate(user: &User, gone: &[&Id]) -> Checked {
    let before = user.has_left(gone, ACTIVATE).await?;
    let elsewhere = user.on_new_connections()?;
    for user in [user, user, &elsewhere] {
        for workspace in gone {
            user.activate(workspace).await.expect_status(ACTIVATE, NOT_ACTIVATED)?;
            let after = user.has_left(gone, ACTIVATE).await?;
            let message = "a refused activation changed the active workspace";
            after.answer.equal(ACTIVATE, message, before.workspace(), after.workspace())?;
        }
    }
    let after = elsewhere.has_left(gone, ACTIVATE).await?;
    let message = "attempts to activate a deleted workspace changed the list";
    after.answer.equal(ACTIVATE, message, before.entries(), after.entries())
}

async fn activate(context: Context) -> Checked {
    let (anna, one) = owner_of(&context, "one").await?;
    let two = anna.new_workspace("two").await?;
    let three = anna.new_workspace("three").await?;
    // Never active; active before; active when it is deleted.
    anna.delete_workspace_ok(&one, ACTIVATE).await.in_setup()?;
    cannot_activate(&anna, &[&one]).await?;
    anna.activate_ok(&two).await?;
    anna.activate_ok(&anna.home).await?;
    anna.delete_workspace_ok(&two, ACTIVATE).await.in_setup()?;
    cannot_activate(&anna, &[&one, &two]).await?;
    anna.activate_ok(&three).await?;
    anna.delete_workspace_ok(&three, ACTIVATE).await.in_setup()?;
    cannot_activate(&anna, &[&one, &two, &three]).await?;
    // From a workspace that is neither the oldest nor the newest.
    let four = anna.new_workspace("four").await?;
    anna.new_workspace("five").await?;
    anna.activate_ok(&four).await?;
    cannot_activate(&anna, &[&three, &one]).await?;
    anna.is_active_in(&four, Role::Owner, ACTIVATE).await?;
    // An unknown id does not change the active workspace either.
    anna.activate(&four.unknown_alike()).await.expect_forbidden("workspace.unknown-id")?;
    anna.is_active_in(&four, Role::Owner, "workspace.unknown-id").await?;
    // With no other workspace left.
    let ben = context.user("ben").await?;
    let other = ben.new_workspace("other").await?;
    ben.delete_workspace_ok(&other, ACTIVATE).await.in_setup()?;
    if deletes_last(&ben, &ben.home).await.in_setup()? {
        cannot_activate(&ben, &[&ben.home, &other]).await?;
    }
    Ok(())
}

async fn activate_by_members(context: Context) -> Checked {
    let (anna, shared, mut members) = workspace_with_members(&context).await?;
    for role in [Role::Owner, Role::Editor, Role::Viewer] {
        let absent = context.new_user(role.name()).await?;
        anna.invite(&shared, &absent, role).await?;
        members.push((absent, role));
    }
    anna.delete_workspace_ok(&shared, ACTIVATE).await.in_setup()?;
    for (member, _) in &members {
        // It is their first request since the deletion.
        member.activate(&shared).await.expect_status(ACTIVATE, NOT_ACTIVATED)?;
        let place = member.has_left(&[&shared], ACTIVATE).await?;
        let message = "after the deletion of the active workspace, a member's home is not active";
        place.answer.equal(ACTIVATE, message, Some(&member.home), place.workspace())?;
        cannot_activate(member, &[&shared]).await?;
        let own = member.new_workspace("own").await?;
        member.activate_ok(&own).await?;
        cannot_activate(member, &[&shared]).await?;
        member.is_active_in(&own, Role::Owner, ACTIVATE).await?;
    }
    cannot_activate(&anna, &[&shared]).await
}
