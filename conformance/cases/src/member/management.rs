//! Members: who manages them, and what the list of them shows.

use std::borrow::Borrow;

use crate::prelude::*;

const MANAGES: &str = "member.owner-manages";

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
}

/// The members as a user sees them, sorted by id.
pub(crate) async fn members_of(
    user: &User,
    workspace: &Id,
    requirement: &'static str,
) -> Checked<(Vec<(String, Role)>, Answer)> {
    let answer = user.members(workspace).await;
    let members = answer.read::<MembersAnswer>(requirement)?.members;
    Ok((sorted(members.iter().map(|member| (&member.user_id, member.role))), answer))
}

fn sorted<'a>(members: impl Iterator<Item = (&'a Id, Role)>) -> Vec<(String, Role)> {
    let mut members: Vec<_> = members.map(|(id, role)| (id.to_string(), role)).collect();
    members.sort_by(|left, right| left.0.cmp(&right.0));
    members
}

/// Checks that these are all members, each once.
pub(crate) async fn members_are(
    owner: &User,
    workspace: &Id,
    expected: &[(impl Borrow<User>, Role)],
    requirement: &'static str,
) -> Checked {
    if !owner.context().has(Capability::Members) {
        return Ok(());
    }
    let (actual, answer) = members_of(owner, workspace, requirement).await?;
    let expected = sorted(expected.iter().map(|(user, role)| (&user.borrow().id, *role)));
    let named = |members: Vec<(String, Role)>| -> Vec<Value> {
        members.into_iter().map(|(id, role)| json!({"userId": id, "role": role})).collect()
    };
    let message = "the list of members does not show each member once, in their role";
    answer.equal(requirement, message, named(expected), named(actual))
}

/// Checks what a user's own list says of their role in a workspace; None where they are no member.
pub(crate) async fn role_is(user: &User, workspace: &Id, role: Option<Role>, requirement: &'static str) -> Checked {
    let place = user.place(requirement).await?;
    let actual = place.entry(workspace).map(|entry| entry.role);
    place.answer.equal(requirement, "the user's own list shows another role", role, actual)
}

async fn many(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut members = vec![(anna.clone(), Role::Owner)];
    for number in 0..25 {
        members.push((context.user(&format!("member {number}")).await?, [Role::Viewer, Role::Editor][number % 2]));
    }
    for (member, role) in &members[1..] {
        anna.invite(&anna.home, member, *role).await?;
    }
    members_are(&anna, &anna.home, &members, MANAGES).await
}

async fn owner_manages(context: Context) -> Checked {
    let (anna, shared) = owner_of(&context, "shared").await?;
    let stranger = context.user("stranger").await?;
    let mut members = vec![(anna.clone(), Role::Owner)];
    members_are(&anna, &shared, &members, MANAGES).await?;
    for role in [Role::Viewer, Role::Editor, Role::Owner, Role::Viewer] {
        let member = context.user(role.name()).await?;
        role_is(&member, &shared, None, MANAGES).await?;
        anna.add_member(&shared, &member.id, role.name()).await.read::<OkAnswer>(MANAGES)?;
        // A member with several devices is still listed once.
        for device in ["laptop", "phone", "tablet"] {
            member.update_cursor(&shared, device, 0).await?;
        }
        members.push((member, role));
        all_lists_show(&shared, &members, &stranger).await?;
    }
    for (index, role) in [(1, Role::Editor), (2, Role::Viewer), (3, Role::Editor), (1, Role::Owner), (1, Role::Owner)] {
        anna.set_role_ok(&shared, &members[index].0.id, role.name(), MANAGES).await?;
        members[index].1 = role;
        all_lists_show(&shared, &members, &stranger).await?;
    }
    for index in [2, 1] {
        let (member, _) = members.remove(index);
        anna.remove_member_ok(&shared, &member.id, MANAGES).await?;
        role_is(&member, &shared, None, MANAGES).await?;
        all_lists_show(&shared, &members, &stranger).await?;
    }
    // An owner manages members whichever workspace is active.
    anna.activate_ok(&shared).await?;
    anna.add_member(&shared, &stranger.id, "viewer").await.read::<OkAnswer>(MANAGES)?;
    role_is(&stranger, &shared, Some(Role::Viewer), MANAGES).await
}

/// Checks the list of members, of whom the first is an owner, and what each of them and a stranger finds in their own.
async fn all_lists_show(shared: &Id, members: &[(User, Role)], stranger: &User) -> Checked {
    members_are(&members[0].0, shared, members, MANAGES).await?;
    for (user, role) in members {
        role_is(user, shared, Some(*role), MANAGES).await?;
    }
    role_is(stranger, shared, None, MANAGES).await
}

/// Every request that manages members, with a correct body: adding somebody, changing and removing these.
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
    let (anna, shared) = owner_of(&context, "shared").await?;
    let [editor, viewer, other, stranger, removed] =
        users(&context, ["editor", "viewer", "other", "stranger", "removed"]).await?;
    let members = [(&anna, Role::Owner), (&editor, Role::Editor), (&viewer, Role::Viewer), (&other, Role::Editor)];
    for (user, role) in members[1..].iter().chain([&(&removed, Role::Owner)]) {
        anna.invite(&shared, user, *role).await?;
    }
    anna.remove_member_ok(&shared, &removed.id, MANAGES).await.in_setup()?;
    for shared_is_active in [false, true] {
        for user in [&editor, &viewer, &stranger, &removed] {
            if shared_is_active && (user.id == editor.id || user.id == viewer.id) {
                user.activate_ok(&shared).await?;
            }
            for request in managing(&shared, &stranger.id, &[&anna.id, &other.id]) {
                user.send(request).await.expect_forbidden(MANAGES)?;
                // After each attempt, before the next one can undo it.
                members_are(&anna, &shared, &members, MANAGES).await?;
            }
            // Members may leave (`member.leave`); the protocol does not say whether they may lower their own role.
            user.add_member(&shared, &user.id, "owner").await.expect_forbidden(MANAGES)?;
            user.set_role(&shared, &user.id, "owner").await.expect_forbidden(MANAGES)?;
            members_are(&anna, &shared, &members, MANAGES).await?;
        }
    }
    role_is(&stranger, &shared, None, MANAGES).await?;
    role_is(&removed, &shared, None, MANAGES).await
}

async fn strangers(context: Context) -> Checked {
    let (anna, shared) = owner_of(&context, "shared").await?;
    let stranger = context.user("stranger").await?;
    let editor = anna.new_member(&shared, "editor", Role::Editor).await?;
    for workspace in [&shared, &anna.home, &shared.unknown_alike()] {
        stranger.members(workspace).await.expect_forbidden(MANAGES)?;
    }
    editor.activate_ok(&shared).await?;
    // The protocol does not say whether an editor may list the members. If so, the list has to be right.
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
    let (anna, shared) = owner_of(&context, "shared").await?;
    let [ben, cleo] = users(&context, ["ben", "cleo"]).await?;
    anna.invite(&shared, &ben, Role::Viewer).await?;
    for role in ["editor", "owner"] {
        ben.add_member(&shared, &cleo.id, "viewer").await.expect_forbidden(MANAGES)?;
        anna.set_role_ok(&shared, &ben.id, role, MANAGES).await?;
    }
    ben.add_member(&shared, &cleo.id, "viewer").await.read::<OkAnswer>(MANAGES)?;
    ben.set_role_ok(&shared, &cleo.id, "editor", MANAGES).await?;
    members_are(&ben, &shared, &[(&anna, Role::Owner), (&ben, Role::Owner), (&cleo, Role::Editor)], MANAGES).await?;
    // The new owner may demote the first one, who then no longer manages.
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
    let (anna, annas) = owner_of(&context, "annas").await?;
    let [ben, cleo] = users(&context, ["ben", "cleo"]).await?;
    let other = anna.new_workspace("other").await?;
    let bens = ben.new_workspace("bens").await?;
    anna.invite(&annas, &ben, Role::Editor).await?;
    anna.invite(&annas, &cleo, Role::Viewer).await?;
    ben.invite(&bens, &anna, Role::Viewer).await?;
    // Ben owns his active workspace, and is only an editor in anna's.
    ben.activate_ok(&bens).await?;
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
    // A change in one workspace changes nothing in the other.
    ben.set_role_ok(&bens, &anna.id, "editor", MANAGES).await?;
    members_are(&anna, &annas, &members, MANAGES).await?;
    ben.remove_member_ok(&bens, &anna.id, MANAGES).await?;
    members_are(&anna, &annas, &members, MANAGES).await?;
    role_is(&anna, &bens, None, MANAGES).await?;
    role_is(&anna, &annas, Some(Role::Owner), MANAGES).await
}
