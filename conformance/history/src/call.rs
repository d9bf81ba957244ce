//! The calls of a history: who asked what and when, and what came back.

use std::ops::Range;

use crate::digest::Digest;
use crate::op::OpIndex;
use crate::texts::Text;

/// The place of a call in [`crate::History`]'s list of calls, which is that of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallIndex(pub(crate) u32);

/// What is known of the effect of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The server said that it was done (status 2xx).
    Ok,
    /// The server said that it was refused (status 4xx), and so changed nothing.
    Failed,
    /// No answer, one that cannot be read, or one that says nothing about it (status 5xx).
    Unknown,
}

/// One request, and its answer if there was one.
#[derive(Debug)]
pub(crate) struct Call {
    /// Its line in the file, from 1.
    pub(crate) line: u32,
    /// Who sent it; the calls of one client follow one another.
    pub(crate) client: Text,
    /// Whose credential it bore.
    pub(crate) user: Text,
    /// When it was sent, in microseconds.
    pub(crate) began: u64,
    /// When its answer had arrived, in microseconds; without an answer, for ever.
    pub(crate) ended: u64,
    /// The status of its answer, 0 without one.
    pub(crate) status: u16,
    /// What is known of its effect.
    pub(crate) outcome: Outcome,
    /// What it asked.
    pub(crate) action: Action,
}

/// What a call asked, and what it was told.
#[derive(Debug)]
pub(crate) enum Action {
    /// Ops for a workspace.
    Push {
        /// The workspace.
        workspace: Text,
        /// Its ops, in order, in the history's list of sent ops.
        ops: Range<u32>,
    },
    /// A page of the change log.
    Pull {
        /// The workspace.
        workspace: Text,
        /// What was asked and shown.
        pull: Box<Pull>,
    },
    /// A page of a snapshot.
    Snapshot {
        /// The workspace.
        workspace: Text,
        /// What was asked and shown.
        snapshot: Box<Snapshot>,
    },
    /// How far a device has read.
    UpdateCursor {
        /// The workspace.
        workspace: Text,
        /// The device; none if the request does not name one.
        device: Option<Text>,
        /// The version.
        version: u64,
    },
    /// A collection of the log or of tombstones.
    Collect(Text),
    /// A session: the user and the active workspace that it showed.
    Session(Option<SessionShown>),
    /// A list of workspaces, if it was shown.
    List(Option<Vec<Listed>>),
    /// A new workspace.
    Create {
        /// Its id, if it was told.
        id: Option<Text>,
        /// What it is called, where the request could be read.
        naming: Option<Naming>,
    },
    /// Another name or description for a workspace.
    Rename {
        /// The workspace.
        workspace: Text,
        /// What it is called from then on, where the request could be read.
        naming: Option<Naming>,
    },
    /// The list of members of a workspace.
    Members {
        /// The workspace.
        workspace: Text,
        /// The list, if it was shown.
        shown: Option<Vec<MemberShown>>,
    },
    /// The end of a workspace.
    Delete(Text),
    /// A workspace becomes active.
    Activate(Text),
    /// Something else about a workspace.
    InWorkspace(Text),
    /// A membership begins, has another role, or ends.
    Member {
        /// The workspace.
        workspace: Text,
        /// The server's id of the member.
        member: Text,
        /// What happens to it.
        change: Membership,
    },
    /// Anything else.
    Other,
}

impl Action {
    /// The workspace that the call named.
    pub(crate) fn workspace(&self) -> Option<Text> {
        match self {
            Action::Push { workspace, .. }
            | Action::Pull { workspace, .. }
            | Action::Snapshot { workspace, .. }
            | Action::UpdateCursor { workspace, .. }
            | Action::Collect(workspace)
            | Action::Delete(workspace)
            | Action::Activate(workspace)
            | Action::InWorkspace(workspace)
            | Action::Rename { workspace, .. }
            | Action::Members { workspace, .. }
            | Action::Member { workspace, .. } => Some(*workspace),
            Action::Session(_) | Action::List(_) | Action::Create { .. } | Action::Other => None,
        }
    }

    /// Whether it asked for something of which no answer could be read.
    pub(crate) fn lacks_its_answer(&self) -> bool {
        match self {
            Action::Pull { pull, .. } => pull.page.is_none(),
            Action::Snapshot { snapshot, .. } => snapshot.page.is_none(),
            Action::Session(shown) => shown.is_none(),
            Action::List(shown) => shown.is_none(),
            Action::Members { shown, .. } => shown.is_none(),
            Action::Create { id, .. } => id.is_none(),
            _ => false,
        }
    }
}

/// One op of a push, and what was told of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SentOp {
    /// The op.
    pub(crate) op: OpIndex,
    /// What was told.
    pub(crate) told: Told,
}

/// What the answer to a push said of one op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nothing.
    Nothing,
    /// That it failed.
    Failed,
    /// The version that it has.
    Version(u64),
}

/// What a pull asked for, and the page that it was shown.
#[derive(Debug)]
pub(crate) struct Pull {
    /// Where to begin.
    pub(crate) cursor: u64,
    /// The most changes.
    pub(crate) limit: u64,
    /// The only tables; empty for all.
    pub(crate) tables: Vec<Text>,
    /// Whether it asked for one project only, whose rules are the server's.
    pub(crate) is_of_project: bool,
    /// The page, in an answer that could be read.
    pub(crate) page: Option<Page>,
}

/// A page of the change log.
#[derive(Debug)]
pub(crate) struct Page {
    /// Its changes, in the history's list of what was shown.
    pub(crate) changes: Range<u32>,
    /// `nextCursor`.
    pub(crate) next: u64,
    /// `hasMore`.
    pub(crate) has_more: bool,
    /// The oldest version that is kept, where that was told.
    pub(crate) oldest: Option<u64>,
    /// `requiresSnapshot`.
    pub(crate) requires_snapshot: bool,
}

/// One change as a page showed it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    /// Its version.
    pub(crate) version: u64,
    /// The op.
    pub(crate) op: OpIndex,
    /// Half of the digest of the write that was shown: there are more of these than of anything else.
    pub(crate) write: u32,
}

/// What a snapshot request asked for, and the page that it was shown.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// The only tables; empty for all.
    pub(crate) tables: Vec<Text>,
    /// Whether it asked for one project only, whose rules are the server's.
    pub(crate) is_of_project: bool,
    /// The token of the page; none for the first.
    pub(crate) token: Option<Text>,
    /// The page, in an answer that could be read.
    pub(crate) page: Option<SnapshotPage>,
}

/// A page of a snapshot.
#[derive(Debug)]
pub(crate) struct SnapshotPage {
    /// `highWatermark`.
    pub(crate) watermark: u64,
    /// Its items, in the history's list of items.
    pub(crate) items: Range<u32>,
    /// The token of the next page; none on the last.
    pub(crate) next: Option<Text>,
}

/// One item as a page of a snapshot showed it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ItemShown {
    /// The table of the record.
    pub(crate) table: Text,
    /// Its key.
    pub(crate) pk: Text,
    /// Whether it is a tombstone.
    pub(crate) is_tombstone: bool,
    /// The op whose write it shows.
    pub(crate) op: OpIndex,
    /// The digest of its clocks and, for a row, of its payload.
    pub(crate) content: Digest,
}

/// What a session showed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionShown {
    /// The server's id of the user.
    pub(crate) user: Text,
    /// The active workspace.
    pub(crate) workspace: Option<Text>,
    /// The role in it.
    pub(crate) role: Option<Text>,
}

/// What a workspace is called, without the blanks at the ends of it (`workspace.text-exact`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Naming {
    /// The name.
    pub(crate) name: Text,
    /// The description.
    pub(crate) description: Description,
}

/// What a request says of a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Description {
    /// Nothing, so that it stays (`workspace.description`).
    Left,
    /// It is empty from then on.
    Empty,
    /// Null, which the protocol does not speak of: it stays, or is empty.
    Open,
    /// It is this.
    Is(Text),
}

/// A workspace as a list showed it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listed {
    /// The workspace.
    pub(crate) workspace: Text,
    /// Its name, where it could be read.
    pub(crate) name: Option<Text>,
    /// Its description, where it could be read; the inner one is none if it is empty.
    pub(crate) description: Option<Option<Text>>,
    /// The role of the user.
    pub(crate) role: Option<Text>,
}

/// A member as a list showed them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MemberShown {
    /// The server's id of the member.
    pub(crate) member: Text,
    /// The role.
    pub(crate) role: Option<Text>,
}

/// What happens to a membership, with the role that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Membership {
    /// It begins, if it is not there already.
    Added(Option<Text>),
    /// It has another role.
    Changed(Option<Text>),
    /// It ends.
    Ended,
}
