//! Who may collect garbage, and what a collection may be asked for.

use serde_json::{Value, json};

use crate::gc::collection::{COLLECTS, have_read, logged};
use syncproof_harness::cases;
use syncproof_harness::client::Request;
use syncproof_harness::world::retention::{CHANGE_LOG, TOMBSTONES, wait_until_old};
use syncproof_harness::world::{Context, User};
use syncproof_protocol::failure::{Checked, Setup as _};
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::Role;

const ROLES: &str = "gc.roles";
const BAD: &str = "gc.bad-retention";
const BOTH: [&str; 2] = [CHANGE_LOG, TOMBSTONES];

cases! {
    /// With everything old and seen, a stranger and somebody without a credential are refused; all stays.
    "gc/strangers-collect-nothing" checks [ROLES, "session.anonymous"] needs [Gc] by strangers;
    /// A viewer is refused, also one who was an editor and one who is removed; the owner then collects.
    "gc/viewers-collect-nothing" checks [ROLES, "member.roles"] needs [Gc, Members] by viewers;
    /// Retentions of zero, below, with fractions and that are no number are refused, and collect nothing.
    "gc/bad-retention" checks [BAD, "http.wrong-shape"] needs [Gc] by bad_retention;
    /// A deleted workspace whose log is old and seen cannot be collected, by its owner neither.
    "gc/in-a-deleted-workspace" checks ["workspace.delete-closes-sync"] needs [Gc] by deleted;
}

/// A home with entries and a tombstone that are old and seen: whoever may collect, collects them.
async fn collectable(context: &Context) -> Checked<(User, Vec<Op>)> {
    let (anna, mut ops) = logged(context, 3).await?;
    ops.push(anna.delete("threads", "pk0").clock(2));
    anna.push_ok(&anna.home, &ops[3..], "push.all-tables").await.in_setup()?;
    have_read(&anna, &anna.home, &[("laptop", 4)]).await?;
    wait_until_old(context).await?;
    Ok((anna, ops))
}

async fn strangers(context: Context) -> Checked {
    let (anna, ops) = collectable(&context).await?;
    let stranger = context.user("stranger").await?;
    let unknown = anna.home.unknown_alike();
    for path in BOTH {
        stranger.collect_unactivated(path, &anna.home, 1).await.expect_forbidden(ROLES)?;
        stranger.collect_unactivated(path, &unknown, 1).await.expect_forbidden(ROLES)?;
        let body = json!({"scope": {"workspaceId": anna.home}, "retentionSeconds": 1});
        let answer = context.anonymous().send(Request::post(path, &body)).await;
        answer.expect_status("session.anonymous", &[401])?;
        anna.holds(&anna.home, &ops, ROLES).await?;
    }
    anna.collect_log_through_ok(&anna.home, 4, COLLECTS).await
}

async fn viewers(context: Context) -> Checked {
    let (anna, ops) = collectable(&context).await?;
    let (viewer, once_editor) = (context.user("viewer").await?, context.user("once-editor").await?);
    let removed = context.user("removed").await?;
    anna.invite(&anna.home, &viewer, Role::Viewer).await?;
    anna.invite(&anna.home, &once_editor, Role::Editor).await?;
    anna.invite(&anna.home, &removed, Role::Editor).await?;
    for user in [&viewer, &once_editor, &removed] {
        user.activate_ok(&anna.home).await?;
    }
    anna.set_role(&anna.home, &once_editor.id, "viewer").await.expect_status(ROLES, &[200]).in_setup()?;
    anna.remove_member(&anna.home, &removed.id).await.expect_status(ROLES, &[200]).in_setup()?;
    for user in [&viewer, &once_editor, &removed] {
        for path in BOTH {
            user.collect_unactivated(path, &anna.home, 1).await.expect_forbidden(ROLES)?;
            anna.holds(&anna.home, &ops, ROLES).await?;
        }
    }
    anna.collect_log_through_ok(&anna.home, 4, COLLECTS).await
}

async fn bad_retention(context: Context) -> Checked {
    let (anna, ops) = collectable(&context).await?;
    let bad = [json!(0), json!(-1), json!(-86_400), json!(0.5), json!(1.5), json!(-0.5), json!(86_400.5)];
    let wrong = [json!("1"), json!(""), json!(true), json!([1]), json!({}), Value::Null];
    for path in BOTH {
        let mut body = json!({"scope": {"workspaceId": anna.home}});
        anna.post(path, &body).await.expect_status("http.wrong-shape", &[400])?;
        let asked = bad.iter().map(|retention| (retention, BAD));
        for (retention, requirement) in asked.chain(wrong.iter().map(|retention| (retention, "http.wrong-shape"))) {
            body["retentionSeconds"] = retention.clone();
            anna.post(path, &body).await.expect_status(requirement, &[400])?;
        }
        anna.holds(&anna.home, &ops, BAD).await?;
    }
    Ok(())
}

async fn deleted(context: Context) -> Checked {
    const CLOSES: &str = "workspace.delete-closes-sync";
    let (anna, _) = collectable(&context).await?;
    anna.deletes(&anna.home, CLOSES).await.in_setup()?;
    for path in BOTH {
        anna.collect_unactivated(path, &anna.home, 1).await.expect_status(CLOSES, &[403, 404, 410])?;
    }
    Ok(())
}
