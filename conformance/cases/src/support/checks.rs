//! Checks that cases of several chapters make of answers, of a session and of a list of workspaces.

use serde_json::json;

use syncproof_harness::client::Answer;
use syncproof_harness::world::{SessionView, User};
use syncproof_protocol::failure::Checked;
use syncproof_protocol::wire::{ErrorCode, Id, MembersAnswer, Role};

/// Fails unless one of the answers is a success: `what` was asked for several times at one instant.
pub(crate) fn one_succeeds(answers: &[Answer], requirement: &'static str, what: &str) -> Checked {
    let Some(answer) = answers.first() else { return Ok(()) };
    let done = answers.iter().any(Answer::is_success);
    answer.check(requirement, done, format!("none of several concurrent {what} succeeds"), "at least one success")
}

/// What the result of an op says of its success, as both sides of a failure show it.
pub(crate) fn outcome(success: bool, error_code: Option<ErrorCode>) -> String {
    let code = json!(error_code);
    format!("success: {success}, errorCode: {}", code.as_str().unwrap_or("none"))
}

/// A user and a workspace, as both sides of a failure show them.
pub(crate) fn user_and_workspace(user: &Id, workspace: Option<&Id>) -> String {
    let workspace = workspace.map_or_else(|| "none".to_owned(), ToString::to_string);
    format!("user {user}, workspace {workspace}")
}

/// Fails unless the list of workspaces is what it was before: every id, name, description and role.
pub(crate) async fn list_is_unchanged(
    user: &User,
    before: &SessionView,
    requirement: &'static str,
    message: impl Into<String>,
) -> Checked<SessionView> {
    let after = user.place(requirement).await?;
    after.answer.equal(requirement, message, before.entries(), after.entries())?;
    Ok(after)
}

/// Fails unless the user's home is their active workspace and the only one that they have.
pub(crate) async fn has_only_home(user: &User, requirement: &'static str, message: &str) -> Checked {
    let place = user.is_active_in(&user.home, Role::Owner, requirement).await?;
    place.answer.equal(requirement, message, [&user.home], place.ids())
}

/// Fails unless the answer lists that user as owner, and nobody else.
pub(crate) fn is_only_member(answer: &Answer, user: &Id, requirement: &'static str, message: &str) -> Checked {
    let members = answer.read::<MembersAnswer>(requirement)?.members;
    let shown = |user: &Id, role| json!({"userId": user, "role": role});
    let actual: Vec<_> = members.iter().map(|member| shown(&member.user_id, member.role)).collect();
    answer.equal(requirement, message, [shown(user, Role::Owner)], actual)
}

/// Fails when the server does not answer a right request after wrong ones.
pub(crate) async fn still_serves(user: &User, requirement: &'static str) -> Checked {
    user.session(requirement).await?;
    user.log(&user.home, requirement).await.map(drop)
}
