//! Facts: what the server was sent, what it acknowledged, and at which position of the journal.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use syncproof_harness::credential::Identity;
use syncproof_protocol::json::same_json;
use syncproof_protocol::op::{Op, change_json};
use syncproof_protocol::wire::{Change, Id};

/// A user, whose credential can be issued again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// First half of the identity.
    pub provider: String,
    /// Second half of the identity.
    pub subject: String,
    /// E-mail address.
    pub email: String,
    /// Display name.
    pub name: String,
}

impl From<&User> for Identity {
    fn from(user: &User) -> Self {
        let User { provider, subject, email, name } = user.clone();
        Identity { provider, subject, email, name }
    }
}

/// A first session, which was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Login {
    /// The user, by place in the list of users.
    pub user: usize,
    /// The position of the journal at which the answer was there.
    pub at: usize,
    /// The server's id of the user.
    pub id: Id,
    /// The workspace that the user was given.
    pub home: Id,
}

/// A creation of a workspace, which was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Creation {
    /// The user, by place in the list of users.
    pub user: usize,
    /// The position of the journal at which the answer was there.
    pub at: usize,
    /// The server's id of the workspace.
    pub id: Id,
    /// Its name.
    pub name: String,
}

/// A batch that was pushed, whatever came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// The user, by place in the list of users.
    pub user: usize,
    /// Where it was pushed to.
    pub workspace: Id,
    /// What was pushed.
    pub ops: Vec<SentOp>,
    /// What was answered, if all of it was taken.
    pub acknowledged: Option<Acknowledged>,
}

/// The answer to a push.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The position of the journal at which the answer was there.
    pub at: usize,
    /// The version of each op.
    pub versions: Vec<u64>,
}

/// An op as it was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentOp {
    /// Its idempotency key.
    pub id: String,
    /// The entry of the log that it has to become, but for the version.
    pub entry: Value,
}

impl From<&Op> for SentOp {
    fn from(op: &Op) -> Self {
        SentOp { id: op.id().to_owned(), entry: op.as_change(0) }
    }
}

impl SentOp {
    /// Whether the entry of the log is this op. Its version is compared elsewhere.
    #[must_use]
    pub fn is(&self, change: &Change) -> bool {
        let seen = change_json(&Change { server_version: 0, ..change.clone() });
        same_json(&self.entry, &seen)
    }
}
