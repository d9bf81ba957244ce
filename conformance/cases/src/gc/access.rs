//! Who may collect garbage, and what a collection may be asked for.

use crate::gc::collection::{COLLECTS, logged};
use crate::prelude::*;
use syncproof_harness::world::retention::{CHANGE_LOG, TOMBSTONES, wait_until_old};

const ROLES: &str = "gc.roles";
const BAD: &str = "gc.bad-retention";
const BOTH: [&str; 2] = [CHANGE_LOG, TOMBSTONES];

cases! {
    /// With everything old and seen, a stranger and somebody without a credential are refused; all stays.
    "gc/strangers-collect-nothing" checks [ROLES, "session.anonymous"] needs [Gc] by strangers;
    /// A viewer is refused, also one who was an editor and one who is removed; the owner then collects.
    "gc/viewers-collect-nothing" checks [ROLES, "member.roles"] needs [Gc, Manage] by viewers;
    /// Retentions of zero, below, with fractions and that are no number are refused, and collect nothing.
    "gc/bad-retention" checks [BAD, "http.wrong-shape"] needs [Gc] by bad_retention;
    /// A deleted workspace whose log is old and seen cannot be collected, by its owner neither.
    "gc/in-a-deleted-workspace" checks ["workspace.delete-closes-sync"] needs [Gc] by deleted;
}

/// A home with entries and a tombstone that are old and seen: whoever may collect, collects them.
async fn collectable(context: &Context) -> Checked<Journal> {
    let mut home = logged(context, 3).await?;
    home.push_ok(&home.delete("threads", "pk0").clock(2)).await.in_setup()?;
    home.have_read(&[("laptop", 4)]).await?;
    wait_until_old(context).await?;
    home.checks(ROLES);
    Ok(home)
}

async fn strangers(context: Context) -> Checked {
    let home = collectable(&context).await?;
    let stranger = context.user("stranger").await?;
    for path in BOTH {
        for workspace in [&home.workspace, &home.workspace.unknown_alike()] {
            stranger.collect_unactivated(path, workspace, 1).await.expect_forbidden(ROLES)?;
        }
        let body = json!({"scope": {"workspaceId": home.workspace}, "retentionSeconds": 1});
        let answer = context.anonymous().send(Request::post(path, &body)).await;
        answer.expect_status("session.anonymous", &[401])?;
        home.holds().await?;
    }
    home.collect_log_through_ok(4, COLLECTS).await
}

async fn viewers(context: Context) -> Checked {
    let home = collectable(&context).await?;
    let (anna, workspace) = (&home.user, &home.workspace);
    let viewer = home.member("viewer", Role::Viewer).await?;
    let once_editor = home.member("once-editor", Role::Editor).await?;
    let removed = home.member("removed", Role::Editor).await?;
    for user in [&viewer, &once_editor, &removed] {
        user.activate_ok(workspace).await?;
    }
    anna.set_role_ok(workspace, &once_editor.id, "viewer", ROLES).await.in_setup()?;
    anna.remove_member_ok(workspace, &removed.id, ROLES).await.in_setup()?;
    for user in [&viewer, &once_editor, &removed] {
        for path in BOTH {
            user.collect_unactivated(path, workspace, 1).await.expect_forbidden(ROLES)?;
            home.holds().await?;
        }
    }
    home.collect_log_through_ok(4, COLLECTS).await
}

async fn bad_retention(context: Context) -> Checked {
    let mut home = collectable(&context).await?;
    home.checks(BAD);
    let bad = [json!(0), json!(-1), json!(-86_400), json!(0.5), json!(1.5), json!(-0.5), json!(86_400.5)];
    let wrong = [json!("1"), json!(""), json!(true), json!([1]), json!({}), Value::Null];
    for path in BOTH {
        let mut body = json!({"scope": {"workspaceId": home.workspace}});
        home.user.post(path, &body).await.expect_status("http.wrong-shape", &[400])?;
        let asked = bad.iter().map(|retention| (retention, BAD));
        for (retention, requirement) in asked.chain(wrong.iter().map(|retention| (retention, "http.wrong-shape"))) {
            body["retentionSeconds"] = retention.clone();
            home.user.post(path, &body).await.expect_status(requirement, &[400])?;
        }
        home.holds().await?;
    }
    Ok(())
}

async fn deleted(context: Context) -> Checked {
    const CLOSES: &str = "workspace.delete-closes-sync";
    let home = collectable(&context).await?;
    home.user.delete_workspace_ok(&home.workspace, CLOSES).await.in_setup()?;
    for path in BOTH {
        home.user.collect_unactivated(path, &home.workspace, 1).await.expect_status(CLOSES, &[403, 404, 410])?;
    }
    Ok(())
}
