//! A graceful restart, after which every user has the same permissions as before it.

use crate::member::management::members_are;
use crate::notification::reading::{OWNER_ONLY, SharedWorkspace, TABLE};
use crate::notification::writing::{HIJACK, deletes, puts};
use crate::prelude::*;
use crate::support::restart_method::RestartMethod;

const REMOVED: &str = "member.removed-at-once";
const CHANGED: &str = "member.role-change-at-once";
/// The answers to a user without permission.
const REFUSED: &[u16] = &[403, 404];

cases! {
    /// Removes, demotes, promotes and takes back members, and restarts: nobody gets back what they lost.
    "durable/restart-keeps-who-may-do-what" checks [REMOVED, CHANGED] needs [Restart, Members] runs Alone by access;
    /// After a restart each member still sees their own notifications only, and nobody gets at another's.
    "durable/restart-keeps-notifications-private"
        checks [OWNER_ONLY, HIJACK] needs [Restart, Members, PrivateNotifications] runs Alone by notifications;
}

async fn access(context: Context) -> Checked {
    let mut means = RestartMethod::of(&context).await?;
    let base = means.base(&context).to_owned();
    let anna = context.user_at("anna", &base).await?;
    let workspace = anna.home.clone();
    // The role of each invitation; the editors write something.
    let mut others = Vec::new();
    for (label, role) in
        [("removed", Role::Editor), ("demoted", Role::Editor), ("promoted", Role::Viewer), ("taken back", Role::Editor)]
    {
        let user = context.user_at(label, &base).await?;
        anna.invite(&workspace, &user, role).await?;
        if role == Role::Editor {
            let ops = [user.put("threads", label), user.put(TABLE, label)];
            user.push_ok(&workspace, &ops, "member.roles").await.in_setup()?;
        }
        others.push(user);
    }
    for gone in [&others[0], &others[3]] {
        anna.remove_member_ok(&workspace, &gone.id, REMOVED).await.in_setup()?;
    }
    for (user, role) in [(&others[1], Role::Viewer), (&others[2], Role::Editor)] {
        anna.set_role_ok(&workspace, &user.id, role.name(), CHANGED).await.in_setup()?;
    }
    anna.invite(&workspace, &others[3], Role::Viewer).await?;
    others[3].activate_ok(&workspace).await?;

    means.restart(&context).await?;
    let anna = anna.at(means.base(&context))?;
    let others: Vec<User> = others.iter().map(|user| user.at(means.base(&context))).collect::<Checked<_>>()?;
    let [removed, demoted, promoted, taken_back] = others.as_slice() else { return Ok(()) };
    removed.has_left(&[&workspace], REMOVED).await?;
    removed.activate(&workspace).await.expect_status(REMOVED, REFUSED)?;
    for answer in removed.sync_all_unactivated(&workspace, &[removed.put("threads", "removed").clock(2)]).await {
        answer.expect_status(REMOVED, REFUSED)?;
    }
    for viewer in [demoted, taken_back] {
        let answer = viewer.push(&workspace, &[viewer.put("threads", "late").clock(9)]).await?;
        answer.expect_status(CHANGED, &[403])?;
        viewer.pull(&workspace, 0, 100).await?.expect_status(CHANGED, &[200])?;
    }
    let late = [promoted.put("threads", "late")];
    promoted.push_ok(&workspace, &late, CHANGED).await?;
    let members = [(&anna, Role::Owner), (demoted, Role::Viewer), (promoted, Role::Editor), (taken_back, Role::Viewer)];
    members_are(&anna, &workspace, &members, REMOVED).await?;
    means.end().await;
    Ok(())
}

async fn notifications(context: Context) -> Checked {
    let mut means = RestartMethod::of(&context).await?;
    let mut shared = SharedWorkspace::open_at(&context, Some(means.base(&context))).await?;
    for user in [shared.anna.clone(), shared.ben.clone()] {
        let ops = [
            user.put(TABLE, &format!("{}-kept", user.id)).clock(5).mark("for its user only"),
            user.put(TABLE, &format!("{}-gone", user.id)),
            user.delete(TABLE, &format!("{}-gone", user.id)).clock(5),
        ];
        shared.push_ok(&user, &ops, OWNER_ONLY).await.in_setup()?;
    }
    means.restart(&context).await?;
    let shared = shared.at(means.base(&context))?;
    for reader in [&shared.anna, &shared.ben, &shared.viewer] {
        shared.shows(reader, OWNER_ONLY).await?;
    }
    for (attacker, victim) in [(&shared.ben, &shared.anna), (&shared.anna, &shared.ben)] {
        for name in ["kept", "gone"] {
            let pk = format!("{}-{name}", victim.id);
            for attack in puts(attacker, victim, &pk).into_iter().chain(deletes(attacker, victim, &pk)) {
                let answer = attacker.push(&shared.workspace, &[attack]).await?;
                answer.expect_status(HIJACK, &[200, 400, 403])?;
            }
            shared.still_sees_own(victim, HIJACK).await?;
        }
    }
    means.end().await;
    Ok(())
}
