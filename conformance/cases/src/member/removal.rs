//! Members: removing them counts at once, and somebody always owns a workspace.

use crate::member::management::{members_are, role_is};
use crate::prelude::*;
use syncproof_harness::client::Client;
use syncproof_harness::world::member_path;
use syncproof_protocol::endpoint;

const LAST: &str = "member.last-owner";
const REMOVED: &str = "member.removed-at-once";

/// What trying to remove or demote the last owner answers.
const KEPT: &[u16] = &[400, 403, 409];

cases! {
    /// The last owner can be neither removed nor demoted, whoever else is a member, and nothing changes.
    "member/last-owner-stays" checks [LAST] needs [Members] by last_owner;
    /// Of two owners one can be removed, demoted or step down; the other is the last, then.
    "member/one-of-two-owners-goes" checks [LAST, "member.owner-manages"] needs [Members] by one_of_two;
    /// Two owners demote or remove each other, or themselves, at one instant: one is left, in sixteen rounds.
    "member/two-owners-go-at-once" checks [LAST] needs [Members] by both_at_once;
    /// Whatever a removed member asks for next, they get no access and stand in what is theirs.
    "member/removed-member-gets-no-access" checks [REMOVED] needs [Members] by no_access;
    /// A removal counts on every connection that the removed member has open.
    "member/removed-member-on-other-connections" checks [REMOVED] needs [Members] by other_connections;
    /// A removed member who stood elsewhere stays there, and so do those who were not removed.
    "member/removed-member-elsewhere-stays" checks [REMOVED] needs [Members] by elsewhere_stays;
    /// A member of two who is removed from both, in either order, never lands in one that they had to leave.
    "member/removed-from-one-after-another" checks [REMOVED] needs [Members] by one_after_another;
    /// Four requests remove one member at one instant: one succeeds, and none breaks.
    "member/removed-by-several-at-once" checks [REMOVED, "http.no-5xx"] needs [Members] by by_several;
    /// A member activates a workspace while they are removed from it, in ten rounds, and never ends in it.
    "member/removed-while-activating" checks [REMOVED] needs [Members] by while_activating;
    /// Who is removed from the only workspace that they had left keeps a valid session.
    "member/removed-from-the-last-workspace" checks [REMOVED, "workspace.delete-last"] needs [Members] by from_the_last;
}

async fn last_owner(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    let editor = context.user("editor").await?;
    let viewer = context.user("viewer").await?;
    let mut members = vec![(&anna, Role::Owner)];
    for joining in [None, Some((&editor, Role::Editor)), Some((&viewer, Role::Viewer))] {
        if let Some((user, role)) = joining {
            anna.invite(&shared, user, role).await?;
            user.activate_ok(&shared).await?;
            members.push((user, role));
        }
        for role in ["editor", "viewer"] {
            anna.set_role(&shared, &anna.id, role).await.expect_status(LAST, KEPT)?;
            members_are(&anna, &shared, &members, LAST).await?;
            // Adding an owner again in a lower role is a demotion, too: done for nobody, whatever the answer.
            let answer = anna.add_member(&shared, &anna.id, role).await;
            answer.expect_status(LAST, &[200, 201, 400, 403, 409])?;
            members_are(&anna, &shared, &members, LAST).await?;
        }
        anna.remove_member(&shared, &anna.id).await.expect_status(LAST, KEPT)?;
        members_are(&anna, &shared, &members, LAST).await?;
        role_is(&anna, &shared, Some(Role::Owner), LAST).await?;
    }
    // An owner elsewhere is none here.
    let other = anna.new_workspace("other").await?;
    anna.invite(&other, &editor, Role::Owner).await?;
    anna.set_role(&shared, &anna.id, "viewer").await.expect_status(LAST, KEPT)?;
    anna.remove_member(&shared, &anna.id).await.expect_status(LAST, KEPT)?;
    anna.remove_member(&anna.home, &anna.id).await.expect_status(LAST, KEPT)?;
    anna.set_role(&anna.home, &anna.id, "editor").await.expect_status(LAST, KEPT)?;
    members_are(&anna, &shared, &members, LAST).await?;
    anna.activate_ok(&shared).await?;
    anna.is_active_in(&shared, Role::Owner, LAST).await?;
    Ok(())
}

async fn one_of_two(context: Context) -> Checked {
    // Who makes the other go, or goes, and how.
    for (by_other, demote) in [(true, true), (true, false), (false, true), (false, false)] {
        let anna = context.user("anna").await?;
        let ben = context.user("ben").await?;
        let shared = anna.new_workspace("shared").await?;
        anna.invite(&shared, &ben, Role::Owner).await?;
        let actor = if by_other { &ben } else { &anna };
        let answer = if demote {
            actor.set_role(&shared, &anna.id, "editor").await
        } else {
            actor.remove_member(&shared, &anna.id).await
        };
        // Of one who wants to step down by themself, a server may ask that another owner does it.
        if !by_other && answer.is(KEPT) {
            members_are(&anna, &shared, &[(&anna, Role::Owner), (&ben, Role::Owner)], LAST).await?;
            continue;
        }
        answer.read::<OkAnswer>(LAST)?;
        let left = if demote { Some(Role::Editor) } else { None };
        role_is(&anna, &shared, left, LAST).await?;
        for role in ["viewer", "editor"] {
            ben.set_role(&shared, &ben.id, role).await.expect_status(LAST, KEPT)?;
        }
        ben.remove_member(&shared, &ben.id).await.expect_status(LAST, KEPT)?;
        let mut members = vec![(&ben, Role::Owner)];
        members.extend(left.map(|role| (&anna, role)));
        members_are(&ben, &shared, &members, LAST).await?;
        // And back again.
        ben.add_member(&shared, &anna.id, "owner").await.expect_status(LAST, &[200, 201, 409])?;
        ben.set_role_ok(&shared, &anna.id, "owner", LAST).await?;
        anna.remove_member_ok(&shared, &ben.id, LAST).await?;
        members_are(&anna, &shared, &[(&anna, Role::Owner)], LAST).await?;
    }
    Ok(())
}

async fn both_at_once(context: Context) -> Checked {
    for round in 0..16 {
        let anna = context.user("anna").await?;
        let ben = context.user("ben").await?;
        let shared = anna.new_workspace("shared").await?;
        anna.invite(&shared, &ben, Role::Owner).await?;
        let goes = |actor: &User, user: &User| -> (Client, Request) {
            let path = member_path(&shared, &user.id);
            let request =
                if round % 2 == 0 { Request::patch(path, &json!({"role": "viewer"})) } else { Request::delete(path) };
            (actor.client().clone(), request)
        };
        let requests = if round % 4 < 2 {
            vec![goes(&anna, &ben), goes(&ben, &anna)]
        } else {
            vec![goes(&anna, &anna), goes(&ben, &ben)]
        };
        let answers = send_together(requests).await?;
        for answer in &answers {
            // Whoever came second may be no owner, or no member any more.
            answer.expect_status(LAST, &[200, 400, 403, 404, 409])?;
        }
        let mut owners = 0_usize;
        for user in [&anna, &ben] {
            let place = user.place(LAST).await?;
            owners += usize::from(place.entry(&shared).is_some_and(|entry| entry.role == Role::Owner));
        }
        if let Some(answer) = answers.last() {
            answer.ensure(LAST, owners > 0, "two owners who go at one instant leave none", "one owner", "no owner")?;
            let done = answers.iter().filter(|answer| answer.is_success()).count();
            answer.equal(LAST, "the answers do not tell who is left", 2 - owners, done)?;
        }
    }
    Ok(())
}

/// What a removed member may ask for next.
#[derive(Debug, Clone, Copy)]
enum NextRequest {
    Session,
    List,
    Pull,
    Push,
    Replay,
    Cursor,
    Snapshot,
    GcLog,
    GcTombstones,
    Activate,
    Rename,
    Members,
    Add,
    Delete,
}

impl NextRequest {
    fn all(context: &Context) -> Vec<NextRequest> {
        let mut all = vec![
            NextRequest::Session,
            NextRequest::List,
            NextRequest::Pull,
            NextRequest::Push,
            NextRequest::Replay,
            NextRequest::Cursor,
        ];
        all.extend([
            NextRequest::Activate,
            NextRequest::Rename,
            NextRequest::Members,
            NextRequest::Add,
            NextRequest::Delete,
        ]);
        if context.has(Capability::Snapshot) {
            all.push(NextRequest::Snapshot);
        }
        if context.has(Capability::Gc) {
            all.extend([NextRequest::GcLog, NextRequest::GcTombstones]);
        }
        all
    }
}

/// Asks, as the very next request after the removal, and checks that it brings nothing.
async fn asks(user: &User, next: NextRequest, shared: &Id, known: &[Op]) -> Checked {
    let answer = match next {
        NextRequest::Session => {
            user.has_left(&[shared], REMOVED).await?;
            return Ok(());
        }
        NextRequest::List => {
            let (list, answer) = user.workspaces(REMOVED).await?;
            let listed = list.iter().any(|entry| entry.id == *shared);
            answer.ensure(REMOVED, !listed, "a removed member's list shows the workspace", "no entry", "an entry")?;
            let active = list.iter().any(|entry| entry.is_active);
            let message = "a removed member's list shows no active workspace";
            return answer.ensure(REMOVED, active, message, "one of theirs is active", answer.outcome());
        }
        NextRequest::Pull => user.pull_unactivated(shared, 0, 10).await,
        NextRequest::Push => user.push_unactivated(shared, &[user.put("threads", "late").clock(99)]).await,
        NextRequest::Replay => user.push_unactivated(shared, known).await,
        NextRequest::Cursor => user.update_cursor_unactivated(shared, "device-1", 1).await,
        NextRequest::Snapshot => user.snapshot_unactivated(shared, 10).await,
        NextRequest::GcLog => user.collect_unactivated(endpoint::GC_CHANGE_LOG.path, shared, 3600).await,
        NextRequest::GcTombstones => user.collect_unactivated(endpoint::GC_TOMBSTONES.path, shared, 3600).await,
        NextRequest::Activate => user.activate(shared).await,
        NextRequest::Rename => user.rename(shared, &json!({"name": "seized"})).await,
        NextRequest::Members => user.members(shared).await,
        NextRequest::Add => user.add_member(shared, &user.id, "owner").await,
        NextRequest::Delete => user.delete_workspace(shared).await,
    };
    answer.expect_forbidden(REMOVED)
}

async fn no_access(context: Context) -> Checked {
    let anna = context.new_user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    let mut ops = vec![anna.put("threads", "pk")];
    anna.push_ok(&shared, &ops, REMOVED).await.in_setup()?;
    let roles = [Role::Editor, Role::Owner, Role::Viewer];
    for (number, next) in NextRequest::all(&context).into_iter().enumerate() {
        let role = roles[number % 3];
        let member = context.new_user(role.name()).await?;
        anna.invite(&shared, &member, role).await?;
        member.activate_ok(&shared).await?;
        let known = [member.put("kv", &format!("pk{number}"))];
        if role != Role::Viewer {
            member.push_ok(&shared, &known, REMOVED).await.in_setup()?;
            ops.extend(known.clone());
        }
        anna.remove_member_ok(&shared, &member.id, REMOVED).await?;
        asks(&member, next, &shared, &known).await?;
        let place = member.has_left(&[&shared], REMOVED).await?;
        let message = "a removed member does not stand at home";
        place.answer.equal(REMOVED, message, Some(&member.home), place.workspace())?;
        place.answer.equal(REMOVED, "a removed member's list is not their home", [&member.home], place.ids())?;
        member.push_ok(&member.home, &[member.put("threads", "pk")], REMOVED).await?;
        // Coming back after a new login does not help.
        asks(&member, NextRequest::Activate, &shared, &known).await?;
        asks(&member, NextRequest::Pull, &shared, &known).await?;
        asks(&member, next, &shared, &known).await?;
        members_are(&anna, &shared, &[(&anna, Role::Owner)], REMOVED).await?;
    }
    anna.holds(&shared, &ops, REMOVED).await?;
    let place = anna.place(REMOVED).await?;
    let name = place.entry(&shared).map(|entry| entry.name.as_str());
    place.answer.equal(REMOVED, "a removed member changed the workspace", Some("shared"), name)
}

async fn other_connections(context: Context) -> Checked {
    let anna = context.new_user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    let known = [anna.put("threads", "pk")];
    anna.push_ok(&shared, &known, REMOVED).await.in_setup()?;
    for round in 0..3 {
        let member = context.new_user("member").await?;
        anna.invite(&shared, &member, Role::Editor).await?;
        member.activate_ok(&shared).await?;
        let mut open = Vec::new();
        for _ in 0..6 {
            let connection = member.on_new_connections()?;
            connection.pull(&shared, 0, 10).await?.expect_status("member.roles", &[200]).in_setup()?;
            open.push(connection);
        }
        anna.remove_member_ok(&shared, &member.id, REMOVED).await?;
        let kinds = [
            NextRequest::Pull,
            NextRequest::Push,
            NextRequest::Session,
            NextRequest::Cursor,
            NextRequest::List,
            NextRequest::Activate,
        ];
        for (number, connection) in open.iter().enumerate() {
            asks(connection, kinds[(number + round) % kinds.len()], &shared, &known).await?;
        }
        for connection in &open {
            connection.has_left(&[&shared], REMOVED).await?;
        }
    }
    anna.holds(&shared, &known, REMOVED).await
}

async fn elsewhere_stays(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    let third = anna.new_workspace("third").await?;
    let inside = anna.new_member(&shared, "inside", Role::Viewer).await?;
    inside.activate_ok(&shared).await?;
    anna.activate_ok(&shared).await?;
    for number in 0..3 {
        let member = anna.new_member(&shared, "member", Role::Editor).await?;
        anna.invite(&third, &member, Role::Viewer).await?;
        let own = member.new_workspace("own").await?;
        let (stands, role) = match number {
            0 => (&member.home, Role::Owner),
            1 => (&own, Role::Owner),
            _ => (&third, Role::Viewer),
        };
        member.activate_ok(&shared).await?;
        member.activate_ok(stands).await?;
        anna.remove_member_ok(&shared, &member.id, REMOVED).await?;
        member.is_active_in(stands, role, REMOVED).await?;
        let place = member.has_left(&[&shared], REMOVED).await?;
        let message = "a removal took more than one membership";
        place.answer.equal(REMOVED, message, 3, place.list.len())?;
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
        // First the one where they stood before, or the one where they stand.
        if round >= 2 {
            both.reverse();
        }
        for left in 1..=2 {
            anna.remove_member_ok(&both[left - 1], &member.id, REMOVED).await?;
            let gone: Vec<&Id> = both[..left].iter().collect();
            let place = member.has_left(&gone, REMOVED).await?;
            if let Some(workspace) = place.workspace() {
                member.pull_unactivated(workspace, 0, 1).await.expect_status(REMOVED, &[200])?;
            }
        }
        member.is_active_in(&member.home, Role::Owner, REMOVED).await?;
    }
    Ok(())
}

async fn by_several(context: Context) -> Checked {
    let anna = context.new_user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    for _ in 0..6 {
        let member = context.new_user("member").await?;
        anna.invite(&shared, &member, Role::Editor).await?;
        let removal = Request::delete(member_path(&shared, &member.id));
        let answers = send_together(vec![(anna.client().clone(), removal); 4]).await?;
        for answer in &answers {
            // Removing who is no member may succeed, or not.
            let fine = answer.status().is_some_and(|status| status < 500);
            let message = "one of four removals of a member at one instant breaks";
            answer.ensure("http.no-5xx", fine, message, "a status under 500", answer.outcome())?;
        }
        if let Some(answer) = answers.first() {
            let done = answers.iter().any(Answer::is_success);
            answer.ensure(REMOVED, done, "none of four removals succeeds", "one success", answer.outcome())?;
        }
        member.has_left(&[&shared], REMOVED).await?;
        members_are(&anna, &shared, &[(&anna, Role::Owner)], REMOVED).await?;
    }
    Ok(())
}

async fn while_activating(context: Context) -> Checked {
    let anna = context.new_user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    let member = context.new_user("member").await?;
    for round in 0..10 {
        anna.invite(&shared, &member, Role::Editor).await?;
        if round % 2 == 0 {
            member.activate_ok(&shared).await?;
        }
        let activation = Request::post(endpoint::ACTIVATE.path, &json!({"id": shared}));
        let mut requests = vec![(member.client().clone(), activation); 5];
        let removal = Request::delete(member_path(&shared, &member.id));
        requests.insert(round % 6, (anna.client().clone(), removal));
        for answer in send_together(requests).await? {
            if answer.exchange().method == "DELETE" {
                answer.read::<OkAnswer>(REMOVED)?;
            } else {
                answer.expect_status(REMOVED, &[200, 204, 403, 404, 409, 410])?;
            }
        }
        for member in [member.clone(), member.on_new_connections()?] {
            let place = member.has_left(&[&shared], REMOVED).await?;
            let message = "a member who was removed while activating does not stand at home";
            place.answer.equal(REMOVED, message, Some(&member.home), place.workspace())?;
            member.pull_unactivated(&shared, 0, 10).await.expect_forbidden(REMOVED)?;
        }
    }
    Ok(())
}

async fn from_the_last(context: Context) -> Checked {
    const VALID: &str = "workspace.delete-last";
    let anna = context.new_user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    let member = context.new_user("member").await?;
    anna.invite(&shared, &member, Role::Editor).await?;
    member.activate_ok(&shared).await?;
    member.delete_workspace_ok(&member.home, VALID).await.in_setup()?;
    anna.remove_member_ok(&shared, &member.id, REMOVED).await?;
    let gone = [&shared, &member.home];
    let place = member.has_left(&gone, VALID).await?;
    if place.workspace().is_some() {
        place.answer.equal(VALID, "a fresh workspace is not their own", Some(Role::Owner), place.session.role)?;
    }
    let again = member.on_new_connections()?.has_left(&gone, VALID).await?;
    again.answer.equal(VALID, "a second session stands elsewhere", place.workspace(), again.workspace())?;
    let new = member.new_workspace("new start").await?;
    member.activate(&new).await.read::<OkAnswer>(VALID)?;
    member.is_active_in(&new, Role::Owner, VALID).await?;
    member.pull_unactivated(&shared, 0, 10).await.expect_forbidden(REMOVED)
}
