//! Members: every path from role to role, and out of the workspace and back in. Where it ends counts, and not what was before.

use crate::member::management::{members_are, role_is};
use crate::prelude::*;

const MANAGES: &str = "member.owner-manages";
const ROLES: &str = "member.roles";
const CHANGE: &str = "member.role-change-at-once";
const REMOVED: &str = "member.removed-at-once";

/// The most steps in a path.
const STEPS: usize = 3;

cases! {
    /// Every path of three steps or less through the roles ends where its last step leads, whoever asks in whatever way.
    "member/every-path-of-roles" checks [ROLES, CHANGE, REMOVED, MANAGES] needs [Manage] by every_path;
}

/// Every sequence of roles of that length, None for no member, in which each step changes something.
fn paths(length: usize) -> Vec<Vec<Option<Role>>> {
    (0..length).fold(vec![Vec::new()], |paths, _| {
        let longer = |path: Vec<Option<Role>>| {
            let held = path.last().copied().flatten();
            let next = [None].into_iter().chain(Role::ALL.map(Some)).filter(move |next| *next != held);
            next.map(move |next| [&path[..], &[next]].concat())
        };
        paths.into_iter().flat_map(longer).collect()
    })
}

async fn every_path(context: Context) -> Checked {
    let (anna, shared) = owner_of(&context, "shared").await?;
    let mut members = vec![(anna.clone(), Role::Owner)];
    for (number, path) in (1..=STEPS).flat_map(paths).enumerate() {
        let ben = context.user(&format!("member {number}")).await?;
        let (mut held, mut requirement) = (None, ROLES);
        for next in path {
            requirement = goes(&anna, &shared, &ben, (held, next)).await?;
            held = next;
        }
        role_is(&ben, &shared, held, requirement).await?;
        match held {
            Some(role) => acts_as(&ben, role, &shared, requirement).await?,
            None => is_shut_out(&ben, &shared).await?,
        }
        members.extend(held.map(|role| (ben, role)));
    }
    if context.has(Capability::Members) {
        members_are(&anna, &shared, &members, MANAGES).await?;
    }
    Ok(())
}

/// Takes one step. Returns the requirement that the state afterwards follows from.
async fn goes(anna: &User, shared: &Id, ben: &User, step: (Option<Role>, Option<Role>)) -> Checked<&'static str> {
    match step {
        (Some(_), None) => anna.remove_member_ok(shared, &ben.id, REMOVED).await.map(|()| REMOVED),
        (Some(_), Some(role)) => anna.set_role_ok(shared, &ben.id, role.name(), CHANGE).await.map(|()| CHANGE),
        (None, Some(role)) => anna.invite(shared, ben, role).await.map(|()| ROLES),
        (None, None) => Ok(ROLES),
    }
}

/// Checks that a member reads, and writes only if they may.
async fn acts_as(ben: &User, role: Role, shared: &Id, requirement: &'static str) -> Checked {
    ben.pull(shared, 0, 1).await?.read::<PullAnswer>(requirement)?;
    if ben.context().has(Capability::Snapshot) {
        ben.snapshot(shared, json!({"pageSize": 1})).await?.read::<SnapshotAnswer>(requirement)?;
    }
    let op = [ben.put("threads", &format!("of {}", ben.id))];
    match role {
        Role::Viewer => ben.push(shared, &op).await?.expect_status(ROLES, &[403])?,
        Role::Owner | Role::Editor => drop(ben.push_ok(shared, &op, requirement).await?),
    }
    let (session, answer) = ben.session(requirement).await?;
    answer.equal(requirement, "the session shows another role", Some(role), session.role)
}

/// Checks that whoever is no member gets nothing, in whatever way they ask.
async fn is_shut_out(ben: &User, shared: &Id) -> Checked {
    let op = [ben.put("threads", &format!("of {}", ben.id))];
    let mut answers = vec![ben.pull_unactivated(shared, 0, 1).await, ben.push_unactivated(shared, &op).await];
    if ben.context().has(Capability::Snapshot) {
        answers.push(ben.snapshot_unactivated(shared, 1).await);
    }
    if ben.context().has(Capability::Members) {
        answers.push(ben.members(shared).await);
    }
    answers.push(ben.activate(shared).await);
    answers.iter().try_for_each(|answer| answer.expect_forbidden(REMOVED))?;
    ben.has_left(&[shared], REMOVED).await.map(drop)
}
