//! Members: who manages them, and what the list of them shows.

use crate::prelude::*;
use syncproof_harness::world::{member_path, members_path};
use syncproof_protocol::wire::MembersAnswer;

const MANAGES: &str = "member.owner-manages";
const UNKNOWN: &str = "member.unknown-user";
const TWICE: &str = "member.add-twice";

cases! {
    /// What an owner adds, changes and removes shows in the list of members and in the member's own list.
    "member/owner-adds-changes-removes" checks [MANAGES] needs [Members] by owner_manages;
    /// A workspace with 26 members lists each of them once.
    "member/list-of-many" checks [MANAGES] needs [Members] by many;
    /// Editors, viewers, strangers and removed members cannot add, change or remove anybody, themselves included.
    "member/others-do-not-manage" checks [MANAGES] needs [Members] by others_do_not;
    /// A stranger and a removed member get 403 or 404 for the list of members.
    "member/strangers-see-no-members" checks [MANAGES, "workspace.stranger"] needs [Members] by strangers;
    /// Who becomes an owner manages from the next request on, and who is one no more does not.
    "member/second-owner-manages" checks [MANAGES, "member.role-change-at-once"] needs [Members] by promoted;
    /// Owning one workspace gives no say in another, and a membership is of one workspace only.
    "member/of-one-workspace-only" checks [MANAGES] needs [Members] by of_one_workspace;
    /// Adding a user whom nobody knows gets 400 or 404, an unknown role 400, and nothing changes.
    "member/unknown-users-and-roles" checks [UNKNOWN] needs [Members] by unknown;
    /// Changing or removing somebody who is no member makes no member of them.
    "member/changing-who-is-none" checks [MANAGES, "http.no-5xx"] needs [Members] by no_member;
    /// Adding a member again, in turn and at one instant, leaves one membership.
    "member/added-twice" checks [TWICE] needs [Members] by twice;
    /// Who was removed can be added again, in another role, and sees what was there.
    "member/added-again-after-removal" checks [MANAGES, "member.removed-at-once"] needs [Members] by again;
}

/// The members as a user sees them, sorted by id.
pub(crate) async fn members_of(
    user: &User,
    workspace: &Id,
    requirement: &'static str,
) -> Checked<(Vec<(String, Role)>, Answer)> {
    let answer = user.members(workspace).await;
    let members = answer.read::<MembersAnswer>(requirement)?.members;
    let mut members: Vec<_> = members.iter().map(|member| (member.user_id.to_string(), member.role)).collect();
    members.sort_by(|left, right| left.0.cmp(&right.0));
    Ok((members, answer))
}

/// Checks that these are all members, each once.
pub(crate) async fn members_are(
    owner: &User,
    workspace: &Id,
    expected: &[(&User, Role)],
    requirement: &'static str,
) -> Checked {
    let (actual, answer) = members_of(owner, workspace, requirement).await?;
    let mut expected: Vec<_> = expected.iter().map(|(user, role)| (user.id.to_string(), *role)).collect();
    expected.sort_by(|left, right| left.0.cmp(&right.0));
    answer.equal(requirement, "the list of members is not every member, once, in their role", expected, actual)
}

/// Checks what a user's own list says of their role in a workspace; None where they are no member.
pub(crate) async fn role_is(user: &User, workspace: &Id, role: Option<Role>, requirement: &'static str) -> Checked {
    let place = user.place(requirement).await?;
    let actual = place.entry(workspace).map(|entry| entry.role);
    place.answer.equal(requirement, "the user's own list shows another role", role, actual)
}

async fn many(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut others = Vec::new();
    for number in 0..25 {
        others.push((context.user(&format!("member {number}")).await?, [Role::Viewer, Role::Editor][number % 2]));
    }
    for (other, role) in &others {
        anna.invite(&anna.home, other, *role).await?;
    }
    let mut expected = vec![(&anna, Role::Owner)];
    expected.extend(others.iter().map(|(other, role)| (other, *role)));
    members_are(&anna, &anna.home, &expected, MANAGES).await
}

async fn owner_manages(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    let stranger = context.user("stranger").await?;
    members_are(&anna, &shared, &[(&anna, Role::Owner)], MANAGES).await?;
    let mut members = vec![(anna.clone(), Role::Owner)];
    let listed = |members: &[(User, Role)]| members.to_vec();
    let check = async |members: &[(User, Role)]| {
        let members = listed(members);
        let expected: Vec<_> = members.iter().map(|(user, role)| (user, *role)).collect();
        members_are(&anna, &shared, &expected, MANAGES).await?;
        for (user, role) in &members {
            role_is(user, &shared, Some(*role), MANAGES).await?;
        }
        role_is(&stranger, &shared, None, MANAGES).await
    };
    for role in [Role::Viewer, Role::Editor, Role::Owner, Role::Viewer] {
        let member = context.user(role.name()).await?;
        role_is(&member, &shared, None, MANAGES).await?;
        anna.add_member(&shared, &member.id, role.name()).await.read::<OkAnswer>(MANAGES)?;
        // With several devices a member is still one.
        for device in ["laptop", "phone", "tablet"] {
            member.update_cursor(&shared, device, 0).await?;
        }
        members.push((member.clone(), role));
        check(&members).await?;
    }
    for (index, role) in [(1, Role::Editor), (2, Role::Viewer), (3, Role::Editor), (1, Role::Owner), (1, Role::Owner)] {
        let member = members[index].0.clone();
        anna.set_role_ok(&shared, &member.id, role.name(), MANAGES).await?;
        members[index].1 = role;
        check(&members).await?;
    }
    for index in [2, 1] {
        let (member, _) = members.remove(index);
        anna.remove_member_ok(&shared, &member.id, MANAGES).await?;
        role_is(&member, &shared, None, MANAGES).await?;
        check(&members).await?;
    }
    // Managing does not depend on where the owner stands.
    anna.activate_ok(&shared).await?;
    anna.add_member(&shared, &stranger.id, "viewer").await.read::<OkAnswer>(MANAGES)?;
    role_is(&stranger, &shared, Some(Role::Viewer), MANAGES).await
}

/// Every way to manage members, with a body that would be right: adding somebody, changing and removing these.
fn managing(workspace: &Id, add: &Id, others: &[&Id]) -> Vec<Request> {
    let mut requests = Vec::new();
    for role in Role::ALL {
        requests.push(Request::post(members_path(workspace), &json!({"userId": add, "role": role.name()})));
        for user in others {
            requests.push(Request::patch(member_path(workspace, user), &json!({"role": role.name()})));
        }
    }
    requests.extend(others.iter().map(|user| Request::delete(member_path(workspace, user))));
    requests
}

async fn others_do_not(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    let editor = context.user("editor").await?;
    let viewer = context.user("viewer").await?;
    let other = context.user("other").await?;
    let stranger = context.user("stranger").await?;
    let removed = context.user("removed").await?;
    for (user, role) in
        [(&editor, Role::Editor), (&viewer, Role::Viewer), (&other, Role::Editor), (&removed, Role::Owner)]
    {
        anna.invite(&shared, user, role).await?;
    }
    anna.remove_member_ok(&shared, &removed.id, MANAGES).await.in_setup()?;
    let members = [(&anna, Role::Owner), (&editor, Role::Editor), (&viewer, Role::Viewer), (&other, Role::Editor)];
    for inside in [false, true] {
        for user in [&editor, &viewer, &stranger, &removed] {
            let member = user.id == editor.id || user.id == viewer.id;
            if inside && member {
                user.activate_ok(&shared).await?;
            }
            for request in managing(&shared, &stranger.id, &[&anna.id, &other.id]) {
                user.send(request).await.expect_forbidden(MANAGES)?;
                // Whoever got through is told at once, before the next attempt can undo it.
                members_are(&anna, &shared, &members, MANAGES).await?;
            }
            // Themselves: whether one may leave or step down, the protocol leaves open.
            user.add_member(&shared, &user.id, "owner").await.expect_forbidden(MANAGES)?;
            user.set_role(&shared, &user.id, "owner").await.expect_forbidden(MANAGES)?;
            members_are(&anna, &shared, &members, MANAGES).await?;
        }
    }
    role_is(&stranger, &shared, None, MANAGES).await?;
    role_is(&removed, &shared, None, MANAGES).await
}

async fn strangers(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let stranger = context.user("stranger").await?;
    let shared = anna.new_workspace("shared").await?;
    let editor = anna.new_member(&shared, "editor", Role::Editor).await?;
    for workspace in [&shared, &anna.home, &shared.unknown_alike()] {
        stranger.members(workspace).await.expect_forbidden(MANAGES)?;
    }
    editor.activate_ok(&shared).await?;
    // Whether members see each other, the protocol leaves open; what they see is right.
    let answer = editor.members(&shared).await;
    answer.expect_status(MANAGES, &[200, 403, 404])?;
    if answer.is_success() {
        members_are(&editor, &shared, &[(&anna, Role::Owner), (&editor, Role::Editor)], MANAGES).await?;
    }
    editor.members(&anna.home).await.expect_forbidden(MANAGES)?;
    anna.remove_member_ok(&shared, &editor.id, MANAGES).await.in_setup()?;
    editor.members(&shared).await.expect_forbidden(MANAGES)
}

async fn promoted(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ben = context.user("ben").await?;
    let cleo = context.user("cleo").await?;
    let shared = anna.new_workspace("shared").await?;
    anna.invite(&shared, &ben, Role::Viewer).await?;
    for role in ["editor", "owner"] {
        ben.add_member(&shared, &cleo.id, "viewer").await.expect_forbidden(MANAGES)?;
        anna.set_role_ok(&shared, &ben.id, role, MANAGES).await?;
    }
    ben.add_member(&shared, &cleo.id, "viewer").await.read::<OkAnswer>(MANAGES)?;
    ben.set_role_ok(&shared, &cleo.id, "editor", MANAGES).await?;
    members_are(&ben, &shared, &[(&anna, Role::Owner), (&ben, Role::Owner), (&cleo, Role::Editor)], MANAGES).await?;
    // The new owner stands over the first as the first did over the new.
    ben.set_role_ok(&shared, &anna.id, "viewer", MANAGES).await?;
    anna.set_role(&shared, &cleo.id, "owner").await.expect_forbidden(MANAGES)?;
    anna.set_role(&shared, &anna.id, "owner").await.expect_forbidden(MANAGES)?;
    anna.remove_member(&shared, &cleo.id).await.expect_forbidden(MANAGES)?;
    members_are(&ben, &shared, &[(&anna, Role::Viewer), (&ben, Role::Owner), (&cleo, Role::Editor)], MANAGES).await?;
    ben.remove_member_ok(&shared, &cleo.id, MANAGES).await?;
    ben.remove_member_ok(&shared, &anna.id, MANAGES).await?;
    members_are(&ben, &shared, &[(&ben, Role::Owner)], MANAGES).await?;
    role_is(&anna, &shared, None, MANAGES).await
}

async fn of_one_workspace(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ben = context.user("ben").await?;
    let cleo = context.user("cleo").await?;
    let annas = anna.new_workspace("annas").await?;
    let other = anna.new_workspace("other").await?;
    let bens = ben.new_workspace("bens").await?;
    anna.invite(&annas, &ben, Role::Editor).await?;
    anna.invite(&annas, &cleo, Role::Viewer).await?;
    ben.invite(&bens, &anna, Role::Viewer).await?;
    ben.activate_ok(&bens).await?;
    // An owner where they stand, and nothing but an editor there.
    for request in managing(&annas, &ben.id, &[&anna.id, &cleo.id]) {
        ben.send(request).await.expect_forbidden(MANAGES)?;
    }
    for workspace in [&other, &anna.home] {
        for request in managing(workspace, &ben.id, &[&anna.id]) {
            ben.send(request).await.expect_forbidden(MANAGES)?;
        }
        role_is(&ben, workspace, None, MANAGES).await?;
        members_are(&anna, workspace, &[(&anna, Role::Owner)], MANAGES).await?;
    }
    let members = [(&anna, Role::Owner), (&ben, Role::Editor), (&cleo, Role::Viewer)];
    members_are(&anna, &annas, &members, MANAGES).await?;
    // A change in one workspace is none in the other.
    ben.set_role_ok(&bens, &anna.id, "editor", MANAGES).await?;
    members_are(&anna, &annas, &members, MANAGES).await?;
    ben.remove_member_ok(&bens, &anna.id, MANAGES).await?;
    members_are(&anna, &annas, &members, MANAGES).await?;
    role_is(&anna, &bens, None, MANAGES).await?;
    role_is(&anna, &annas, Some(Role::Owner), MANAGES).await
}

async fn unknown(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    let ben = context.user("ben").await?;
    let cleo = context.user("cleo").await?;
    anna.invite(&shared, &ben, Role::Editor).await?;
    let members = [(&anna, Role::Owner), (&ben, Role::Editor)];
    let unknown = [
        ben.id.unknown_alike(),
        anna.id.unknown_alike(),
        Id::text("nobody"),
        Id::text(""),
        Id::text("__proto__"),
        Id::text("' OR '1'='1"),
        Id::text(format!("{}%", ben.id)),
    ];
    for user in unknown {
        for role in Role::ALL {
            anna.add_member(&shared, &user, role.name()).await.expect_status(UNKNOWN, &[400, 404])?;
        }
        members_are(&anna, &shared, &members, UNKNOWN).await?;
    }
    let roles = [
        json!("admin"),
        json!("OWNER"),
        json!("Editor"),
        json!(""),
        json!("__proto__"),
        json!("guest"),
        json!(null),
        json!(1),
        json!(0),
        json!(true),
        json!(["owner"]),
        json!({"role": "owner"}),
    ];
    let bodies = |user: Option<&Id>| -> Vec<Value> {
        let mut bodies: Vec<Value> = roles.iter().map(|role| json!({"role": role})).chain([json!({})]).collect();
        if let Some(user) = user {
            bodies.iter_mut().for_each(|body| body["userId"] = json!(user));
        }
        bodies
    };
    for body in bodies(Some(&cleo.id)) {
        anna.post(&members_path(&shared), &body).await.expect_status(UNKNOWN, &[400])?;
        members_are(&anna, &shared, &members, UNKNOWN).await?;
    }
    for body in bodies(None) {
        let request = Request::patch(member_path(&shared, &ben.id), &body);
        anna.send(request).await.expect_status(UNKNOWN, &[400])?;
        members_are(&anna, &shared, &members, UNKNOWN).await?;
    }
    role_is(&cleo, &shared, None, UNKNOWN).await
}

async fn no_member(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    let ben = context.user("ben").await?;
    for user in [&ben.id, &ben.id.unknown_alike()] {
        for answer in [
            anna.set_role(&shared, user, "editor").await,
            anna.remove_member(&shared, user).await,
            anna.set_role(&shared, user, "owner").await,
        ] {
            // Removing nobody may count as done.
            answer.expect_status(MANAGES, &[200, 204, 400, 403, 404, 409, 410])?;
            members_are(&anna, &shared, &[(&anna, Role::Owner)], MANAGES).await?;
        }
        role_is(&ben, &shared, None, MANAGES).await?;
    }
    ben.pull_unactivated(&shared, 0, 10).await.expect_forbidden(MANAGES)
}

async fn twice(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    let ben = anna.new_member(&shared, "ben", Role::Viewer).await?;
    for role in ["viewer", "viewer", "editor", "viewer"] {
        let answer = anna.add_member(&shared, &ben.id, role).await;
        if !answer.is(&[409]) {
            answer.read::<OkAnswer>(TWICE)?;
        }
        one_membership(&anna, &ben, &shared, &[Role::Viewer, Role::Editor]).await?;
    }
    // At one instant.
    for round in 0..5 {
        let cleo = context.user("cleo").await?;
        let requests = (0..6).map(|number| {
            let role = if round % 2 == 0 || number % 2 == 0 { "editor" } else { "viewer" };
            (anna.client().clone(), Request::post(members_path(&shared), &json!({"userId": cleo.id, "role": role})))
        });
        let answers = send_together(requests.collect()).await?;
        for answer in &answers {
            if !answer.is(&[409]) {
                answer.read::<OkAnswer>(TWICE)?;
            }
        }
        if let Some(answer) = answers.iter().find(|_| !answers.iter().any(Answer::is_success)) {
            let message = "of several additions at one instant none succeeds";
            return Err(answer.fails(TWICE, message, "one success", answer.outcome()));
        }
        one_membership(&anna, &cleo, &shared, &[Role::Viewer, Role::Editor]).await?;
        // One removal takes all of it.
        anna.remove_member_ok(&shared, &cleo.id, TWICE).await?;
        members_of(&anna, &shared, TWICE).await?;
        role_is(&cleo, &shared, None, TWICE).await?;
    }
    Ok(())
}

/// Checks that a user is a member once, in one of these roles, and that both lists say the same.
async fn one_membership(owner: &User, user: &User, workspace: &Id, roles: &[Role]) -> Checked {
    let (members, answer) = members_of(owner, workspace, TWICE).await?;
    let own: Vec<_> = members.iter().filter(|(id, _)| *id == user.id.to_string()).collect();
    let message = "a member who was added again is not listed once";
    answer.equal(TWICE, message, 1, own.len())?;
    let role = own.first().map(|(_, role)| *role);
    let known = role.is_some_and(|role| roles.contains(&role));
    answer.ensure(
        TWICE,
        known,
        "a member has a role that nobody gave them",
        format!("{roles:?}"),
        format!("{role:?}"),
    )?;
    role_is(user, workspace, role, TWICE).await
}

async fn again(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    let mut ops = vec![anna.put("threads", "pk").clock(1)];
    anna.push_ok(&shared, &ops, MANAGES).await.in_setup()?;
    let ben = context.user("ben").await?;
    let mut moves_whom_it_adds = None;
    for (round, role) in [Role::Viewer, Role::Editor, Role::Viewer, Role::Owner].into_iter().enumerate() {
        anna.add_member(&shared, &ben.id, role.name()).await.read::<OkAnswer>(MANAGES)?;
        members_are(&anna, &shared, &[(&anna, Role::Owner), (&ben, role)], MANAGES).await?;
        // A server may bring whom it adds to the workspace. One that does not must not bring the old place back.
        let place = ben.place(MANAGES).await?;
        let moved = place.workspace() == Some(&shared);
        let moves = *moves_whom_it_adds.get_or_insert(moved);
        let message = "a member who was removed and added again stands elsewhere than one who was added first";
        place.answer.equal(MANAGES, message, moves, moved)?;
        ben.activate_ok(&shared).await?;
        ben.is_active_in(&shared, role, MANAGES).await?;
        ben.holds(&shared, &ops, MANAGES).await?;
        let op = ben.put("kv", &format!("pk{round}")).clock(2);
        let answer = ben.push(&shared, std::slice::from_ref(&op)).await?;
        if role == Role::Viewer {
            answer.expect_status("member.roles", &[403])?;
        } else {
            successes(&answer, std::slice::from_ref(&op), MANAGES)?;
            ops.push(op);
        }
        anna.remove_member_ok(&shared, &ben.id, MANAGES).await?;
        ben.has_left(&[&shared], "member.removed-at-once").await?;
        anna.holds(&shared, &ops, MANAGES).await?;
    }
    Ok(())
}
