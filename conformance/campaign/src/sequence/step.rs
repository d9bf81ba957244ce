//! A step: what one user does next.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::draft::Draft;
use super::invalid_field::{Call, InvalidField};
use super::malformed_body::MalformedBody;
use super::member::Member;
use super::token_misuse::TokenMisuse;
use super::user::User;
use super::version_ref::VersionRef;
use super::workspace_ref::WorkspaceRef;
use syncproof_harness::credential::Forgery;
use syncproof_protocol::wire::{Collected, Role};

/// What one user does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// Asks for the session.
    Session {
        /// Who.
        by: User,
    },
    /// Asks for the list of workspaces.
    List {
        /// Who.
        by: User,
    },
    /// Creates a workspace.
    Create {
        /// Who.
        by: User,
        /// What later steps call it: `made:<label>`.
        label: u32,
        /// Its name.
        name: String,
        /// Its description.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// The workspace whose id is sent in the body, as if a client could choose it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<WorkspaceRef>,
    },
    /// Renames a workspace.
    Rename {
        /// Who.
        by: User,
        /// Which.
        at: WorkspaceRef,
        /// The new name.
        name: String,
        /// The new description.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
    },
    /// Deletes a workspace.
    Delete {
        /// Who.
        by: User,
        /// Which.
        at: WorkspaceRef,
    },
    /// Activates a workspace.
    Activate {
        /// Who.
        by: User,
        /// Which.
        at: WorkspaceRef,
    },
    /// Asks for the members.
    Members {
        /// Who.
        by: User,
        /// Of which workspace.
        at: WorkspaceRef,
    },
    /// Adds a member.
    AddMember {
        /// Who.
        by: User,
        /// To which workspace.
        at: WorkspaceRef,
        /// Whom.
        member: Member,
        /// The role; it may be a word that is not a role.
        role: String,
    },
    /// Gives a member another role.
    ChangeRole {
        /// Who.
        by: User,
        /// In which workspace.
        at: WorkspaceRef,
        /// Whom.
        member: User,
        /// Which.
        role: Role,
    },
    /// Removes a member.
    RemoveMember {
        /// Who.
        by: User,
        /// From which workspace.
        at: WorkspaceRef,
        /// Whom.
        member: User,
    },
    /// Pushes a batch.
    Push {
        /// Who.
        by: User,
        /// Into which workspace.
        at: WorkspaceRef,
        /// The batch.
        ops: Vec<Draft>,
    },
    /// Pushes each of these ops, with its copies, as a batch of its own, all at the same instant, while others read.
    PushAtOnce {
        /// Who.
        by: User,
        /// Into which workspace.
        at: WorkspaceRef,
        /// The batches.
        ops: Vec<Draft>,
    },
    /// Asks for the session several times at the same instant; it may be the first time that the user comes.
    SessionAtOnce {
        /// Who.
        by: User,
    },
    /// Gives a workspace another name and a description, while others give it that name and name no description.
    RenameAtOnce {
        /// Who.
        by: User,
        /// Which workspace.
        at: WorkspaceRef,
        /// The name.
        name: String,
        /// The description.
        description: String,
    },
    /// Activates a workspace, while the same user asks for session and list.
    ActivateAtOnce {
        /// Who.
        by: User,
        /// Which workspace.
        at: WorkspaceRef,
    },
    /// Two owners cease to be owners at the same instant: each asks for that, for themselves or for the other.
    DemoteAtOnce {
        /// Who.
        by: User,
        /// In which workspace.
        at: WorkspaceRef,
        /// The other.
        other: User,
        /// Whether each asks for the other.
        crosswise: bool,
    },
    /// Pulls one page.
    Pull {
        /// Who.
        by: User,
        /// From which workspace.
        at: WorkspaceRef,
        /// After which version.
        cursor: VersionRef,
        /// The most changes.
        limit: u64,
        /// Only of these tables; of all when there are none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tables: Option<Vec<String>>,
    },
    /// Pulls page after page to the end. Here and elsewhere, logs with hundreds of entries are read in larger pages.
    Follow {
        /// Who.
        by: User,
        /// From which workspace.
        at: WorkspaceRef,
        /// After which version.
        cursor: VersionRef,
        /// The most changes a page.
        limit: u64,
        /// Only of these tables; of all when there are none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tables: Option<Vec<String>>,
    },
    /// Moves the cursor of a device.
    Cursor {
        /// Who.
        by: User,
        /// In which workspace.
        at: WorkspaceRef,
        /// Which device.
        device: String,
        /// The new version.
        version: VersionRef,
    },
    /// Takes a snapshot, page after page.
    Snapshot {
        /// Who.
        by: User,
        /// Of which workspace.
        at: WorkspaceRef,
        /// The most items a page.
        page_size: u64,
        /// Only of these tables; of all when there are none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tables: Option<Vec<String>>,
        /// What is pushed between the first page and the second.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        between: Vec<Draft>,
    },
    /// Reads the log in large and in small pages, and the snapshot: all show the same.
    Reread {
        /// Who.
        by: User,
        /// In which workspace.
        at: WorkspaceRef,
        /// The most changes a small page.
        limit: u64,
        /// The most items a page.
        page_size: u64,
    },
    /// Writes the ops of the log into a new workspace, in another order: it ends in the same state.
    Rewrite {
        /// Who.
        by: User,
        /// From which workspace.
        at: WorkspaceRef,
        /// Which order: each number stands for one.
        order: u64,
        /// The most ops a batch.
        batch: usize,
    },
    /// Continues a snapshot in an invalid or unusual way.
    Token {
        /// Who has the first page.
        by: User,
        /// Of which workspace.
        at: WorkspaceRef,
        /// How it goes on.
        misuse: TokenMisuse,
    },
    /// Collects the log, and then the tombstones.
    Collect {
        /// Who.
        by: User,
        /// In which workspace.
        at: WorkspaceRef,
        /// The retention in seconds; one that is 0 or less is wrong.
        retention: i64,
        /// What is collected, if not both.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        only: Option<Collected>,
    },
    /// Sends a body of the wrong shape.
    Spoilt {
        /// Who.
        by: User,
        /// To which workspace.
        at: WorkspaceRef,
        /// What is wrong with it.
        spoil: InvalidField,
    },
    /// Sends a body that is not JSON.
    Malformed {
        /// Who.
        by: User,
        /// To which workspace.
        at: WorkspaceRef,
        /// To which call.
        call: Call,
        /// What is wrong with it.
        #[serde(rename = "garble")]
        malformed: MalformedBody,
    },
    /// Calls a path that does not exist, or with a method that the path does not support.
    Route {
        /// Who.
        by: User,
        /// The method.
        method: String,
        /// The path.
        path: String,
    },
    /// Sends requests with an invalid credential.
    Forged {
        /// For which user.
        by: User,
        /// What is wrong with it.
        forgery: Forgery,
    },
    /// Sends requests with a credential that expires: it is valid first, and invalid afterwards. Only where time can be set forward.
    Expire {
        /// For which user.
        by: User,
    },
    /// Goes on with a new credential of the same user, and asks for the session, which is as it was.
    Renew {
        /// Who.
        by: User,
    },
    /// Asks for a workspace of others and for one that does not exist: the answers are alike.
    Compare {
        /// Who.
        by: User,
        /// Which.
        at: WorkspaceRef,
    },
    /// Lets time pass, so that what was written gets old.
    Wait {
        /// How many seconds.
        seconds: u8,
    },
    /// Ends the server and starts it again on what it has stored. Only where the suite starts servers: the whole sequence is
    /// then performed on one of its own.
    Restart {
        /// Whether it is killed (SIGKILL) in place of asked to end (SIGTERM).
        kill: bool,
    },
    /// Sends requests without a credential: every call on that workspace gets 401.
    Anonymous {
        /// Which workspace.
        at: WorkspaceRef,
    },
}

/// Who does a step, by reference or by mutable reference.
macro_rules! by {
    ($step:expr) => {
        match $step {
            Step::Session { by }
            | Step::List { by }
            | Step::Create { by, .. }
            | Step::Rename { by, .. }
            | Step::Delete { by, .. }
            | Step::Activate { by, .. }
            | Step::Members { by, .. }
            | Step::AddMember { by, .. }
            | Step::ChangeRole { by, .. }
            | Step::RemoveMember { by, .. }
            | Step::Push { by, .. }
            | Step::PushAtOnce { by, .. }
            | Step::SessionAtOnce { by }
            | Step::DemoteAtOnce { by, .. }
            | Step::RenameAtOnce { by, .. }
            | Step::ActivateAtOnce { by, .. }
            | Step::Pull { by, .. }
            | Step::Follow { by, .. }
            | Step::Cursor { by, .. }
            | Step::Snapshot { by, .. }
            | Step::Reread { by, .. }
            | Step::Rewrite { by, .. }
            | Step::Token { by, .. }
            | Step::Collect { by, .. }
            | Step::Spoilt { by, .. }
            | Step::Malformed { by, .. }
            | Step::Route { by, .. }
            | Step::Forged { by, .. }
            | Step::Expire { by }
            | Step::Renew { by }
            | Step::Compare { by, .. } => Some(by),
            Step::Anonymous { .. } | Step::Wait { .. } | Step::Restart { .. } => None,
        }
    };
}

/// Which workspace a step is about, by reference or by mutable reference.
macro_rules! at {
    ($step:expr) => {
        match $step {
            Step::Session { .. }
            | Step::SessionAtOnce { .. }
            | Step::List { .. }
            | Step::Create { .. }
            | Step::Route { .. }
            | Step::Forged { .. }
            | Step::Expire { .. }
            | Step::Renew { .. }
            | Step::Wait { .. }
            | Step::Restart { .. } => None,
            Step::Rename { at, .. }
            | Step::Delete { at, .. }
            | Step::Activate { at, .. }
            | Step::Members { at, .. }
            | Step::AddMember { at, .. }
            | Step::ChangeRole { at, .. }
            | Step::RemoveMember { at, .. }
            | Step::Push { at, .. }
            | Step::PushAtOnce { at, .. }
            | Step::DemoteAtOnce { at, .. }
            | Step::RenameAtOnce { at, .. }
            | Step::ActivateAtOnce { at, .. }
            | Step::Pull { at, .. }
            | Step::Follow { at, .. }
            | Step::Cursor { at, .. }
            | Step::Snapshot { at, .. }
            | Step::Reread { at, .. }
            | Step::Rewrite { at, .. }
            | Step::Token { at, .. }
            | Step::Collect { at, .. }
            | Step::Spoilt { at, .. }
            | Step::Malformed { at, .. }
            | Step::Compare { at, .. }
            | Step::Anonymous { at } => Some(at),
        }
    };
}

impl Step {
    /// Whether it lets time pass.
    #[must_use]
    pub fn is_wait(&self) -> bool {
        matches!(self, Step::Wait { .. })
    }

    /// Whether it restarts the server.
    #[must_use]
    pub fn is_restart(&self) -> bool {
        matches!(self, Step::Restart { .. })
    }

    /// Who does it; `None` for steps without a user.
    #[must_use]
    pub fn by(&self) -> Option<User> {
        by!(self).copied()
    }

    /// The same, to be changed.
    pub fn by_mut(&mut self) -> Option<&mut User> {
        by!(self)
    }

    /// Which workspace it is about, if it is about one.
    #[must_use]
    pub fn at(&self) -> Option<WorkspaceRef> {
        at!(self).copied()
    }

    /// The same, to be changed.
    pub fn at_mut(&mut self) -> Option<&mut WorkspaceRef> {
        at!(self)
    }

    /// The ops in it.
    #[must_use]
    pub fn ops(&self) -> &[Draft] {
        match self {
            Step::Push { ops, .. } | Step::PushAtOnce { ops, .. } | Step::Snapshot { between: ops, .. } => ops,
            _ => &[],
        }
    }

    /// The ops in it, where there is a place for them.
    pub fn ops_mut(&mut self) -> Option<&mut Vec<Draft>> {
        match self {
            Step::Push { ops, .. } | Step::PushAtOnce { ops, .. } | Step::Snapshot { between: ops, .. } => Some(ops),
            _ => None,
        }
    }
}
