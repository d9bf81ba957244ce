//! Members: more of them than a page of anything holds.

use crate::member::management::members_are;
use crate::prelude::*;
use futures_util::future::try_join_all;

const MANAGES: &str = "member.owner-manages";
const COUNT: usize = 130;

cases! {
    /// A workspace with 131 members lists them all; those around the 50th, 100th and 128th read, write and are removed.
    "member/over-a-hundred" checks [MANAGES, "member.roles", "member.removed-at-once"] needs [Members] by over_a_hundred;
}

async fn over_a_hundred(context: Context) -> Checked {
    let (anna, shared) = owner_of(&context, "shared").await?;
    let names: Vec<String> = (1..=COUNT).map(|number| format!("member {number}")).collect();
    let mut members = vec![(anna.clone(), Role::Owner)];
    // Some at a time, so that a server with few connections is not at its limit.
    for some in names.chunks(10) {
        for user in try_join_all(some.iter().map(|name| context.user(name))).await? {
            members.push((user, [Role::Editor, Role::Viewer][members.len() % 2]));
        }
    }
    for some in members[1..].chunks(10) {
        try_join_all(some.iter().map(|(user, role)| anna.invite(&shared, user, *role))).await?;
    }
    members_are(&anna, &shared, &members, MANAGES).await?;
    let mut journal = Journal { workspace: shared.clone(), ..Journal::of(anna.clone(), "member.roles") };
    let edges = [1, 2, 49, 50, 51, 99, 100, 101, 127, 128, 129, COUNT];
    for (user, role) in edges.map(|place| members[place].clone()) {
        user.activate_ok(&shared).await?;
        let op = user.put("threads", &format!("of {}", user.id));
        match role {
            Role::Viewer => user.push_unactivated(&shared, &[op]).await.expect_status("member.roles", &[403])?,
            Role::Owner | Role::Editor => journal.push_by_ok(&user, &op).await.map(drop)?,
        }
        journal.holds_for(&user).await?;
        anna.remove_member_ok(&shared, &user.id, MANAGES).await?;
        user.pull_unactivated(&shared, 0, 10).await.expect_forbidden("member.removed-at-once")?;
        members.retain(|(member, _)| member.id != user.id);
    }
    members_are(&anna, &shared, &members, MANAGES).await
}
