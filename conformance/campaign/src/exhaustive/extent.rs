//! How much of a scope there is, and how much of it a run has covered.

use schemars::JsonSchema;
use serde::Serialize;

use super::scope::Scope;
use syncproof_protocol::counted::counted;

/// Some of a number of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Share {
    /// All there are.
    pub all: usize,
    /// Those that this run has covered.
    pub covered: usize,
}

/// How much of a scope there is, and how much of it a run has covered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Extent {
    /// The scope.
    pub scope: Scope,
    /// Every sequence up to this length was to be performed; null if only pairs of transitions were to be covered.
    pub length: Option<usize>,
    /// The sequences of the scope, in all shards together, and those that this run has performed.
    pub sequences: Share,
    /// The abstract states of the scope.
    pub states: Share,
    /// The transitions between them, with those that change nothing.
    pub transitions: Share,
    /// The pairs of transitions that follow each other.
    pub pairs: Share,
}

impl Share {
    /// Whether all of them are covered.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.covered >= self.all
    }

    fn text(self, one: &str) -> String {
        let Share { all, covered } = self;
        if self.is_whole() {
            format!("all {}", counted(all, one))
        } else {
            format!("{covered} of {}", counted(all, one))
        }
    }
}

impl Extent {
    /// Whether everything in the scope was performed.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        [self.sequences, self.states, self.transitions, self.pairs].into_iter().all(Share::is_whole)
    }

    /// What was covered, in a few words.
    #[must_use]
    pub fn covered(&self) -> String {
        let Extent { sequences, states, transitions, pairs, .. } = self;
        let pairs = format!("{} of transitions", pairs.text("pair"));
        let covered = [states.text("state"), transitions.text("transition"), pairs].join(", ");
        format!("{covered}, in {}", sequences.text("sequence"))
    }

    /// The same with what the scope is, in some lines.
    #[must_use]
    pub fn text(&self) -> String {
        let of = match self.length {
            Some(length) => format!("every sequence up to length {length}, and every pair of transitions"),
            None => "every pair of transitions".to_owned(),
        };
        let mut text = format!("scope {}: {of}\ncovered: {}\n", self.scope.name(), self.covered());
        if !self.is_whole() {
            text.push_str("not everything in the scope was covered: what is missing above was not looked at\n");
        }
        text
    }
}
