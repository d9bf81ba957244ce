//! Refusals: why the directory does not do what it was asked.

/// Why a call was refused. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Unknown, deleted or foreign: one answer for all three, so that existence does not leak (`workspace.stranger`).
    #[error("not found")]
    NotFound,
    /// A member, but the role does not allow it.
    #[error("the role does not allow it")]
    Forbidden,
    /// It would leave the workspace without an owner (`member.last-owner`).
    #[error("the last owner has to stay")]
    LastOwner,
    /// A member already, with another role (`member.add-twice`).
    #[error("already a member with another role")]
    AlreadyMember,
}
