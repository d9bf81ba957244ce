//! Which world each scope is of.

use std::sync::Arc;

use super::collection::Log;
use super::exhaustion::{Exhaustion, Listed};
use super::graph::Graph;
use super::members::Members;
use super::ops::Ops;
use super::scope::Scope;
use super::sessions::Sessions;
use crate::sequence::Step;

impl Scope {
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
