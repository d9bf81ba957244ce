//! Isolation: who may touch a workspace at all, and what a request may not carry into another.

use crate::isolation::data::{homes, tenants};
use crate::prelude::*;
use crate::snapshot::token::first_page;
use crate::support::endpoint::{calls_on, unmatched};
use syncproof_protocol::endpoint;

cases! {
    /// A page token of one workspace is refused in another tenant's and in another of one's own.
    "isolation/snapshot-token-opens-no-other-workspace"
        checks ["isolation.snapshot-token"] needs [Snapshot] by snapshot_token;
    /// The same device id stands at a high version in one workspace and starts low in another.
    "isolation/cursor-of-one-workspace-only" checks ["isolation.cursor"] by cursors;
    /// A stranger is refused on every sync endpoint of an existing workspace, and nothing changes.
    "isolation/strangers-are-refused-everywhere" checks ["isolation.scope-checked"] by strangers;
    /// Every sync endpoint answers a stranger the same for a foreign and for an unknown workspace.
    "isolation/unknown-workspace-is-refused-alike"
        checks ["isolation.scope-checked", "workspace.stranger"] by unknown_alike;
    /// Payloads that name another tenant's workspace are refused or leave that workspace untouched.
    "isolation/payload-cannot-point-elsewhere" checks ["push.payload-stays-in-workspace"] by payload_elsewhere;
}
async fn snapshot_token(context: Context) -> Checked {
    const REQUIREMENT: &str = "isolation.snapshot-token";
    const REFUSALS: &[u16] = &[400, 403, 404, 410];
    let (mut annas, mut bens) = homes(&context, REQUIREMENT).await?;
    let mut other = Journal::beside(&annas.user, "other", REQUIREMENT).await?;
    for journal in [&mut annas, &mut bens, &mut other] {
        let ops: Vec<_> = (0..5).map(|number| journal.put("threads", &format!("pk{number}"))).collect();
        journal.push_ok(&ops).await.in_setup()?;
    }
    let (anna, ben) = (&annas.user, &bens.user);
    let (_, token) = first_page(anna, &anna.home).await?;
    let body = json!({"pageSize": 2, "pageToken": token});
    ben.snapshot(&ben.home, body.clone()).await?.expect_status(REQUIREMENT, REFUSALS)?;
    // A stranger with a stolen token, asking in the token's own workspace.
    let mut stolen = body.clone();
    stolen["scope"] = json!({"workspaceId": anna.home});
    ben.post(endpoint::SNAPSHOT.path, &stolen).await.expect_status(REQUIREMENT, REFUSALS)?;
    anna.snapshot(&other.workspace, body.clone()).await?.expect_status(REQUIREMENT, REFUSALS)?;
    // The token still works in its own workspace.
    anna.snapshot(&anna.home, body).await?.read::<SnapshotAnswer>("snapshot.complete")?;
    Ok(())
}

async fn cursors(context: Context) -> Checked {
    const REQUIREMENT: &str = "isolation.cursor";
    let (mut annas, mut bens) = homes(&context, REQUIREMENT).await?;
    let ops: Vec<_> = (0..9).map(|number| annas.put("threads", &format!("pk{number}"))).collect();
    annas.push_ok(&ops).await.in_setup()?;
    annas.update_cursor_ok("device", 9, REQUIREMENT).await?;
    let mut other = Journal::beside(&annas.user, "other", REQUIREMENT).await?;
    for journal in [&mut bens, &mut other] {
        journal.push_ok(&journal.put("threads", "pk")).await.in_setup()?;
        // 1 is the head here and far behind in the first workspace; a separate cursor accepts it.
        journal.update_cursor_ok("device", 1, REQUIREMENT).await?;
    }
    annas.update_cursor_ok("device", 9, REQUIREMENT).await
}

async fn strangers(context: Context) -> Checked {
    const REQUIREMENT: &str = "isolation.scope-checked";
    let (mut annas, strangers) = homes(&context, REQUIREMENT).await?;
    let ops = ["threads", "kv"].map(|table| annas.put(table, "pk").clock(5).mark("anna"));
    annas.push_ok(&ops).await.in_setup()?;
    for answer in strangers.user.sync_all_unactivated(&annas.workspace, &ops).await {
        answer.expect_forbidden(REQUIREMENT)?;
    }
    annas.holds().await
}

async fn unknown_alike(context: Context) -> Checked {
    const REQUIREMENT: &str = "isolation.scope-checked";
    let (anna, stranger) = tenants(&context).await?;
    anna.push_ok(&anna.home, &[anna.put("threads", "pk")], REQUIREMENT).await.in_setup()?;
    let unknown = anna.home.unknown_alike();
    let known = [stranger.put("threads", "pk")];
    let foreign = stranger.sync_all_unactivated(&anna.home, &known).await;
    let missing = stranger.sync_all_unactivated(&unknown, &known).await;
    let mut pairs: Vec<(Answer, Answer)> = foreign.into_iter().zip(missing).collect();
    for (foreign, missing) in &pairs {
        foreign.expect_forbidden(REQUIREMENT)?;
        missing.expect_forbidden(REQUIREMENT)?;
    }
    // Requests whose other contents a server might check before it checks the caller.
    let revealing = |workspace: &Id| -> Vec<Request> {
        let calls = calls_on(&context, workspace, &[&anna.id]);
        calls.iter().flat_map(unmatched).map(|(_, request)| request).collect()
    };
    for (on_foreign, on_unknown) in revealing(&anna.home).into_iter().zip(revealing(&unknown)) {
        pairs.push((stranger.send(on_foreign).await, stranger.send(on_unknown).await));
    }
    for (foreign, missing) in &pairs {
        foreign.expect_status(REQUIREMENT, &[400, 403, 404, 410])?;
        let message = format!(
            "{} answers a stranger with another status for an unknown workspace than for an existing one",
            missing.exchange().path
        );
        missing.equal("workspace.stranger", message, foreign.status(), missing.status())?;
    }
    Ok(())
}

async fn payload_elsewhere(context: Context) -> Checked {
    const REQUIREMENT: &str = "push.payload-stays-in-workspace";
    let (annas, mut bens) = homes(&context, REQUIREMENT).await?;
    let (anna, workspace) = (&annas.user, bens.workspace.clone());
    bens.push_ok(&["threads", "kv"].map(|table| bens.put(table, "pk").clock(1).mark("ben"))).await.in_setup()?;
    for (clock, field) in (100..).zip(["workspace_id", "workspaceId"]) {
        for table in ["threads", "kv"] {
            let put = |pk: &str| anna.put(table, pk).clock(clock).mark("anna").field(field, json!(workspace));
            let delete = anna.delete(table, "pk").clock(clock + 50).payload(Some(json!({field: workspace})));
            for op in [put("pk"), put("planted"), delete] {
                let answer = anna.push(&anna.home, op.as_ref()).await?;
                answer.expect_status(REQUIREMENT, &[200, 400, 403, 404, 422])?;
            }
        }
    }
    bens.holds().await
}
