//! Page tokens of snapshots: who may use them, and what a token gives when it is used again.

use crate::prelude::*;
use syncproof_protocol::endpoint;

const ORDER: &str = "snapshot.order";
const COMPLETE: &str = "snapshot.complete";
const REMOVED: &str = "member.removed-at-once";
const CLOSED: &str = "workspace.delete-closes-sync";
/// The answers to a token that is no longer valid.
const REFUSED: &[u16] = &[400, 403, 404, 410];

cases! {
    /// A member who is removed between two pages does not get the second.
    "snapshot/token-after-removal" checks [REMOVED] needs [Snapshot, Manage] by after_removal;
    /// No page of a snapshot is given after its workspace was deleted.
    "snapshot/token-after-deletion" checks [CLOSED] needs [Snapshot] by after_deletion;
    /// A token that is sent again, as after a lost answer, gives its page again; with another pageSize it begins there.
    "snapshot/token-used-again" checks [COMPLETE, ORDER] needs [Snapshot] by used_again;
}

/// Nine records in that workspace.
pub(crate) async fn nine(user: &User, workspace: &Id) -> Checked {
    let ops: Vec<Op> = (0..9).map(|number| user.put("kv", &format!("pk{number}"))).collect();
    user.push_ok(workspace, &ops, "push.all-tables").await.in_setup()?;
    Ok(())
}

/// The first page of two items, and the token of the next.
pub(crate) async fn first_page(user: &User, workspace: &Id) -> Checked<(SnapshotAnswer, Value)> {
    let answer = user.snapshot(workspace, json!({"pageSize": 2})).await?;
    let page: SnapshotAnswer = answer.read(COMPLETE).in_setup()?;
    match page.next_page_token.clone() {
        Some(token) => Ok((page, token)),
        None => Err(answer.fails(
            COMPLETE,
            "a snapshot of nine records with pageSize 2 has no nextPageToken",
            "a nextPageToken",
            answer.outcome(),
        ))
        .in_setup(),
    }
}

/// Asks for a page without activating the workspace.
async fn page(user: &User, workspace: &Id, token: &Value) -> Answer {
    let body = json!({"scope": {"workspaceId": workspace}, "pageSize": 2, "pageToken": token});
    user.post(endpoint::SNAPSHOT.path, &body).await
}

async fn after_removal(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    nine(&anna, &shared).await?;
    for role in [Role::Viewer, Role::Editor] {
        let member = anna.new_member(&shared, role.name(), role).await?;
        let (_, token) = first_page(&member, &shared).await?;
        anna.remove_member_ok(&shared, &member.id, REMOVED).await?;
        page(&member, &shared, &token).await.expect_status(REMOVED, REFUSED)?;
    }
    Ok(())
}

async fn after_deletion(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let doomed = anna.new_workspace("doomed").await?;
    nine(&anna, &doomed).await?;
    let (_, token) = first_page(&anna, &doomed).await?;
    anna.delete_workspace_ok(&doomed, CLOSED).await?;
    page(&anna, &doomed, &token).await.expect_status(CLOSED, REFUSED)
}

async fn used_again(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    nine(&anna, &anna.home).await?;
    let (all, _, _) = anna.snapshot_in_pages(&anna.home, 1000, COMPLETE).await?;
    let (first, token) = first_page(&anna, &anna.home).await?;
    for page_size in [2, 2, 3, 1, 1000] {
        let answer = anna.snapshot(&anna.home, json!({"pageSize": page_size, "pageToken": token})).await?;
        // The protocol does not say that a token can be used twice, or with another pageSize.
        if answer.is(&[400, 410]) {
            continue;
        }
        let page: SnapshotAnswer = answer.read(COMPLETE)?;
        let message = "a page that was asked for with a token holds more items than its pageSize";
        let (at_most, given) = (format!("at most {page_size} items"), page.items.len());
        answer.ensure(ORDER, given <= page_size, message, at_most, format!("{given} items"))?;
        let expected: Vec<_> = all.iter().skip(first.items.len()).take(page.items.len().max(1)).collect();
        let message = format!(
            "the token of the second page, sent with pageSize {page_size}, does not give the items after the first page"
        );
        answer.equal(COMPLETE, message, json!(expected), json!(page.items))?;
    }
    Ok(())
}
