//! Isolation: a stranger cannot tell a workspace that exists, or did, from one that never was.

use futures_util::future::join_all;

use crate::isolation::data::tenants;
use crate::prelude::*;
use crate::support::endpoint::{calls_on, unmatched};
use syncproof_protocol::endpoint;

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
/// workspace holds: a server that checks that first shows that the workspace exists.
fn calls(context: &Context, stranger: &User, workspace: &Id, member: &Id) -> Vec<(String, Request)> {
    let mut calls = Vec::new();
    for call in calls_on(context, workspace, &[member, &stranger.id, &member.unknown_alike()]) {
        calls.push((call.endpoint.name.to_owned(), call.request()));
        calls.extend(unmatched(&call));
        // Within a short log and beyond it: a server that compares with the head first shows the head.
        for pointer in ["/version", "/cursor"].into_iter().filter(|pointer| call.body.pointer(pointer).is_some()) {
            let at = |version: u64| {
                let name = format!("{} with the version {version}", call.endpoint.name);
                (name, call.with(&call.replaced(pointer, json!(version))))
            };
            calls.extend((0..4).map(at));
        }
    }
    for op in [stranger.put("threads", "pk"), stranger.delete("kv", "pk")] {
        calls.push(("push of an op".to_owned(), Request::post(endpoint::PUSH.path, &push_body(workspace, &[op]))));
    }
    calls
}

/// Sends every call for both workspaces, and compares the answers.
async fn alike(context: &Context, stranger: &User, one: &Id, unknown: &Id, owner: &User, what: &str) -> Checked {
    let pairs = calls(context, stranger, one, &owner.id).into_iter().zip(calls(context, stranger, unknown, &owner.id));
    for ((name, about_one), (_, about_unknown)) in pairs {
        let first = stranger.send(about_one).await;
        let second = stranger.send(about_unknown).await;
        for answer in [&first, &second] {
            answer.expect_status(STRANGER, &[400, 403, 404, 410])?;
        }
        // What a stranger can learn from an answer.
        let shown = |answer: &Answer, id: &Id| answer.exchange().refusal(&id.to_string());
        let message = format!("`{name}` answers a stranger differently for {what} than for one that never existed");
        first.equal(STRANGER, message, shown(&second, unknown), shown(&first, one))?;
    }
    Ok(())
}

async fn foreign_and_unknown(context: Context) -> Checked {
    let (anna, mut home) = Journal::with_user(&context, STRANGER).await?;
    let stranger = context.user("stranger").await?;
    home.push_ok(&[anna.put("threads", "pk").clock(5), anna.delete("kv", "pk").clock(5)]).await.in_setup()?;
    alike(&context, &stranger, &home.workspace, &home.workspace.unknown_alike(), &anna, "another user's workspace")
        .await?;
    // The calls have not moved the stranger's session.
    stranger.is_active_in(&stranger.home, Role::Owner, STRANGER).await?;
    home.holds().await
}

async fn deleted_and_unknown(context: Context) -> Checked {
    let (anna, stranger) = tenants(&context).await?;
    let doomed = anna.new_workspace("doomed").await?;
    anna.push_ok(&doomed, &[anna.put("threads", "pk")], STRANGER).await.in_setup()?;
    anna.delete_workspace_ok(&doomed, "workspace.delete-owner-only").await.in_setup()?;
    alike(&context, &stranger, &doomed, &doomed.unknown_alike(), &anna, "a deleted workspace").await
}

async fn malformed(context: Context) -> Checked {
    const UNKNOWN: &str = "workspace.unknown-id";
    let (anna, mut home) = Journal::with_user(&context, UNKNOWN).await?;
    let stranger = context.user("stranger").await?;
    home.push_ok(&anna.put("threads", "pk").clock(5)).await.in_setup()?;
    let id = home.workspace.to_string();
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
            // All of these calls have to be refused, so their order does not matter.
            let answers = calls.into_iter().map(async |(name, request)| (name, asker.send(request).await));
            for (name, answer) in join_all(answers).await {
                let refused = answer.status().is_some_and(|status| (400..500).contains(&status));
                let shown: String = text.escape_debug().take(60).collect();
                let message =
                    format!("`{name}` with the workspace id `{shown}`, which no workspace has, is not refused");
                answer.ensure(UNKNOWN, refused, message, "a status from 400 to 499", answer.outcome())?;
            }
        }
    }
    anna.is_active_in(&home.workspace, Role::Owner, UNKNOWN).await?;
    home.holds().await
}
