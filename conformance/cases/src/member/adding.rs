//! Members: who becomes one. Unknown users, unknown roles, and members who are added again.

use crate::member::management::{members_are, members_of, role_is};
use crate::prelude::*;

const MANAGES: &str = "member.owner-manages";
const UNKNOWN: &str = "member.unknown-user";
const TWICE: &str = "member.add-twice";

cases! {
    /// Adding a user whom nobody knows gets 400 or 404, an unknown role 400, and nothing changes.
    "member/unknown-users-and-roles" checks [UNKNOWN] needs [Members] by unknown;
    /// Changing or removing somebody who is no member makes no member of them.
    "member/changing-who-is-none" checks [MANAGES, "http.no-5xx"] needs [Members] by no_member;
    /// Adding a member again, in turn and at one instant, leaves one membership.
    "member/added-twice" checks [TWICE] needs [Members] by twice;
    /// Who was removed can be added again, in another role, and sees what was there.
    "member/added-again-after-removal" checks [MANAGES, "member.removed-at-once"] needs [Members] by again;
}

async fn unknown(context: Context) -> Checked {
    let (anna, shared) = owner_of(&context, "shared").await?;
    let [ben, cleo] = users(&context, ["ben", "cleo"]).await?;
    anna.invite(&shared, &ben, Role::Editor).await?;
    let members = [(&anna, Role::Owner), (&ben, Role::Editor)];
    let texts = ["nobody", "", "__proto__", "' OR '1'='1", &format!("{}%", ben.id)].map(Id::text);
    for user in [ben.id.unknown_alike(), anna.id.unknown_alike()].into_iter().chain(texts) {
        for role in Role::ALL {
            anna.add_member(&shared, &user, role.name()).await.expect_status(UNKNOWN, &[400, 404])?;
        }
        members_are(&anna, &shared, &members, UNKNOWN).await?;
    }
    let texts = ["admin", "OWNER", "Editor", "", "__proto__", "guest"].map(|text| json!(text));
    let others = [json!(null), json!(1), json!(0), json!(true), json!(["owner"]), json!({"role": "owner"})];
    let bodies: Vec<Value> = texts.iter().chain(&others).map(|role| json!({"role": role})).chain([json!({})]).collect();
    for mut body in bodies.clone() {
        body["userId"] = json!(cleo.id);
        anna.post(&members_path(&shared), &body).await.expect_status(UNKNOWN, &[400])?;
        members_are(&anna, &shared, &members, UNKNOWN).await?;
    }
    for body in bodies {
        anna.send(Request::patch(member_path(&shared, &ben.id), &body)).await.expect_status(UNKNOWN, &[400])?;
        members_are(&anna, &shared, &members, UNKNOWN).await?;
    }
    role_is(&cleo, &shared, None, UNKNOWN).await
}

async fn no_member(context: Context) -> Checked {
    let (anna, shared) = owner_of(&context, "shared").await?;
    let ben = context.user("ben").await?;
    for user in [&ben.id, &ben.id.unknown_alike()] {
        for answer in [
            anna.set_role(&shared, user, "editor").await,
            anna.remove_member(&shared, user).await,
            anna.set_role(&shared, user, "owner").await,
        ] {
            // A server may answer success when there is nobody to remove.
            answer.expect_status(MANAGES, &[200, 204, 400, 403, 404, 409, 410])?;
            members_are(&anna, &shared, &[(&anna, Role::Owner)], MANAGES).await?;
        }
        role_is(&ben, &shared, None, MANAGES).await?;
    }
    ben.pull_unactivated(&shared, 0, 10).await.expect_forbidden(MANAGES)
}

async fn twice(context: Context) -> Checked {
    let (anna, shared) = owner_of(&context, "shared").await?;
    let ben = anna.new_member(&shared, "ben", Role::Viewer).await?;
    for role in ["viewer", "viewer", "editor", "viewer"] {
        is_done_or_409(&anna.add_member(&shared, &ben.id, role).await)?;
        one_membership(&anna, &ben, &shared).await?;
    }
    for round in 0..5 {
        let cleo = context.user("cleo").await?;
        let requests = (0..6).map(|number| {
            let role = if round % 2 == 0 || number % 2 == 0 { "editor" } else { "viewer" };
            (anna.client().clone(), Request::post(members_path(&shared), &json!({"userId": cleo.id, "role": role})))
        });
        let answers = send_together(requests.collect()).await?;
        answers.iter().try_for_each(is_done_or_409)?;
        one_succeeds(&answers, TWICE, "additions of one member")?;
        one_membership(&anna, &cleo, &shared).await?;
        // One removal ends the membership, however often the member was added.
        anna.remove_member_ok(&shared, &cleo.id, TWICE).await?;
        members_of(&anna, &shared, TWICE).await?;
        role_is(&cleo, &shared, None, TWICE).await?;
    }
    Ok(())
}

fn is_done_or_409(answer: &Answer) -> Checked {
    if answer.is(&[409]) { Ok(()) } else { answer.read::<OkAnswer>(TWICE).map(drop) }
}

/// Checks that a user is a member once, as viewer or editor, and that the owner's list and their own agree.
async fn one_membership(owner: &User, user: &User, workspace: &Id) -> Checked {
    let (members, answer) = members_of(owner, workspace, TWICE).await?;
    let own: Vec<_> = members.iter().filter(|(id, _)| *id == user.id.to_string()).collect();
    answer.equal(TWICE, "a member who was added again is not listed exactly once", 1, own.len())?;
    let role = own.first().map(|(_, role)| *role);
    let given = matches!(role, Some(Role::Viewer | Role::Editor));
    let message = "a member who was added as viewer and as editor should have one of these roles, and has another";
    answer.ensure(TWICE, given, message, "viewer or editor", format!("{role:?}"))?;
    role_is(user, workspace, role, TWICE).await
}

async fn again(context: Context) -> Checked {
    let [anna, ben] = users(&context, ["anna", "ben"]).await?;
    let mut shared = Journal::beside(&anna, "shared", MANAGES).await?;
    let workspace = shared.workspace.clone();
    shared.push_ok(&[anna.put("threads", "pk").clock(1)]).await.in_setup()?;
    let mut moved_when_added = None;
    for (round, role) in [Role::Viewer, Role::Editor, Role::Viewer, Role::Owner].into_iter().enumerate() {
        anna.add_member(&workspace, &ben.id, role.name()).await.read::<OkAnswer>(MANAGES)?;
        members_are(&anna, &workspace, &[(&anna, Role::Owner), (&ben, role)], MANAGES).await?;
        // A server may activate the workspace for a new member: then each time, otherwise never.
        let place = ben.place(MANAGES).await?;
        let is_moved = place.workspace() == Some(&workspace);
        let moved_first = *moved_when_added.get_or_insert(is_moved);
        let message = "a member who is added again is not moved to the workspace, or left, as when first added";
        place.answer.equal(MANAGES, message, moved_first, is_moved)?;
        ben.activate_ok(&workspace).await?;
        ben.is_active_in(&workspace, role, MANAGES).await?;
        shared.holds_for(&ben).await?;
        let op = ben.put("kv", &format!("pk{round}")).clock(2);
        if role == Role::Viewer {
            ben.push(&workspace, &[op]).await?.expect_status("member.roles", &[403])?;
        } else {
            shared.push_by_ok(&ben, &op).await?;
        }
        anna.remove_member_ok(&workspace, &ben.id, MANAGES).await?;
        ben.has_left(&[&workspace], "member.removed-at-once").await?;
        shared.holds().await?;
    }
    Ok(())
}
