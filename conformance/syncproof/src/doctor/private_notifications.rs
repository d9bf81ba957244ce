//! Looks whether a target keeps notifications private: it hides those of others, and lets nobody write for another.

use serde_json::json;

use super::probe_report::ProbeResult;
use super::single_push::{REQUIREMENT, only_result};
use syncproof_harness::world::User;
use syncproof_protocol::failure::Checked;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::{ErrorCode, Id, OpResult, Role};

const TABLE: &str = "notifications";

/// Pushes a notification for another user, and looks at who sees what. Only a target that shows no part of the capability
/// lacks it: one that hides notifications, or refuses those for others in any way, has it, however wrong it is.
pub(super) async fn private_notifications(user: &User, home: &Id, has_members: bool) -> (ProbeResult, String) {
    let member = member_of(user, home, has_members).await;
    let (own, forged) = (user.put(TABLE, "own"), user.put(TABLE, "forged"));
    let forged = match &member {
        Some(member) => forged.field("user_id", json!(member.id.to_string())),
        None => forged.field("user_id", json!(user.id.unknown_alike().to_string())),
    };
    let refusal = match only_result(user, home, &forged).await {
        Ok(Some(result)) if refuses(&result) => return works("a notification for another user is UNAUTHORIZED"),
        Ok(result) => !result.is_some_and(|result| result.success),
        Err(_) => true,
    };
    if !matches!(only_result(user, home, &own).await, Ok(Some(result)) if result.success) {
        return (ProbeResult::Undecided, "a user cannot push a notification of their own".to_owned());
    }
    if refusal {
        // A target without private notifications may refuse those for users whom it does not know.
        let seen = if member.is_some() { ProbeResult::Unclear } else { ProbeResult::Undecided };
        return (seen, "a notification for another user is refused, but not as UNAUTHORIZED".to_owned());
    }
    match hides(user, home, &own, &forged).await {
        Ok(Some(true)) => return unclear("a user may write a notification for another, and does not see it"),
        Ok(Some(false)) => {}
        _ => return (ProbeResult::Undecided, "a user does not see a notification of their own".to_owned()),
    }
    // The other way round: what the writer sees may be a notification that became their own.
    match &member {
        Some(member) if matches!(sees(member, home, &own).await, Ok(false)) => {
            unclear("a user may write a notification for another, and others do not see their own")
        }
        _ => (ProbeResult::Absent, "a notification for another user is taken, and shown to all".to_owned()),
    }
}

fn works(words: &str) -> (ProbeResult, String) {
    (ProbeResult::Works, words.to_owned())
}

fn unclear(words: &str) -> (ProbeResult, String) {
    (ProbeResult::Unclear, words.to_owned())
}

fn refuses(result: &OpResult) -> bool {
    !result.success && result.error_code == Some(ErrorCode::Unauthorized)
}

/// Another user in the workspace, where members can be added. The users of a fixed list keep their workspaces as they are.
async fn member_of(user: &User, home: &Id, has_members: bool) -> Option<User> {
    let context = user.context();
    if !context.credentials().invents() {
        return None;
    }
    let member = context.user("member").await.ok()?;
    match has_members {
        true => user.add_member(home, &member.id, Role::Editor.name()).await.is_success().then_some(member),
        false => user.invite(home, &member, Role::Editor).await.ok().map(|()| member),
    }
}

/// Whether the user sees their own notification and not the forged one. None where the own one is not seen either.
async fn hides(user: &User, home: &Id, own: &Op, forged: &Op) -> Checked<Option<bool>> {
    let hidden = !sees(user, home, forged).await?;
    Ok(sees(user, home, own).await?.then_some(hidden))
}

async fn sees(user: &User, home: &Id, op: &Op) -> Checked<bool> {
    let (changes, _) = user.log(home, REQUIREMENT).await?;
    Ok(changes.iter().any(|change| change.stamp.op_id == op.id()))
}
