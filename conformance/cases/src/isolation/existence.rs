//! Isolation: a stranger cannot tell a workspace that exists, or did, from one that never was.

use futures_util::future::join_all;
use serde_json::{Value, json};

use syncproof_harness::cases;
use syncproof_harness::client::{Answer, Request};
use syncproof_harness::world::sync::push_body;
use syncproof_harness::world::{Context, User, member_path, members_path, workspace_path};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::failure::{Checked, Setup as _};
use syncproof_protocol::wire::Id;

const STRANGER: &str = "workspace.stranger";

cases! {
    /// Every endpoint answers a stranger alike, status and body, for a foreign and for an unknown workspace.
    "isolation/existence-leaks-on-no-endpoint"
        checks [STRANGER, "isolation.scope-checked", "workspace.unknown-id"] by foreign_and_unknown;
    /// Every endpoint answers a stranger alike for a deleted and for an unknown workspace.
    "isolation/deleted-looks-like-never-there" checks [STRANGER, "workspace.unknown-id"] by deleted_and_unknown;
    /// Ids that are nearly right, cut, doubled, in other letters or of other types get a 4xx everywhere.
    "isolation/malformed-ids-open-nothing" checks ["workspace.unknown-id", "http.no-5xx"] by malformed;
}

/// Every call that names a workspace, by a stranger to it. Some could not succeed for a member either, because of what the
/// workspace holds: a server that looks there first gives itself away.
fn calls(context: &Context, stranger: &User, workspace: &Id, member: &Id) -> Vec<(&'static str, Request)> {
    let scope = json!({"workspaceId": workspace});
    let sync = |path: &str, mut body: Value| {
        body["scope"] = scope.clone();
        Request::post(format!("/api/sync/{path}"), &body)
    };
    let far = 1_000_000_000;
    let mut calls = vec![
        ("rename", Request::patch(workspace_path(workspace), &json!({"name": "mine"}))),
        ("delete", Request::delete(workspace_path(workspace))),
        ("activate", Request::post("/api/workspaces/active", &json!({"id": workspace}))),
        ("push nothing", Request::post("/api/sync/push", &push_body(workspace, &[]))),
        ("push", Request::post("/api/sync/push", &push_body(workspace, &[stranger.put("threads", "pk")]))),
        ("push a delete", Request::post("/api/sync/push", &push_body(workspace, &[stranger.delete("kv", "pk")]))),
        ("pull", sync("pull", json!({"cursor": 0, "limit": 10}))),
        ("pull far", sync("pull", json!({"cursor": far, "limit": 10}))),
        ("pull a table", sync("pull", json!({"cursor": 0, "limit": 10, "tables": ["no_such_table"]}))),
        ("move a cursor", sync("update-cursor", json!({"deviceId": "device", "version": 0}))),
        ("move a cursor far", sync("update-cursor", json!({"deviceId": "device", "version": far}))),
    ];
    if context.has(Capability::Snapshot) {
        calls.push(("snapshot", sync("snapshot", json!({"pageSize": 10}))));
        calls.push(("snapshot of a table", sync("snapshot", json!({"pageSize": 10, "tables": ["no_such_table"]}))));
        calls.push(("snapshot's page", sync("snapshot", json!({"pageSize": 10, "pageToken": "AAAA"}))));
    }
    if context.has(Capability::Gc) {
        calls.push(("collect the log", sync("gc-change-log", json!({"retentionSeconds": 86_400}))));
        calls.push(("collect tombstones", sync("gc-tombstones", json!({"retentionSeconds": 86_400}))));
    }
    if context.has(Capability::Members) {
        let add = |user: &Id| Request::post(members_path(workspace), &json!({"userId": user, "role": "owner"}));
        calls.push(("list members", Request::get(members_path(workspace))));
        calls.push(("add oneself", add(&stranger.id)));
        calls.push(("add a member", add(member)));
        calls.push(("add nobody", add(&member.unknown_alike())));
        calls.push(("change a member", Request::patch(member_path(workspace, member), &json!({"role": "viewer"}))));
        calls.push(("change nobody", Request::patch(member_path(workspace, &stranger.id), &json!({"role": "viewer"}))));
        calls.push(("remove a member", Request::delete(member_path(workspace, member))));
        calls.push(("remove oneself", Request::delete(member_path(workspace, &stranger.id))));
    }
    calls
}

/// Asks every call about both, and compares.
async fn alike(context: &Context, stranger: &User, one: &Id, unknown: &Id, owner: &User, what: &str) -> Checked {
    let pairs = calls(context, stranger, one, &owner.id).into_iter().zip(calls(context, stranger, unknown, &owner.id));
    for ((name, about_one), (_, about_unknown)) in pairs {
        let first = stranger.send(about_one).await;
        let second = stranger.send(about_unknown).await;
        for answer in [&first, &second] {
            answer.expect_status(STRANGER, &[400, 403, 404, 410])?;
        }
        // What a stranger can learn from an answer.
        let told = |answer: &Answer, id: &Id| answer.exchange().refusal(&id.to_string());
        let message = format!("`{name}` tells {what} from one that never was");
        first.equal(STRANGER, message, told(&second, unknown), told(&first, one))?;
    }
    Ok(())
}

async fn foreign_and_unknown(context: Context) -> Checked {
    let (anna, stranger) = (context.user("anna").await?, context.user("stranger").await?);
    let ops = [anna.put("threads", "pk").clock(5), anna.delete("kv", "pk").clock(5)];
    anna.push_ok(&anna.home, &ops, STRANGER).await.in_setup()?;
    let unknown = anna.home.unknown_alike();
    alike(&context, &stranger, &anna.home, &unknown, &anna, "a foreign workspace").await?;
    // Somewhere else than home, too: the stranger's own is not what it depends on.
    stranger.is_active_in(&stranger.home, syncproof_protocol::wire::Role::Owner, STRANGER).await?;
    anna.holds(&anna.home, &ops, STRANGER).await
}

async fn deleted_and_unknown(context: Context) -> Checked {
    let (anna, stranger) = (context.user("anna").await?, context.user("stranger").await?);
    let doomed = anna.new_workspace("doomed").await?;
    anna.push_ok(&doomed, &[anna.put("threads", "pk")], STRANGER).await.in_setup()?;
    anna.deletes(&doomed, "workspace.delete-owner-only").await.in_setup()?;
    alike(&context, &stranger, &doomed, &doomed.unknown_alike(), &anna, "a deleted workspace").await
}

async fn malformed(context: Context) -> Checked {
    const UNKNOWN: &str = "workspace.unknown-id";
    let (anna, stranger) = (context.user("anna").await?, context.user("stranger").await?);
    let ops = [anna.put("threads", "pk").clock(5)];
    anna.push_ok(&anna.home, &ops, UNKNOWN).await.in_setup()?;
    let id = anna.home.to_string();
    let cut: String = id.chars().take(id.chars().count() - 1).collect();
    let ids = [
        cut,
        format!("{id}0"),
        format!("{id}{id}"),
        format!("{id}%"),
        format!("{id}\0"),
        format!("{id}/members"),
        format!("{id}' OR '1'='1"),
        "%".to_owned(),
        "_".repeat(id.len()),
        "0".to_owned(),
        "-1".to_owned(),
        "null".to_owned(),
        "undefined".to_owned(),
        "9223372036854775808".to_owned(),
        "00000000-0000-0000-0000-000000000000".to_owned(),
        "i".repeat(3000),
    ];
    for text in ids {
        let workspace = Id::text(text.as_str());
        for asker in [&stranger, &anna] {
            let calls = calls(&context, asker, &workspace, &anna.id);
            // All of them are to be refused, so that their order does not count.
            let answers = calls.into_iter().map(async |(name, request)| (name, asker.send(request).await));
            for (name, answer) in join_all(answers).await {
                let refused = answer.status().is_some_and(|status| (400..500).contains(&status));
                let shown: String = text.escape_debug().take(60).collect();
                let message = format!("`{name}` of the workspace `{shown}` is not refused");
                answer.ensure(UNKNOWN, refused, message, "a 4xx", answer.outcome())?;
            }
        }
    }
    anna.is_active_in(&anna.home, syncproof_protocol::wire::Role::Owner, UNKNOWN).await?;
    anna.holds(&anna.home, &ops, UNKNOWN).await
}
