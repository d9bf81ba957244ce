//! The users of a case: several at once, an owner with a workspace, members who have activated it.

use syncproof_harness::world::{Context, User};
use syncproof_protocol::failure::{Checked, Stop};
use syncproof_protocol::wire::{Id, Role};

/// A new user for each label.
pub(crate) async fn users<const N: usize>(context: &Context, labels: [&str; N]) -> Checked<[User; N]> {
    let mut users = Vec::with_capacity(N);
    for label in labels {
        users.push(context.user(label).await?);
    }
    users.try_into().map_err(|users: Vec<User>| Stop::Skipped(format!("{} users instead of {N}", users.len())))
}

/// A new user, with a new workspace of that name beside their home.
pub(crate) async fn owner_of(context: &Context, name: &str) -> Checked<(User, Id)> {
    let anna = context.user("anna").await?;
    let workspace = anna.new_workspace(name).await?;
    Ok((anna, workspace))
}

/// As [`owner_of`], for a case that looks at everything that the user has.
pub(crate) async fn new_owner_of(context: &Context, name: &str) -> Checked<(User, Id)> {
    let anna = context.new_user("anna").await?;
    let workspace = anna.new_workspace(name).await?;
    Ok((anna, workspace))
}

/// A new user who is made a member of the workspace and activates it.
pub(crate) async fn active_member(owner: &User, workspace: &Id, label: &str, role: Role) -> Checked<User> {
    let member = owner.new_member(workspace, label, role).await?;
    member.activate_ok(workspace).await?;
    Ok(member)
}

/// As [`active_member`], for a case that looks at everything that the member has.
pub(crate) async fn new_active_member(owner: &User, workspace: &Id, label: &str, role: Role) -> Checked<User> {
    let member = owner.context().new_user(label).await?;
    owner.invite(workspace, &member, role).await?;
    member.activate_ok(workspace).await?;
    Ok(member)
}
