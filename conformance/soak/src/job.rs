//! The jobs of a round: what its clients do.

use std::fmt;

/// What one client does, or several that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Job {
    /// Writes, as the owner or as the editor.
    Write(usize),
    /// Follows the log.
    Follow(usize),
    /// Looks at all there is, in several ways.
    Look(usize),
    /// A device that is offline now and then.
    ComeAndGo(usize),
    /// Newcomers, each of whom logs in several times at once.
    LogIn,
    /// Hangs up in the middle of pushes.
    Quit,
    /// People who own workspaces together, and change roles and names.
    OwnTogether,
    /// Collects a workspace that is written and read meanwhile.
    Collect,
    /// Writes there.
    WriteCollected,
    /// Reads there, and tells how far.
    FollowAndTell,
    /// Collects a workspace that rests in between.
    CollectRested,
    /// Manages members, and makes and ends workspaces.
    Manage,
}

impl Job {
    /// Whether it needs the workspace that is collected while it is used.
    pub(crate) fn is_about_collections(self) -> bool {
        matches!(self, Job::Collect | Job::WriteCollected | Job::FollowAndTell | Job::CollectRested)
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Job::Write(number) => write!(f, "writer {number}"),
            Job::Follow(number) => write!(f, "follower {number}"),
            Job::Look(number) => write!(f, "looker {number}"),
            Job::ComeAndGo(number) => write!(f, "offline device {number}"),
            Job::LogIn => f.write_str("newcomers"),
            Job::Quit => f.write_str("a client that hangs up"),
            Job::OwnTogether => f.write_str("owners"),
            Job::Collect => f.write_str("a collector"),
            Job::WriteCollected => f.write_str("a writer of what is collected"),
            Job::FollowAndTell => f.write_str("a reader of what is collected"),
            Job::CollectRested => f.write_str("a collector of what rests"),
            Job::Manage => f.write_str("a manager with two members"),
        }
    }
}
