//! Refusals: why the directory refuses a call.

/// Why a call was refused. It has changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Unknown, deleted or of others. The answer is the same for all three, so that it does not reveal what exists
    /// (`workspace.stranger`).
    #[error("not found")]
    NotFound,
    /// The user is a member, but the role does not allow it.
    #[error("the role does not allow it")]
    Forbidden,
    /// It would leave the workspace without an owner (`member.last-owner`).
    #[error("the last owner has to stay")]
    LastOwner,
    /// A member already, with another role (`member.add-twice`).
    #[error("already a member with another role")]
    AlreadyMember,
}
