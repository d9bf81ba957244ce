//! Deleting workspaces: whoever stood in one stands in another by their very next request, and whoever did not stays.

use crate::prelude::*;
use syncproof_harness::world::SessionView;

const ACTOR: &str = "workspace.delete-rehomes-actor";
const ALL: &str = "workspace.delete-rehomes-all";
const OTHERS: &str = "workspace.delete-leaves-others";

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
        checks [ALL, "workspace.delete-closes-sync"] needs [Invite]
        by members_sync;
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

/// What somebody asks for first after a deletion.
#[derive(Debug, Clone, Copy)]
enum NextRequest {
    Session,
    List,
    Push,
    Pull,
    Activate,
}

/// Makes that request, and checks what it says of the deleted workspace; then that the user has left it.
async fn asks(user: &User, next: NextRequest, gone: &[&Id], requirement: &'static str) -> Checked<SessionView> {
    let Some(deleted) = gone.first() else { return user.has_left(gone, requirement).await };
    let closed = |answer: &Answer| answer.expect_status("workspace.delete-closes-sync", &[403, 404, 410]);
    let mut landed = None;
    match next {
        NextRequest::Session => {}
        NextRequest::List => {
            let (list, answer) = user.workspaces(requirement).await?;
            if let Some(entry) = list.iter().find(|entry| gone.contains(&&entry.id)) {
                let message = "the list still names a deleted workspace";
                return Err(answer.fails(requirement, message, "no trace of it", entry.id.to_string()));
            }
            landed = list.iter().find(|entry| entry.is_active).map(|entry| entry.id.clone());
            let message = "the list after a deletion shows no active workspace, with live ones in it";
            let somewhere = landed.is_some() || list.is_empty();
            answer.ensure(requirement, somewhere, message, "one active entry", answer.outcome())?;
        }
        NextRequest::Push => closed(&user.push_unactivated(deleted, &[user.put("threads", "late").clock(99)]).await)?,
        NextRequest::Pull => closed(&user.pull_unactivated(deleted, 0, 10).await)?,
        NextRequest::Activate => {
            user.activate(deleted).await.expect_status("workspace.activate-deleted", &[403, 404, 409, 410])?;
        }
    }
    let place = user.has_left(gone, requirement).await?;
    if landed.is_some() {
        let message = "the session stands elsewhere than the list before it said";
        place.answer.equal(requirement, message, landed.as_ref(), place.workspace())?;
    }
    Ok(place)
}

/// Checks that the place where somebody landed can be worked in: what the session says is no empty word.
async fn works(user: &User, place: &SessionView, requirement: &'static str) -> Checked {
    if let (Some(workspace), Some(role)) = (place.workspace(), place.session.role) {
        user.pull_unactivated(workspace, 0, 1).await.expect_status(requirement, &[200])?;
        if role != Role::Viewer {
            let answer =
                user.push_unactivated(workspace, &[user.put("threads", &format!("after in {workspace}"))]).await;
            answer.expect_status(requirement, &[200])?;
        }
    }
    Ok(())
}

async fn actor(context: Context) -> Checked {
    for next in [NextRequest::Session, NextRequest::List, NextRequest::Push, NextRequest::Pull, NextRequest::Activate] {
        let anna = context.new_user("anna").await?;
        // The one to go is the newest, then one in the middle, and there is an older and a newer one to land in.
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
            let place = asks(&asking, next, &gone, ACTOR).await?;
            let message = "the list after a deletion is not what was left";
            place.answer.equal(ACTOR, message, 1 + round, place.list.len())?;
            place.answer.equal(ACTOR, "the home is gone, too", true, place.entry(&anna.home).is_some())?;
            works(&anna, &place, ACTOR).await?;
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
    // First at home, the oldest; then in one between; then in the newest.
    let mut gone = Vec::new();
    for (stands, doomed) in [(&anna.home, 1), (&others[0], 2), (&others[3], 0)] {
        anna.activate_ok(stands).await?;
        anna.delete_workspace_ok(&others[doomed], OTHERS).await?;
        gone.push(&others[doomed]);
        anna.is_active_in(stands, Role::Owner, OTHERS).await?;
        anna.on_new_connections()?.is_active_in(stands, Role::Owner, OTHERS).await?;
        anna.has_left(&gone, OTHERS).await?;
    }
    anna.delete_workspace_ok(&anna.home, OTHERS).await?;
    gone.push(&anna.home);
    anna.is_active_in(&others[3], Role::Owner, OTHERS).await?;
    let place = anna.has_left(&gone, OTHERS).await?;
    place.answer.equal(OTHERS, "the list is not what was left", [&others[3]], place.ids())
}

async fn one_by_one(context: Context) -> Checked {
    // Which of those that are left goes next: the default one first, the newest first, the one stood in, from between.
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
                return Err(place.answer.fails(ACTOR, "live workspaces are missing", "an entry", "none"));
            };
            // Every other time the actor goes there first.
            if left % 2 == 0 {
                anna.activate_ok(&doomed).await?;
            }
            let stood = anna.place(ACTOR).await?.workspace().cloned();
            anna.delete_workspace_ok(&doomed, ACTOR).await?;
            gone.push(doomed.clone());
            let place = anna.has_left(&gone.iter().collect::<Vec<_>>(), ACTOR).await?;
            place.answer.equal(ACTOR, "a deletion took more or less than one", left, place.list.len())?;
            if stood.as_ref() != Some(&doomed) {
                let message = "a deletion elsewhere moved the session";
                place.answer.equal(OTHERS, message, stood.as_ref(), place.workspace())?;
            }
            works(&anna, &place, ACTOR).await?;
        }
    }
    Ok(())
}

/// A user with a workspace, and a member of each role, all standing in it.
pub(crate) async fn workspace_with_members(context: &Context) -> Checked<(User, Id, Vec<(User, Role)>)> {
    let anna = context.new_user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    anna.activate_ok(&shared).await?;
    let mut members = Vec::new();
    for role in Role::ALL {
        let member = context.new_user(role.name()).await?;
        anna.invite(&shared, &member, role).await?;
        member.activate_ok(&shared).await?;
        member.is_active_in(&shared, role, "workspace.activate-switches-session").await.in_setup()?;
        members.push((member, role));
    }
    Ok((anna, shared, members))
}

/// Checks that a member who owns nothing but their home is back there.
async fn is_home(member: &User, place: &SessionView, requirement: &'static str) -> Checked {
    place.answer.equal(requirement, "the list is not what was left to the member", [&member.home], place.ids())?;
    let message = "a member is not the owner of their home any more";
    place.answer.equal(requirement, message, Some(Role::Owner), place.session.role)?;
    works(member, place, requirement).await
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
        let place = asks(&asking, next, &[&shared], ALL).await?;
        is_home(member, &place, ALL).await?;
        member.on_new_connections()?.has_left(&[&shared], ALL).await?;
    }
    asks(&anna, next, &[&shared], ACTOR).await?;
    Ok(())
}

async fn crowd(context: Context) -> Checked {
    let (anna, shared, mut members) = workspace_with_members(&context).await?;
    for number in 0..9 {
        let role = Role::ALL[number % 3];
        let member = context.new_user(role.name()).await?;
        anna.invite(&shared, &member, role).await?;
        member.activate_ok(&shared).await?;
        members.push((member, role));
    }
    let mut asking = Vec::new();
    for (number, (member, _)) in members.iter().enumerate() {
        for elsewhere in [member.clone(), member.on_new_connections()?] {
            // Warm, and there before the deletion.
            elsewhere.session(ALL).await.in_setup()?;
            let next = [NextRequest::Session, NextRequest::List, NextRequest::Push, NextRequest::Pull][number % 4];
            let shared = shared.clone();
            asking.push(async move { asks(&elsewhere, next, &[&shared], ALL).await.map(|place| (elsewhere, place)) });
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
    let anna = context.new_user("anna").await?;
    let doomed = anna.new_workspace("doomed").await?;
    let third = anna.new_workspace("third").await?;
    let mut members = Vec::new();
    for (number, role) in Role::ALL.into_iter().enumerate() {
        for place in 0..3 {
            let member = context.new_user(role.name()).await?;
            let there = Role::ALL[(number + 1) % 3];
            anna.invite(&doomed, &member, role).await?;
            anna.invite(&third, &member, there).await?;
            let own = member.new_workspace("own").await?;
            let (stands, role) = match place {
                0 => (member.home.clone(), Role::Owner),
                1 => (own, Role::Owner),
                _ => (third.clone(), there),
            };
            // They have been in it, and are not any more.
            member.activate_ok(&doomed).await?;
            member.activate_ok(&stands).await?;
            members.push((member, stands, role));
        }
    }
    // One stands in the doomed one: re-homing them must not take the others along.
    let inside = context.new_user("inside").await?;
    anna.invite(&doomed, &inside, Role::Editor).await?;
    inside.activate_ok(&doomed).await?;
    anna.activate_ok(&third).await?;
    anna.delete_workspace_ok(&doomed, OTHERS).await?;
    for (member, stands, role) in &members {
        let place = member.is_active_in(stands, *role, OTHERS).await?;
        place.answer.equal(OTHERS, "the list is not what was left to the member", 3, place.list.len())?;
        member.on_new_connections()?.is_active_in(stands, *role, OTHERS).await?;
        member.has_left(&[&doomed], ALL).await?;
    }
    anna.is_active_in(&third, Role::Owner, OTHERS).await?;
    let place = inside.has_left(&[&doomed], ALL).await?;
    is_home(&inside, &place, ALL).await
}

async fn second_owner(context: Context) -> Checked {
    let (anna, shared, members) = workspace_with_members(&context).await?;
    let Some((second, _)) = members.iter().find(|(_, role)| *role == Role::Owner) else { return Ok(()) };
    let ops = [second.put("threads", "pk")];
    second.push_ok(&shared, &ops, ALL).await.in_setup()?;
    second.delete_workspace_ok(&shared, ALL).await?;
    for user in [&anna].into_iter().chain(members.iter().map(|(member, _)| member)) {
        let requirement = if user.id == second.id { ACTOR } else { ALL };
        let place = user.has_left(&[&shared], requirement).await?;
        is_home(user, &place, requirement).await?;
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
        // Their oldest, or their newest own one is gone already, by their own hand.
        let own = member.new_workspace("own").await?;
        let doomed = if number % 2 == 0 { member.home.clone() } else { own };
        member.delete_workspace_ok(&doomed, ALL).await.in_setup()?;
        gone.push(doomed);
        members.push((member, role));
    }
    // Each time they stand in the one that goes, and never come back to one that went.
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
            let place = asks(member, next, &gone, ALL).await?;
            let message = "the list is not what was left to the member";
            place.answer.equal(ALL, message, 4 - round, place.list.len())?;
            works(member, &place, ALL).await?;
        }
    }
    let place = anna.has_left(&gone.iter().collect::<Vec<_>>(), ACTOR).await?;
    place.answer.equal(ACTOR, "the list is not what was left", json!([&anna.home]), json!(place.ids()))
}
