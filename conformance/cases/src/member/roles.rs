//! Members: what each role may do, and that a change of it counts at once.

use crate::member::management::{members_are, role_is};
use crate::prelude::*;
use syncproof_protocol::endpoint;

const ROLES: &str = "member.roles";
const CHANGE: &str = "member.role-change-at-once";

cases! {
    /// An editor pushes to every table, pulls, moves cursors and takes snapshots.
    "member/editor-reads-and-writes" checks [ROLES] needs [Members] by editor;
    /// A viewer pulls, moves cursors and takes snapshots; pushes of any kind and GC get 403, and nothing changes.
    "member/viewer-reads-only" checks [ROLES] needs [Members] by viewer;
    /// A viewer here who owns their home and edits elsewhere is still a viewer here.
    "member/roles-are-per-workspace" checks [ROLES] needs [Members] by per_workspace;
    /// The next push, and the next session, after every change of role go by the new one, on every connection.
    "member/role-change-counts-at-once" checks [CHANGE, ROLES] needs [Members] by changes;
    /// Demoting one of two editors leaves the other's role as it is.
    "member/role-change-of-others-counts-for-them-only" checks [CHANGE] needs [Members] by for_them_only;
}

/// A workspace of anna's with ops in it, and ben in it in that role.
async fn shared(context: &Context, role: Role) -> Checked<(User, User, Id, Vec<Op>)> {
    let anna = context.user("anna").await?;
    let ben = context.user(role.name()).await?;
    let shared = anna.new_workspace("shared").await?;
    let ops =
        vec![anna.put("threads", "pk").clock(5), anna.put("kv", "pk").clock(5), anna.delete("posts", "pk").clock(5)];
    anna.push_ok(&shared, &ops, ROLES).await.in_setup()?;
    anna.invite(&shared, &ben, role).await?;
    ben.activate_ok(&shared).await?;
    Ok((anna, ben, shared, ops))
}

/// Checks that a user can read all of it, and move a cursor of their own.
async fn reads(user: &User, workspace: &Id, ops: &[Op]) -> Checked {
    user.holds(workspace, ops, ROLES).await?;
    let answer = user.pull(workspace, 1, 1).await?;
    let versions: Vec<u64> =
        answer.read::<PullAnswer>(ROLES)?.changes.iter().map(|change| change.server_version).collect();
    answer.equal(ROLES, "a member's page is not what they asked for", [2], versions)?;
    user.update_cursor_ok(workspace, &format!("device-of-{}", user.id), 2, ROLES).await?;
    if user.context().has(Capability::Snapshot) {
        user.snapshot(workspace, json!({"pageSize": 2})).await?.read::<SnapshotAnswer>(ROLES)?;
    }
    Ok(())
}

async fn editor(context: Context) -> Checked {
    let (anna, ben, shared, mut ops) = shared(&context, Role::Editor).await?;
    reads(&ben, &shared, &ops).await?;
    // A notification of one's own: those of others may be hidden.
    for table in TABLES.iter().filter(|table| table.name != "notifications") {
        ops.push(ben.put(table.name, "editors").clock(6));
        ben.push_ok(&shared, &ops[ops.len() - 1..], ROLES).await?;
    }
    ops.extend([ben.put("threads", "pk").clock(7).mark("editor"), ben.delete("kv", "pk").clock(7)]);
    ben.push_ok(&shared, &ops[ops.len() - 2..], ROLES).await?;
    ben.holds(&shared, &ops, ROLES).await?;
    anna.holds(&shared, &ops, ROLES).await?;
    if context.has(Capability::Gc) {
        // Whether collecting is an editor's business too, the protocol leaves open.
        for path in [endpoint::GC_CHANGE_LOG.path, endpoint::GC_TOMBSTONES.path] {
            ben.collect_unactivated(path, &shared, 86_400).await.expect_status(ROLES, &[200, 204, 403, 404])?;
        }
        anna.holds(&shared, &ops, ROLES).await?;
    }
    Ok(())
}

async fn viewer(context: Context) -> Checked {
    let (anna, ben, shared, ops) = shared(&context, Role::Viewer).await?;
    reads(&ben, &shared, &ops).await?;
    let pushes = [
        vec![ben.put("threads", "planted").clock(1)],
        vec![ben.put("threads", "pk").clock(100).mark("viewer")],
        vec![ben.delete("threads", "pk").clock(100)],
        vec![ben.delete("kv", "never")],
        vec![ben.put("notifications", "mine")],
        TABLES.iter().map(|table| ben.put(table.name, "planted")).collect(),
        // What is known already is no excuse.
        ops.clone(),
        vec![ops[0].clone()],
        [&ops[..], &[ben.put("threads", "late")]].concat(),
    ];
    for push in pushes {
        for ben in [&ben, &ben.on_new_connections()?] {
            ben.push_unactivated(&shared, &push).await.expect_status(ROLES, &[403])?;
        }
        anna.holds(&shared, &ops, ROLES).await?;
    }
    if context.has(Capability::Gc) {
        for path in [endpoint::GC_CHANGE_LOG.path, endpoint::GC_TOMBSTONES.path] {
            ben.collect_unactivated(path, &shared, 86_400).await.expect_forbidden(ROLES)?;
        }
        anna.holds(&shared, &ops, ROLES).await?;
    }
    reads(&ben, &shared, &ops).await?;
    ben.is_active_in(&shared, Role::Viewer, ROLES).await?;
    Ok(())
}

async fn per_workspace(context: Context) -> Checked {
    let (anna, ben, shared, ops) = shared(&context, Role::Viewer).await?;
    let edited = anna.new_workspace("edited").await?;
    anna.invite(&edited, &ben, Role::Editor).await?;
    for (number, (workspace, role)) in
        [(&ben.home, Role::Owner), (&shared, Role::Viewer), (&edited, Role::Editor), (&shared, Role::Viewer)]
            .into_iter()
            .enumerate()
    {
        ben.activate_ok(workspace).await?;
        let op = ben.put("threads", &format!("pk{number}"));
        let answer = ben.push_unactivated(workspace, std::slice::from_ref(&op)).await;
        if role == Role::Viewer {
            answer.expect_status(ROLES, &[403])?;
        } else {
            successes(&answer, &[op], ROLES)?;
        }
        // Standing where one may write opens nothing elsewhere.
        if role != Role::Viewer {
            let answer = ben.push_unactivated(&shared, &[ben.put("threads", "planted")]).await;
            answer.expect_forbidden(ROLES)?;
        }
    }
    anna.holds(&shared, &ops, ROLES).await
}

async fn changes(context: Context) -> Checked {
    let (anna, ben, shared, mut ops) = shared(&context, Role::Viewer).await?;
    let elsewhere = ben.on_new_connections()?;
    elsewhere.session(CHANGE).await.in_setup()?;
    let roles =
        [Role::Editor, Role::Viewer, Role::Owner, Role::Viewer, Role::Editor, Role::Owner, Role::Editor, Role::Viewer];
    for (round, role) in roles.into_iter().enumerate() {
        anna.set_role_ok(&shared, &ben.id, role.name(), CHANGE).await?;
        // Now the push comes first, now the session, and each time over another connection.
        let (first, second) = if round % 2 == 0 { (&ben, &elsewhere) } else { (&elsewhere, &ben) };
        if round % 3 == 2 {
            second.is_active_in(&shared, role, CHANGE).await?;
        }
        for (number, user) in [first, second].into_iter().enumerate() {
            let op = user.put("threads", &format!("pk{round}-{number}")).clock(10);
            let answer = user.push_unactivated(&shared, std::slice::from_ref(&op)).await;
            if role == Role::Viewer {
                answer.expect_status(CHANGE, &[403])?;
            } else {
                successes(&answer, std::slice::from_ref(&op), CHANGE)?;
                ops.push(op);
            }
            user.is_active_in(&shared, role, CHANGE).await?;
        }
        let renamed = ben.rename(&shared, &json!({"name": format!("round {round}")})).await;
        if role == Role::Viewer {
            renamed.expect_forbidden(CHANGE)?;
        } else {
            renamed.read::<OkAnswer>(CHANGE)?;
        }
        if role != Role::Owner {
            ben.set_role(&shared, &ben.id, "owner").await.expect_forbidden(CHANGE)?;
        }
        members_are(&anna, &shared, &[(&anna, Role::Owner), (&ben, role)], CHANGE).await?;
        anna.holds(&shared, &ops, CHANGE).await?;
    }
    Ok(())
}

async fn for_them_only(context: Context) -> Checked {
    let (anna, ben, shared, mut ops) = shared(&context, Role::Editor).await?;
    let cleo = anna.new_member(&shared, "cleo", Role::Editor).await?;
    cleo.activate_ok(&shared).await?;
    let other = anna.new_workspace("other").await?;
    anna.invite(&other, &ben, Role::Editor).await?;
    anna.set_role_ok(&shared, &ben.id, "viewer", CHANGE).await?;
    ben.push_unactivated(&shared, &[ben.put("threads", "late")]).await.expect_status(CHANGE, &[403])?;
    ops.push(cleo.put("threads", "cleos").clock(6));
    cleo.push_ok(&shared, &ops[ops.len() - 1..], CHANGE).await?;
    cleo.is_active_in(&shared, Role::Editor, CHANGE).await?;
    role_is(&ben, &other, Some(Role::Editor), CHANGE).await?;
    ben.activate_ok(&other).await?;
    ben.push_ok(&other, &[ben.put("threads", "pk")], CHANGE).await?;
    anna.holds(&shared, &ops, CHANGE).await
}
