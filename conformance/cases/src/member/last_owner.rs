//! Members: a workspace always has an owner.

use crate::member::management::{members_are, role_is};
use crate::prelude::*;

const LAST: &str = "member.last-owner";

/// Statuses that refuse to remove or demote the last owner.
const REFUSED: &[u16] = &[400, 403, 409];

cases! {
    /// The last owner can be neither removed nor demoted, whoever else is a member, and nothing changes.
    "member/last-owner-stays" checks [LAST] needs [Members] by last_owner;
    /// Of two owners one can be removed, demoted or step down; the other is the last, then.
    "member/one-of-two-owners-goes" checks [LAST, "member.owner-manages"] needs [Members] by one_of_two;
    /// Two owners demote or remove each other, or themselves, at one instant: one is left, in sixteen rounds.
    "member/two-owners-go-at-once" checks [LAST] needs [Members] by both_at_once;
}

async fn last_owner(context: Context) -> Checked {
    let (anna, shared) = owner_of(&context, "shared").await?;
    let [editor, viewer] = users(&context, ["editor", "viewer"]).await?;
    let mut members = vec![(&anna, Role::Owner)];
    for joining in [None, Some((&editor, Role::Editor)), Some((&viewer, Role::Viewer))] {
        if let Some((user, role)) = joining {
            anna.invite(&shared, user, role).await?;
            user.activate_ok(&shared).await?;
            members.push((user, role));
        }
        for role in ["editor", "viewer"] {
            anna.set_role(&shared, &anna.id, role).await.expect_status(LAST, REFUSED)?;
            members_are(&anna, &shared, &members, LAST).await?;
            // Adding an owner again in a lower role would demote them: whatever the answer, they stay owner.
            anna.add_member(&shared, &anna.id, role).await.expect_status(LAST, &[200, 201, 400, 403, 409])?;
            members_are(&anna, &shared, &members, LAST).await?;
        }
        anna.remove_member(&shared, &anna.id).await.expect_status(LAST, REFUSED)?;
        members_are(&anna, &shared, &members, LAST).await?;
        role_is(&anna, &shared, Some(Role::Owner), LAST).await?;
    }
    // A second owner of another workspace makes no difference here.
    let other = anna.new_workspace("other").await?;
    anna.invite(&other, &editor, Role::Owner).await?;
    for (workspace, role) in [(&shared, "viewer"), (&anna.home, "editor")] {
        anna.set_role(workspace, &anna.id, role).await.expect_status(LAST, REFUSED)?;
        anna.remove_member(workspace, &anna.id).await.expect_status(LAST, REFUSED)?;
    }
    members_are(&anna, &shared, &members, LAST).await?;
    anna.activate_ok(&shared).await?;
    anna.is_active_in(&shared, Role::Owner, LAST).await.map(drop)
}

async fn one_of_two(context: Context) -> Checked {
    // Anna's ownership ends, by ben's request or her own, by a demotion or a removal.
    for (by_ben, is_demotion) in [(true, true), (true, false), (false, true), (false, false)] {
        let (anna, shared) = owner_of(&context, "shared").await?;
        let ben = anna.new_member(&shared, "ben", Role::Owner).await?;
        let actor = if by_ben { &ben } else { &anna };
        let answer = match is_demotion {
            true => actor.set_role(&shared, &anna.id, "editor").await,
            false => actor.remove_member(&shared, &anna.id).await,
        };
        // A server may require that another owner does it.
        if !by_ben && answer.is(REFUSED) {
            members_are(&anna, &shared, &[(&anna, Role::Owner), (&ben, Role::Owner)], LAST).await?;
            continue;
        }
        answer.read::<OkAnswer>(LAST)?;
        let left = is_demotion.then_some(Role::Editor);
        role_is(&anna, &shared, left, LAST).await?;
        for role in ["viewer", "editor"] {
            ben.set_role(&shared, &ben.id, role).await.expect_status(LAST, REFUSED)?;
        }
        ben.remove_member(&shared, &ben.id).await.expect_status(LAST, REFUSED)?;
        let mut members = vec![(&ben, Role::Owner)];
        members.extend(left.map(|role| (&anna, role)));
        members_are(&ben, &shared, &members, LAST).await?;
        // Anna becomes an owner again and removes ben.
        ben.add_member(&shared, &anna.id, "owner").await.expect_status(LAST, &[200, 201, 409])?;
        ben.set_role_ok(&shared, &anna.id, "owner", LAST).await?;
        anna.remove_member_ok(&shared, &ben.id, LAST).await?;
        members_are(&anna, &shared, &[(&anna, Role::Owner)], LAST).await?;
    }
    Ok(())
}

async fn both_at_once(context: Context) -> Checked {
    for round in 0..16 {
        let (anna, shared) = owner_of(&context, "shared").await?;
        let ben = anna.new_member(&shared, "ben", Role::Owner).await?;
        let ends = |actor: &User, user: &User| {
            let path = member_path(&shared, &user.id);
            let demotion = round % 2 == 0;
            let request =
                if demotion { Request::patch(path, &json!({"role": "viewer"})) } else { Request::delete(path) };
            (actor.client().clone(), request)
        };
        let each_other = round % 4 < 2;
        let answers = match each_other {
            true => send_together(vec![ends(&anna, &ben), ends(&ben, &anna)]).await?,
            false => send_together(vec![ends(&anna, &anna), ends(&ben, &ben)]).await?,
        };
        for answer in &answers {
            // The second request may come from somebody who is no owner, or no member, any more.
            answer.expect_status(LAST, &[200, 400, 403, 404, 409])?;
        }
        let mut owners = 0_usize;
        for user in [&anna, &ben] {
            let place = user.place(LAST).await?;
            owners += usize::from(place.entry(&shared).is_some_and(|entry| entry.role == Role::Owner));
        }
        if let Some(answer) = answers.last() {
            let message = "two concurrent requests left a workspace with no owner, and one should stay";
            answer.ensure(LAST, owners > 0, message, "one owner", "no owner")?;
            let done = answers.iter().filter(|answer| answer.is_success()).count();
            answer.equal(LAST, "not as many requests succeeded as owners were lost", 2 - owners, done)?;
        }
    }
    Ok(())
}
