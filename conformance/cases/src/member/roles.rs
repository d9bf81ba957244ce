//! Members: what each role may do, and that a change of it counts at once.

use crate::member::management::{members_are, role_is};
use crate::prelude::*;

const ROLES: &str = "member.roles";
const CHANGE: &str = "member.role-change-at-once";

cases! {
    /// An editor pushes to every table, pulls, moves cursors and takes snapshots.
    "member/editor-reads-and-writes" checks [ROLES] needs [Invite] by editor;
    /// A viewer pulls, moves cursors and takes snapshots; pushes of any kind and GC get 403, and nothing changes.
    "member/viewer-reads-only" checks [ROLES] needs [Invite] by viewer;
    /// A viewer here who owns their home and edits elsewhere is still a viewer here.
    "member/roles-are-per-workspace" checks [ROLES] needs [Invite] by per_workspace;
    /// The next push, and the next session, after every change of role go by the new one, on every connection.
    "member/role-change-counts-at-once" checks [CHANGE, ROLES] needs [Manage] by changes;
    /// Demoting one of two editors leaves the other's role as it is.
    "member/role-change-of-others-counts-for-them-only" checks [CHANGE] needs [Manage] by for_them_only;
}

/// A workspace of anna's with ops in it, and ben, a member in that role, who has activated it.
async fn shared(context: &Context, role: Role) -> Checked<(User, User, Journal)> {
    let [anna, ben] = users(context, ["anna", role.name()]).await?;
    let mut shared = Journal::beside(&anna, "shared", ROLES).await?;
    let ops = [anna.put("threads", "pk"), anna.put("kv", "pk"), anna.delete("posts", "pk")].map(|op| op.clock(5));
    shared.push_ok(&ops).await.in_setup()?;
    anna.invite(&shared.workspace, &ben, role).await?;
    ben.activate_ok(&shared.workspace).await?;
    Ok((anna, ben, shared))
}

/// Checks that a user can read all of it, and move a cursor of their own.
async fn reads(user: &User, shared: &Journal) -> Checked {
    let workspace = &shared.workspace;
    shared.holds_for(user).await?;
    let answer = user.pull(workspace, 1, 1).await?;
    let page: PullAnswer = answer.read(ROLES)?;
    answer.equal(ROLES, "a member does not get the page that they asked for", [2], versions(&page.changes))?;
    user.update_cursor_ok(workspace, &format!("device-of-{}", user.id), 2, ROLES).await?;
    if user.context().has(Capability::Snapshot) {
        user.snapshot(workspace, json!({"pageSize": 2})).await?.read::<SnapshotAnswer>(ROLES)?;
    }
    Ok(())
}

/// Asks to collect log and tombstones, which has to be answered with one of these, and to change nothing.
async fn collects(user: &User, shared: &Journal, statuses: &[u16]) -> Checked {
    if user.context().has(Capability::Gc) {
        for path in [endpoint::GC_CHANGE_LOG.path, endpoint::GC_TOMBSTONES.path] {
            user.collect_unactivated(path, &shared.workspace, 86_400).await.expect_status(ROLES, statuses)?;
        }
        shared.holds().await?;
    }
    Ok(())
}

/// Pushes the op, which has to succeed for an editor or owner, and get 403 for a viewer.
async fn writes_as(user: &User, role: Role, shared: &mut Journal, op: &Op) -> Checked {
    let answer = user.push_unactivated(&shared.workspace, op.as_ref()).await;
    match role {
        Role::Viewer => answer.expect_status(shared.requirement, &[403]),
        Role::Owner | Role::Editor => shared.gets_its_versions(op.as_ref(), &answer),
    }
}

async fn editor(context: Context) -> Checked {
    let (_, ben, mut shared) = shared(&context, Role::Editor).await?;
    reads(&ben, &shared).await?;
    // Without notifications: a member may not see those of others.
    for table in TABLES.iter().filter(|table| table.name != "notifications") {
        shared.push_by_ok(&ben, &ben.put(table.name, "editors").clock(6)).await?;
    }
    let ops = [ben.put("threads", "pk").clock(7).mark("editor"), ben.delete("kv", "pk").clock(7)];
    shared.push_by_ok(&ben, &ops).await?;
    shared.holds_for(&ben).await?;
    shared.holds().await?;
    // The protocol does not say whether an editor may collect.
    collects(&ben, &shared, &[200, 204, 403, 404]).await
}

async fn viewer(context: Context) -> Checked {
    let (_, ben, shared) = shared(&context, Role::Viewer).await?;
    reads(&ben, &shared).await?;
    let known = &shared.ops;
    let pushes = [
        vec![ben.put("threads", "planted").clock(1)],
        vec![ben.put("threads", "pk").clock(100).mark("viewer")],
        vec![ben.delete("threads", "pk").clock(100)],
        vec![ben.delete("kv", "never")],
        vec![ben.put("notifications", "mine")],
        TABLES.iter().map(|table| ben.put(table.name, "planted")).collect(),
        // Ops that the server knows are refused too.
        known.clone(),
        vec![known[0].clone()],
        [&known[..], &[ben.put("threads", "late")]].concat(),
    ];
    for push in pushes {
        for ben in [&ben, &ben.on_new_connections()?] {
            ben.push_unactivated(&shared.workspace, &push).await.expect_status(ROLES, &[403])?;
        }
        shared.holds().await?;
    }
    collects(&ben, &shared, &[403, 404]).await?;
    reads(&ben, &shared).await?;
    ben.is_active_in(&shared.workspace, Role::Viewer, ROLES).await.map(drop)
}

async fn per_workspace(context: Context) -> Checked {
    let (anna, ben, mut shared) = shared(&context, Role::Viewer).await?;
    let mut home = Journal::of(ben.clone(), ROLES);
    let mut edited = Journal::beside(&anna, "edited", ROLES).await?;
    anna.invite(&edited.workspace, &ben, Role::Editor).await?;
    for (number, role) in [Role::Owner, Role::Viewer, Role::Editor, Role::Viewer].into_iter().enumerate() {
        let active = match role {
            Role::Owner => &mut home,
            Role::Viewer => &mut shared,
            Role::Editor => &mut edited,
        };
        ben.activate_ok(&active.workspace).await?;
        writes_as(&ben, role, active, &ben.put("threads", &format!("pk{number}"))).await?;
        // An active workspace where one may write gives no access to another.
        if role != Role::Viewer {
            ben.push_unactivated(&shared.workspace, &[ben.put("threads", "planted")]).await.expect_forbidden(ROLES)?;
        }
    }
    shared.holds().await
}

async fn changes(context: Context) -> Checked {
    let (anna, ben, mut shared) = shared(&context, Role::Viewer).await?;
    let workspace = shared.checks(CHANGE).workspace.clone();
    let elsewhere = ben.on_new_connections()?;
    elsewhere.session(CHANGE).await.in_setup()?;
    let roles =
        [Role::Editor, Role::Viewer, Role::Owner, Role::Viewer, Role::Editor, Role::Owner, Role::Editor, Role::Viewer];
    for (round, role) in roles.into_iter().enumerate() {
        anna.set_role_ok(&workspace, &ben.id, role.name(), CHANGE).await?;
        // The first request is a push or a session, over either connection.
        let (first, second) = if round % 2 == 0 { (&ben, &elsewhere) } else { (&elsewhere, &ben) };
        if round % 3 == 2 {
            second.is_active_in(&workspace, role, CHANGE).await?;
        }
        for (number, user) in [first, second].into_iter().enumerate() {
            let op = user.put("threads", &format!("pk{round}-{number}")).clock(10);
            writes_as(user, role, &mut shared, &op).await?;
            user.is_active_in(&workspace, role, CHANGE).await?;
        }
        let renamed = ben.rename(&workspace, &json!({"name": format!("round {round}")})).await;
        match role {
            Role::Viewer => renamed.expect_forbidden(CHANGE)?,
            Role::Owner | Role::Editor => renamed.read::<OkAnswer>(CHANGE).map(drop)?,
        }
        if role != Role::Owner && context.has(Capability::Members) {
            ben.set_role(&workspace, &ben.id, "owner").await.expect_forbidden(CHANGE)?;
        }
        members_are(&anna, &workspace, &[(&anna, Role::Owner), (&ben, role)], CHANGE).await?;
        shared.holds().await?;
    }
    Ok(())
}

async fn for_them_only(context: Context) -> Checked {
    let (anna, ben, mut shared) = shared(&context, Role::Editor).await?;
    let workspace = shared.checks(CHANGE).workspace.clone();
    let cleo = active_member(&anna, &workspace, "cleo", Role::Editor).await?;
    let other = anna.new_workspace("other").await?;
    anna.invite(&other, &ben, Role::Editor).await?;
    anna.set_role_ok(&workspace, &ben.id, "viewer", CHANGE).await?;
    ben.push_unactivated(&workspace, &[ben.put("threads", "late")]).await.expect_status(CHANGE, &[403])?;
    shared.push_by_ok(&cleo, &cleo.put("threads", "cleos").clock(6)).await?;
    cleo.is_active_in(&workspace, Role::Editor, CHANGE).await?;
    role_is(&ben, &other, Some(Role::Editor), CHANGE).await?;
    ben.activate_ok(&other).await?;
    ben.push_ok(&other, &[ben.put("threads", "pk")], CHANGE).await?;
    shared.holds().await
}
