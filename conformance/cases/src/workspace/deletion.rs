//! Deleting workspaces: for whom a deleted one was active, another is by their next request; for others nothing changes.

use crate::prelude::*;

const ACTOR: &str = "workspace.delete-rehomes-actor";
const ALL: &str = "workspace.delete-rehomes-all";
const OTHERS: &str = "workspace.delete-leaves-others";

const LEFT: &str = "the list after a deletion is not every other workspace of the user";

cases! {
    /// Who deletes the workspace that they stand in stands in a live one of theirs by the next request of any kind.
    "deletion/actor-is-rehomed" checks [ACTOR] by actor;
    /// Who deletes a workspace that they do not stand in stays where they stand.
    "deletion/actor-elsewhere-stays" checks [OTHERS] by actor_elsewhere;
    /// Deleting one's workspaces one by one, in several orders, never lands in one that is gone already.
    "deletion/one-after-another" checks [ACTOR] by one_by_one;
    /// Every member who stood in a deleted workspace is re-homed when a session is their next request.
    "deletion/members-are-rehomed-by-their-next-session" checks [ALL] needs [Invite] by members(NextRequest::Session);
    /// Every member who stood in a deleted workspace is re-homed when the list is their next request.
    "deletion/members-are-rehomed-by-their-next-list" checks [ALL] needs [Invite] by members(NextRequest::List);
    /// Every member who stood in a deleted workspace is re-homed when a push or a pull there is their next request.
    "deletion/members-are-rehomed-by-their-next-sync"
        checks [ALL, "workspace.delete-closes-sync"] needs [Invite] by members_sync;
    /// Every member who stood in a deleted workspace is re-homed when activating it again is their next request.
    "deletion/members-are-rehomed-by-their-next-activation"
        checks [ALL, "workspace.activate-deleted"] needs [Invite] by members(NextRequest::Activate);
    /// A dozen members, each on two connections, ask at one instant after the deletion; all are re-homed.
    "deletion/members-are-rehomed-in-a-crowd" checks [ALL] needs [Invite] by crowd;
    /// Members who stood at home or in a third workspace stay there, in their roles.
    "deletion/members-elsewhere-stay" checks [OTHERS, ALL] needs [Invite] by members_elsewhere;
    /// A second owner deletes; the first, who created the workspace and stood in it, is re-homed.
    "deletion/by-a-second-owner" checks [ALL, ACTOR] needs [Invite] by second_owner;
    /// Members whose other workspaces were deleted before land in one that lives, not in one of those.
    "deletion/rehomed-past-other-deleted-ones" checks [ALL] needs [Invite] by past_deleted;
}

/// The first request of a user after a deletion.
#[derive(Debug, Clone, Copy)]
enum NextRequest {
    Session,
    List,
    Push,
    Pull,
    Activate,
}

/// Makes that request, and checks its answer about the deleted workspace; then that the user has left it.
async fn is_rehomed(user: &User, next: NextRequest, gone: &[&Id], requirement: &'static str) -> Checked<SessionView> {
    let Some(deleted) = gone.first() else { return user.has_left(gone, requirement).await };
    let closed = |answer: &Answer| answer.expect_status("workspace.delete-closes-sync", &[403, 404, 410]);
    let mut active = None;
    match next {
        NextRequest::Session => {}
        NextRequest::List => {
            let (list, answer) = user.workspaces(requirement).await?;
            if let Some(entry) = list.iter().find(|entry| gone.contains(&&entry.id)) {
                let message = "the list shows a deleted workspace, and should not";
                return Err(answer.fails(requirement, message, "no entry of it", entry.id.to_string()));
            }
            active = list.iter().find(|entry| entry.is_active).map(|entry| entry.id.clone());
            let message = "the list after a deletion has entries, and one of them should be active";
            answer.check(requirement, active.is_some() || list.is_empty(), message, "one active entry")?;
        }
        NextRequest::Push => closed(&user.push_unactivated(deleted, &[user.put("threads", "late").clock(99)]).await)?,
        NextRequest::Pull => closed(&user.pull_unactivated(deleted, 0, 10).await)?,
        NextRequest::Activate => {
            user.activate(deleted).await.expect_status("workspace.activate-deleted", &[403, 404, 409, 410])?;
        }
    }
    let place = user.has_left(gone, requirement).await?;
    if active.is_some() {
        let message = "the session shows another active workspace than the list before it";
        place.answer.equal(requirement, message, active.as_ref(), place.workspace())?;
    }
    Ok(place)
}

/// Checks that the user can sync in the workspace that the session names.
async fn can_sync(user: &User, place: &SessionView, requirement: &'static str) -> Checked {
    if let (Some(workspace), Some(role)) = (place.workspace(), place.session.role) {
        user.pull_unactivated(workspace, 0, 1).await.expect_status(requirement, &[200])?;
        if role != Role::Viewer {
            let op = user.put("threads", &format!("after in {workspace}"));
            user.push_unactivated(workspace, &[op]).await.expect_status(requirement, &[200])?;
        }
    }
    Ok(())
}

async fn actor(context: Context) -> Checked {
    for next in [NextRequest::Session, NextRequest::List, NextRequest::Push, NextRequest::Pull, NextRequest::Activate] {
        let anna = context.new_user("anna").await?;
        // Deleted is first the newest workspace, then one with an older and a newer one beside it.
        let mut gone = Vec::new();
        for round in 0..2 {
            let doomed = anna.new_workspace("doomed").await?;
            if round == 1 {
                anna.new_workspace("newer").await?;
            }
            anna.activate_ok(&doomed).await?;
            anna.push_ok(&doomed, &[anna.put("threads", &format!("in {doomed}"))], ACTOR).await.in_setup()?;
            anna.delete_workspace_ok(&doomed, ACTOR).await?;
            gone.insert(0, doomed);
            let gone: Vec<&Id> = gone.iter().collect();
            let asking = if round == 0 { anna.clone() } else { anna.on_new_connections()? };
            let place = is_rehomed(&asking, next, &gone, ACTOR).await?;
            place.answer.equal(ACTOR, LEFT, 1 + round, place.list.len())?;
            let has_home = place.entry(&anna.home).is_some();
            place.answer.equal(ACTOR, "the deletion of a workspace removed the home too", true, has_home)?;
            can_sync(&anna, &place, ACTOR).await?;
            anna.on_new_connections()?.has_left(&gone, ACTOR).await?;
        }
    }
    Ok(())
}

async fn actor_elsewhere(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut others = Vec::new();
    for name in ["one", "two", "three", "four"] {
        others.push(anna.new_workspace(name).await?);
    }
    // The active workspace is the oldest, then one in the middle, then the newest.
    let mut gone = Vec::new();
    for (active, doomed) in [(&anna.home, 1), (&others[0], 2), (&others[3], 0)] {
        anna.activate_ok(active).await?;
        anna.delete_workspace_ok(&others[doomed], OTHERS).await?;
        gone.push(&others[doomed]);
        anna.is_active_in(active, Role::Owner, OTHERS).await?;
        anna.on_new_connections()?.is_active_in(active, Role::Owner, OTHERS).await?;
        anna.has_left(&gone, OTHERS).await?;
    }
    anna.delete_workspace_ok(&anna.home, OTHERS).await?;
    gone.push(&anna.home);
    anna.is_active_in(&others[3], Role::Owner, OTHERS).await?;
    let place = anna.has_left(&gone, OTHERS).await?;
    place.answer.equal(OTHERS, LEFT, [&others[3]], place.ids())
}

async fn one_by_one(context: Context) -> Checked {
    // Which one is deleted next: the default one, the newest, the active one, one in the middle.
    let orders: [fn(&SessionView) -> usize; 4] = [
        |place| place.list.len() - 1,
        |_| 0,
        |place| place.list.iter().position(|entry| entry.is_active).unwrap_or(0),
        |place| place.list.len() / 2,
    ];
    for order in orders {
        let anna = context.new_user("anna").await?;
        for number in 0..4 {
            anna.new_workspace(&format!("number {number}")).await?;
        }
        let mut gone: Vec<Id> = Vec::new();
        for left in (1..=4).rev() {
            let place = anna.place(ACTOR).await?;
            let Some(doomed) = place.list.get(order(&place)).map(|entry| entry.id.clone()) else {
                let listed = place.list.len();
                let message =
                    format!("after {} deletions the list has {listed} workspaces, fewer than are left", 4 - left);
                let (expected, actual) = (format!("at least {left} entries"), format!("{listed} entries"));
                return Err(place.answer.fails(ACTOR, message, expected, actual));
            };
            // Every other time it is the active one.
            if left % 2 == 0 {
                anna.activate_ok(&doomed).await?;
            }
            let active = anna.place(ACTOR).await?.workspace().cloned();
            anna.delete_workspace_ok(&doomed, ACTOR).await?;
            gone.push(doomed.clone());
            let place = anna.has_left(&gone.iter().collect::<Vec<_>>(), ACTOR).await?;
            let message = "the list after a deletion is not shorter by exactly one";
            place.answer.equal(ACTOR, message, left, place.list.len())?;
            if active.as_ref() != Some(&doomed) {
                let message = "the deletion of another workspace changed the active one";
                place.answer.equal(OTHERS, message, active.as_ref(), place.workspace())?;
            }
            can_sync(&anna, &place, ACTOR).await?;
        }
    }
    Ok(())
}

/// A user with a workspace, and a member of each role; it is the active workspace of all of them.
pub(crate) async fn workspace_with_members(context: &Context) -> Checked<(User, Id, Vec<(User, Role)>)> {
    let (anna, shared) = new_owner_of(context, "shared").await?;
    anna.activate_ok(&shared).await?;
    let mut members = Vec::new();
    for role in Role::ALL {
        let member = new_active_member(&anna, &shared, role.name(), role).await?;
        member.is_active_in(&shared, role, "workspace.activate-switches-session").await.in_setup()?;
        members.push((member, role));
    }
    Ok((anna, shared, members))
}

/// Checks that a member who owns nothing but their home is back there.
async fn is_home(member: &User, place: &SessionView, requirement: &'static str) -> Checked {
    place.answer.equal(requirement, LEFT, [&member.home], place.ids())?;
    let message = "after a deletion, a member is no longer the owner of their home";
    place.answer.equal(requirement, message, Some(Role::Owner), place.session.role)?;
    can_sync(member, place, requirement).await
}

async fn members_sync(context: Context) -> Checked {
    members(context.clone(), NextRequest::Push).await?;
    members(context, NextRequest::Pull).await
}

async fn members(context: Context, next: NextRequest) -> Checked {
    let (anna, shared, members) = workspace_with_members(&context).await?;
    anna.delete_workspace_ok(&shared, ALL).await?;
    for (number, (member, _)) in members.iter().enumerate() {
        let asking = if number == 1 { member.on_new_connections()? } else { member.clone() };
        let place = is_rehomed(&asking, next, &[&shared], ALL).await?;
        is_home(member, &place, ALL).await?;
        member.on_new_connections()?.has_left(&[&shared], ALL).await?;
    }
    is_rehomed(&anna, next, &[&shared], ACTOR).await.map(drop)
}

async fn crowd(context: Context) -> Checked {
    let (anna, shared, mut members) = workspace_with_members(&context).await?;
    for number in 0..9 {
        let role = Role::ALL[number % 3];
        members.push((new_active_member(&anna, &shared, role.name(), role).await?, role));
    }
    let mut asking = Vec::new();
    for (number, (member, _)) in members.iter().enumerate() {
        for elsewhere in [member.clone(), member.on_new_connections()?] {
            // The connections are open before the deletion.
            elsewhere.session(ALL).await.in_setup()?;
            let next = [NextRequest::Session, NextRequest::List, NextRequest::Push, NextRequest::Pull][number % 4];
            let shared = shared.clone();
            asking.push(
                async move { is_rehomed(&elsewhere, next, &[&shared], ALL).await.map(|place| (elsewhere, place)) },
            );
        }
    }
    anna.delete_workspace_ok(&shared, ALL).await?;
    for outcome in at_once(asking).await? {
        let (member, place) = outcome?;
        is_home(&member, &place, ALL).await?;
    }
    Ok(())
}

async fn members_elsewhere(context: Context) -> Checked {
    let (anna, doomed) = new_owner_of(&context, "doomed").await?;
    let third = anna.new_workspace("third").await?;
    let mut members = Vec::new();
    for (number, role) in Role::ALL.into_iter().enumerate() {
        for place in 0..3 {
            let member = context.new_user(role.name()).await?;
            let there = Role::ALL[(number + 1) % 3];
            anna.invite(&doomed, &member, role).await?;
            anna.invite(&third, &member, there).await?;
            let own = member.new_workspace("own").await?;
            let (active, role) = match place {
                0 => (member.home.clone(), Role::Owner),
                1 => (own, Role::Owner),
                _ => (third.clone(), there),
            };
            // The doomed one was active before.
            member.activate_ok(&doomed).await?;
            member.activate_ok(&active).await?;
            members.push((member, active, role));
        }
    }
    // Re-homing a member for whom it is active must not move the others.
    let inside = new_active_member(&anna, &doomed, "inside", Role::Editor).await?;
    anna.activate_ok(&third).await?;
    anna.delete_workspace_ok(&doomed, OTHERS).await?;
    for (member, active, role) in &members {
        let place = member.is_active_in(active, *role, OTHERS).await?;
        place.answer.equal(OTHERS, LEFT, 3, place.list.len())?;
        member.on_new_connections()?.is_active_in(active, *role, OTHERS).await?;
        member.has_left(&[&doomed], ALL).await?;
    }
    anna.is_active_in(&third, Role::Owner, OTHERS).await?;
    is_home(&inside, &inside.has_left(&[&doomed], ALL).await?, ALL).await
}

async fn second_owner(context: Context) -> Checked {
    let (anna, shared, members) = workspace_with_members(&context).await?;
    let Some((second, _)) = members.iter().find(|(_, role)| *role == Role::Owner) else { return Ok(()) };
    second.push_ok(&shared, &[second.put("threads", "pk")], ALL).await.in_setup()?;
    second.delete_workspace_ok(&shared, ALL).await?;
    for user in [&anna].into_iter().chain(members.iter().map(|(member, _)| member)) {
        let requirement = if user.id == second.id { ACTOR } else { ALL };
        is_home(user, &user.has_left(&[&shared], requirement).await?, requirement).await?;
    }
    Ok(())
}

async fn past_deleted(context: Context) -> Checked {
    let anna = context.new_user("anna").await?;
    let mut gone = Vec::new();
    let mut shared = Vec::new();
    for number in 0..4 {
        shared.push(anna.new_workspace(&format!("shared {number}")).await?);
    }
    let mut members = Vec::new();
    for (number, role) in Role::ALL.into_iter().enumerate() {
        let member = context.new_user(role.name()).await?;
        for workspace in &shared {
            anna.invite(workspace, &member, role).await?;
        }
        // Each has deleted their oldest or their newest own workspace before.
        let own = member.new_workspace("own").await?;
        let doomed = if number % 2 == 0 { member.home.clone() } else { own };
        member.delete_workspace_ok(&doomed, ALL).await.in_setup()?;
        gone.push(doomed);
        members.push((member, role));
    }
    // Each time the active workspace is deleted, and none that was deleted before becomes active.
    for (round, doomed) in [1, 3, 0, 2].into_iter().enumerate() {
        for (member, role) in &members {
            member.activate_ok(&shared[doomed]).await?;
            member.is_active_in(&shared[doomed], *role, ALL).await.in_setup()?;
        }
        anna.delete_workspace_ok(&shared[doomed], ALL).await?;
        gone.push(shared[doomed].clone());
        let gone: Vec<&Id> = gone.iter().collect();
        for (number, (member, _)) in members.iter().enumerate() {
            let next = [NextRequest::Session, NextRequest::List, NextRequest::Pull][(round + number) % 3];
            let gone: Vec<&Id> = [&shared[doomed]].into_iter().chain(gone.iter().copied()).collect();
            let place = is_rehomed(member, next, &gone, ALL).await?;
            place.answer.equal(ALL, LEFT, 4 - round, place.list.len())?;
            can_sync(member, &place, ALL).await?;
        }
    }
    let place = anna.has_left(&gone.iter().collect::<Vec<_>>(), ACTOR).await?;
    place.answer.equal(ACTOR, LEFT, [&anna.home], place.ids())
}
