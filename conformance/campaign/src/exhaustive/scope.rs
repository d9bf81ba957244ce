//! The scopes: which small worlds can be enumerated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

with_all! {
    /// A small world.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    pub enum Scope {
        /// Memberships, roles and deletions: three people.
        Members,
        /// Puts, deletes, replays and ties: two people, two workspaces, one record, two op ids, two clocks.
        Ops,
        /// Cursors, age and collections: one record, two devices.
        Collection,
        /// Logins, activations, removals and deletions: two people, three workspaces.
        Sessions,
    }
}

impl Scope {
    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scope::Members => "members",
            Scope::Ops => "ops",
            Scope::Collection => "collection",
            Scope::Sessions => "sessions",
        }
    }

    /// The length up to which every sequence is performed on a server in this process, unless another is asked for.
    #[must_use]
    pub fn usual_length(self) -> usize {
        match self {
            Scope::Members => 4,
            Scope::Ops => 3,
            Scope::Collection => 6,
            Scope::Sessions => 4,
        }
    }
}
