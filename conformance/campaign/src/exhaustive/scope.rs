//! The scopes: which small worlds can be enumerated.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::collection::Log;
use super::exhaustion::{Exhaustion, Listed};
use super::graph::Graph;
use super::members::Members;
use super::ops::Ops;
use super::sessions::Sessions;
use crate::sequence::Step;

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

    /// One step of each kind that its actions take: a target that lacks one of them cannot perform the scope.
    #[must_use]
    pub fn steps(self) -> Vec<Step> {
        match self {
            Scope::Members => Graph::<Members>::new().steps(),
            Scope::Ops => Graph::<Ops>::new().steps(),
            Scope::Collection => Graph::<Log>::new().steps(),
            Scope::Sessions => Graph::<Sessions>::new().steps(),
        }
    }

    /// Every sequence up to that length, and what is needed besides to cover all pairs of transitions.
    #[must_use]
    pub fn sequences(self, length: Option<usize>) -> Arc<dyn Listed> {
        match self {
            Scope::Members => Arc::new(Exhaustion::<Members>::new(self, length)),
            Scope::Ops => Arc::new(Exhaustion::<Ops>::new(self, length)),
            Scope::Collection => Arc::new(Exhaustion::<Log>::new(self, length)),
            Scope::Sessions => Arc::new(Exhaustion::<Sessions>::new(self, length)),
        }
    }
}
