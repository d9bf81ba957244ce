//! Members: a removal counts at once, on every connection and whichever workspace is active.

use crate::member::management::members_are;
use crate::prelude::*;

const REMOVED: &str = "member.removed-at-once";

cases! {
    /// Whatever a removed member asks for next, they get no access and stand in what is theirs.
    "member/removed-member-gets-no-access" checks [REMOVED] needs [Manage] by no_access;
    /// A removal counts on every connection that the removed member has open.
    "member/removed-member-on-other-connections" checks [REMOVED] needs [Manage] by other_connections;
    /// A removed member who stood elsewhere stays there, and so do those who were not removed.
    "member/removed-member-elsewhere-stays" checks [REMOVED] needs [Manage] by elsewhere_stays;
    /// A member of two who is removed from both, in either order, never lands in one that they had to leave.
    "member/removed-from-one-after-another" checks [REMOVED] needs [Manage] by one_after_another;
    /// Four requests remove one member at one instant: one succeeds, and none breaks.
    "member/removed-by-several-at-once" checks [REMOVED, "http.no-5xx"] needs [Members] by by_several;
    /// A member activates a workspace while they are removed from it, in ten rounds, and never ends in it.
    "member/removed-while-activating" checks [REMOVED] needs [Members] by while_activating;
    /// Who is removed from the only workspace that they had left keeps a valid session.
    "member/removed-from-the-last-workspace" checks [REMOVED, "workspace.delete-last"] needs [Manage] by from_the_last;
    /// Editors, viewers and second owners remove themselves: they have left at once, and the others have not.
    "member/leaves-by-themselves" checks ["member.leave", REMOVED] needs [Members] by leaves;
}

/// What a removed member asks for next.
#[derive(Debug, Clone, Copy)]
enum Next {
    Session,
    List,
    Pull,
    Push,
    Replay,
    Cursor,
    Activate,
    Rename,
    Members,
    Add,
    Delete,
    Snapshot,
    GcLog,
    GcTombstones,
}

/// Every request that the target has.
fn all_requests(context: &Context) -> Vec<Next> {
    let mut all = vec![Next::Session, Next::List, Next::Pull, Next::Push, Next::Replay, Next::Cursor];
    all.extend([Next::Activate, Next::Rename, Next::Delete]);
    if context.has(Capability::Members) {
        all.extend([Next::Members, Next::Add]);
    }
    if context.has(Capability::Snapshot) {
        all.push(Next::Snapshot);
    }
    if context.has(Capability::Gc) {
        all.extend([Next::GcLog, Next::GcTombstones]);
    }
    all
}

/// Makes the request of a removed member, and checks that it is refused, or shows nothing of the workspace.
async fn is_shut_out(user: &User, next: Next, shared: &Id, known: &[Op]) -> Checked {
    let answer = match next {
        Next::Session => return user.has_left(&[shared], REMOVED).await.map(drop),
        Next::List => {
            let (list, answer) = user.workspaces(REMOVED).await?;
            let listed = list.iter().any(|entry| entry.id == *shared);
            answer.check(
                REMOVED,
                !listed,
                "the list of a removed member shows the workspace, and should not",
                "no entry",
            )?;
            let active = list.iter().any(|entry| entry.is_active);
            return answer.check(
                REMOVED,
                active,
                "the list of a removed member should have an active workspace, and has none",
                "an active entry",
            );
        }
        Next::Pull => user.pull_unactivated(shared, 0, 10).await,
        Next::Push => user.push_unactivated(shared, &[user.put("threads", "late").clock(99)]).await,
        Next::Replay => user.push_unactivated(shared, known).await,
        Next::Cursor => user.update_cursor_unactivated(shared, "device-1", 1).await,
        Next::Activate => user.activate(shared).await,
        Next::Rename => user.rename(shared, &json!({"name": "seized"})).await,
        Next::Members => user.members(shared).await,
        Next::Add => user.add_member(shared, &user.id, "owner").await,
        Next::Delete => user.delete_workspace(shared).await,
        Next::Snapshot => user.snapshot_unactivated(shared, 10).await,
        Next::GcLog => user.collect_unactivated(endpoint::GC_CHANGE_LOG.path, shared, 3600).await,
        Next::GcTombstones => user.collect_unactivated(endpoint::GC_TOMBSTONES.path, shared, 3600).await,
    };
    answer.expect_forbidden(REMOVED)
}

/// A workspace with one record, beside its owner's home.
async fn shared_with_record(context: &Context) -> Checked<(User, Journal)> {
    let anna = context.new_user("anna").await?;
    let mut shared = Journal::beside(&anna, "shared", REMOVED).await?;
    shared.push_ok(&[anna.put("threads", "pk")]).await.in_setup()?;
    Ok((anna, shared))
}

/// Checks that a removed member's home is their active workspace.
async fn is_back_home(member: &User, shared: &Id) -> Checked<SessionView> {
    let place = member.has_left(&[shared], REMOVED).await?;
    let message = "a removed member's active workspace is not their home";
    place.answer.equal(REMOVED, message, Some(&member.home), place.workspace())?;
    Ok(place)
}

async fn no_access(context: Context) -> Checked {
    let (anna, mut shared) = shared_with_record(&context).await?;
    let workspace = shared.workspace.clone();
    let roles = [Role::Editor, Role::Owner, Role::Viewer];
    for (number, next) in all_requests(&context).into_iter().enumerate() {
        let role = roles[number % 3];
        let member = new_active_member(&anna, &workspace, role.name(), role).await?;
        let known = [member.put("kv", &format!("pk{number}"))];
        if role != Role::Viewer {
            shared.push_by_ok(&member, &known).await.in_setup()?;
        }
        anna.remove_member_ok(&workspace, &member.id, REMOVED).await?;
        is_shut_out(&member, next, &workspace, &known).await?;
        let place = is_back_home(&member, &workspace).await?;
        place.answer.equal(REMOVED, "a removed member's list is not their home alone", [&member.home], place.ids())?;
        member.push_ok(&member.home, &[member.put("threads", "pk")], REMOVED).await?;
        // The same after a new login.
        for next in [Next::Activate, Next::Pull, next] {
            is_shut_out(&member, next, &workspace, &known).await?;
        }
        members_are(&anna, &workspace, &[(&anna, Role::Owner)], REMOVED).await?;
    }
    shared.holds().await?;
    let place = anna.place(REMOVED).await?;
    let name = place.entry(&workspace).map(|entry| entry.name.as_str());
    place.answer.equal(REMOVED, "a removed member renamed the workspace", Some("shared"), name)
}

async fn other_connections(context: Context) -> Checked {
    let (anna, shared) = shared_with_record(&context).await?;
    let workspace = &shared.workspace;
    for round in 0..3 {
        let member = new_active_member(&anna, workspace, "member", Role::Editor).await?;
        let mut open = Vec::new();
        for _ in 0..6 {
            let connection = member.on_new_connections()?;
            connection.pull(workspace, 0, 10).await?.expect_status("member.roles", &[200]).in_setup()?;
            open.push(connection);
        }
        anna.remove_member_ok(workspace, &member.id, REMOVED).await?;
        let requests = [Next::Pull, Next::Push, Next::Session, Next::Cursor, Next::List, Next::Activate];
        for (number, connection) in open.iter().enumerate() {
            is_shut_out(connection, requests[(number + round) % requests.len()], workspace, &shared.ops).await?;
        }
        for connection in &open {
            connection.has_left(&[workspace], REMOVED).await?;
        }
    }
    shared.holds().await
}

async fn elsewhere_stays(context: Context) -> Checked {
    let (anna, shared) = owner_of(&context, "shared").await?;
    let third = anna.new_workspace("third").await?;
    let inside = active_member(&anna, &shared, "inside", Role::Viewer).await?;
    anna.activate_ok(&shared).await?;
    for number in 0..3 {
        let member = anna.new_member(&shared, "member", Role::Editor).await?;
        anna.invite(&third, &member, Role::Viewer).await?;
        let own = member.new_workspace("own").await?;
        let (active, role) = [(&member.home, Role::Owner), (&own, Role::Owner), (&third, Role::Viewer)][number];
        member.activate_ok(&shared).await?;
        member.activate_ok(active).await?;
        anna.remove_member_ok(&shared, &member.id, REMOVED).await?;
        member.is_active_in(active, role, REMOVED).await?;
        let place = member.has_left(&[&shared], REMOVED).await?;
        place.answer.equal(REMOVED, "a removal ended other memberships too", 3, place.list.len())?;
        inside.is_active_in(&shared, Role::Viewer, REMOVED).await?;
        inside.pull_unactivated(&shared, 0, 10).await.expect_status(REMOVED, &[200])?;
        anna.is_active_in(&shared, Role::Owner, REMOVED).await?;
    }
    Ok(())
}

async fn one_after_another(context: Context) -> Checked {
    let anna = context.new_user("anna").await?;
    for round in 0..4 {
        let member = context.new_user("member").await?;
        let mut both = Vec::new();
        for name in ["one", "other"] {
            let shared = anna.new_workspace(name).await?;
            anna.invite(&shared, &member, [Role::Editor, Role::Viewer][round % 2]).await?;
            both.push(shared);
        }
        for workspace in &both {
            member.activate_ok(workspace).await?;
        }
        // Removed first from the workspace that was active before, or from the active one.
        if round >= 2 {
            both.reverse();
        }
        for left in 1..=2 {
            anna.remove_member_ok(&both[left - 1], &member.id, REMOVED).await?;
            let gone: Vec<&Id> = both[..left].iter().collect();
            if let Some(workspace) = member.has_left(&gone, REMOVED).await?.workspace() {
                member.pull_unactivated(workspace, 0, 1).await.expect_status(REMOVED, &[200])?;
            }
        }
        member.is_active_in(&member.home, Role::Owner, REMOVED).await?;
    }
    Ok(())
}

async fn by_several(context: Context) -> Checked {
    let (anna, shared) = new_owner_of(&context, "shared").await?;
    for _ in 0..6 {
        let member = context.new_user("member").await?;
        anna.invite(&shared, &member, Role::Editor).await?;
        let removal = Request::delete(member_path(&shared, &member.id));
        let answers = send_together(vec![(anna.client().clone(), removal); 4]).await?;
        for answer in &answers {
            // A server may answer success when there is nobody left to remove.
            answer.expect_no_5xx("http.no-5xx", "one of four concurrent removals of a member breaks the server")?;
        }
        one_succeeds(&answers, REMOVED, "removals of one member")?;
        member.has_left(&[&shared], REMOVED).await?;
        members_are(&anna, &shared, &[(&anna, Role::Owner)], REMOVED).await?;
    }
    Ok(())
}

async fn while_activating(context: Context) -> Checked {
    let (anna, shared) = new_owner_of(&context, "shared").await?;
    let member = context.new_user("member").await?;
    for round in 0..10 {
        anna.invite(&shared, &member, Role::Editor).await?;
        if round % 2 == 0 {
            member.activate_ok(&shared).await?;
        }
        let activation = Request::post(endpoint::ACTIVATE.path, &json!({"id": shared}));
        let mut requests = vec![(member.client().clone(), activation); 5];
        requests.insert(round % 6, (anna.client().clone(), Request::delete(member_path(&shared, &member.id))));
        for answer in send_together(requests).await? {
            if answer.exchange().method == "DELETE" {
                answer.read::<OkAnswer>(REMOVED)?;
            } else {
                answer.expect_status(REMOVED, &[200, 204, 403, 404, 409, 410])?;
            }
        }
        for member in [member.clone(), member.on_new_connections()?] {
            is_back_home(&member, &shared).await?;
            member.pull_unactivated(&shared, 0, 10).await.expect_forbidden(REMOVED)?;
        }
    }
    Ok(())
}

async fn from_the_last(context: Context) -> Checked {
    const VALID: &str = "workspace.delete-last";
    let (anna, shared) = new_owner_of(&context, "shared").await?;
    let member = new_active_member(&anna, &shared, "member", Role::Editor).await?;
    member.delete_workspace_ok(&member.home, VALID).await.in_setup()?;
    anna.remove_member_ok(&shared, &member.id, REMOVED).await?;
    let gone = [&shared, &member.home];
    let place = member.has_left(&gone, VALID).await?;
    if place.workspace().is_some() {
        let message = "a removed member does not own the workspace that the server made for them";
        place.answer.equal(VALID, message, Some(Role::Owner), place.session.role)?;
    }
    let again = member.on_new_connections()?.has_left(&gone, VALID).await?;
    let message = "a second session shows another active workspace than the first";
    again.answer.equal(VALID, message, place.workspace(), again.workspace())?;
    let new = member.new_workspace("new start").await?;
    member.activate(&new).await.read::<OkAnswer>(VALID)?;
    member.is_active_in(&new, Role::Owner, VALID).await?;
    member.pull_unactivated(&shared, 0, 10).await.expect_forbidden(REMOVED)
}

async fn leaves(context: Context) -> Checked {
    const LEAVE: &str = "member.leave";
    let (anna, shared) = shared_with_record(&context).await?;
    let workspace = shared.workspace.clone();
    let stays = anna.new_member(&workspace, "stays", Role::Editor).await?;
    for role in [Role::Editor, Role::Viewer, Role::Owner] {
        for is_active in [true, false] {
            let member = anna.new_member(&workspace, role.name(), role).await?;
            if is_active {
                member.activate_ok(&workspace).await?;
            }
            let answer = member.remove_member(&workspace, &member.id).await;
            let message = format!("a member with the role {} cannot leave", role.name());
            context.check_should(answer.ensure(LEAVE, answer.is_success(), message, "success", answer.outcome()));
            if !answer.is_success() {
                answer.expect_status(LEAVE, &[400, 403, 404, 405, 409])?;
                // A refusal changes nothing.
                member.activate_ok(&workspace).await?;
                continue;
            }
            for next in all_requests(&context) {
                is_shut_out(&member, next, &workspace, &shared.ops).await?;
            }
            is_back_home(&member, &workspace).await?;
            stays.pull(&workspace, 0, 10).await?.expect_status(LEAVE, &[200])?;
        }
    }
    shared.holds().await
}
