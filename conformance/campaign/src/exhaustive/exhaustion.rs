//! The sequences of a scope for one world, and what performing them has covered.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::enumeration::enumerated;
use super::extent::{Extent, Share};
use super::graph::{Graph, Pair, Transition};
use super::path::Path;
use super::scope::Scope;
use super::walk::walks;
use super::world::{World, canonical};
use crate::sequence::Step;

/// Sequences that are known before a campaign begins.
pub trait Listed: fmt::Debug + Send + Sync {
    /// How many there are.
    fn count(&self) -> u64;

    /// The steps of the one with that number, from 0 on; none if there is none.
    fn steps(&self, number: u64) -> Vec<Step>;

    /// Notes that this many steps of it were performed.
    fn performed(&self, number: u64, steps: usize);

    /// How much of the scope was covered.
    fn extent(&self) -> Extent;
}

/// What was covered.
#[derive(Debug)]
struct Reached<W: World> {
    sequences: HashSet<u64>,
    states: HashSet<W>,
    transitions: HashSet<Transition<W>>,
    pairs: HashSet<Pair<W>>,
}

impl<W: World> Reached<W> {
    fn new() -> Self {
        let (states, pairs) = (HashSet::new(), HashSet::new());
        Reached { sequences: HashSet::new(), states, transitions: HashSet::new(), pairs }
    }

    /// Adds what these actions reach.
    fn add(&mut self, graph: &Graph<W>, actions: &[W::Action]) {
        let (mut state, mut last) = (W::start(), None);
        self.reach(graph, state);
        for action in actions {
            let transition = canonical(state, [*action]);
            if graph.transitions.contains(&transition) {
                self.transitions.insert(transition);
            }
            let pair = last.map(|(before, first)| canonical(before, [first, *action]));
            self.pairs.extend(pair.filter(|pair| graph.pairs.contains(pair)));
            last = Some((state, *action));
            state = state.after(*action);
            self.reach(graph, state);
        }
    }

    fn reach(&mut self, graph: &Graph<W>, state: W) {
        let state = canonical(state, []).0;
        if graph.states.contains(&state) {
            self.states.insert(state);
        }
    }
}

/// The sequences of a scope.
pub(super) struct Exhaustion<W: World> {
    scope: Scope,
    length: Option<usize>,
    graph: Graph<W>,
    paths: Vec<Path<W>>,
    reached: Mutex<Reached<W>>,
}

impl<W: World> Exhaustion<W> {
    /// Every sequence up to that length, and what is needed besides to cover all pairs of transitions.
    pub(super) fn new(scope: Scope, length: Option<usize>) -> Self {
        let graph = Graph::new();
        let mut paths = length.map(enumerated).unwrap_or_default();
        let mut reached = Reached::new();
        paths.iter().for_each(|path: &Path<W>| reached.add(&graph, &path.actions));
        paths.extend(walks(graph.pairs.difference(&reached.pairs).copied().collect()));
        Exhaustion { scope, length, graph, paths, reached: Mutex::new(Reached::new()) }
    }

    fn path(&self, number: u64) -> Option<&Path<W>> {
        self.paths.get(usize::try_from(number).ok()?)
    }
}

impl<W: World> fmt::Debug for Exhaustion<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sequences of the scope {}", self.paths.len(), self.scope.name())
    }
}

impl<W: World> Listed for Exhaustion<W> {
    fn count(&self) -> u64 {
        self.paths.len() as u64
    }

    fn steps(&self, number: u64) -> Vec<Step> {
        self.path(number).map(|path| path.written().0).unwrap_or_default()
    }

    fn performed(&self, number: u64, steps: usize) {
        let Some(path) = self.path(number) else { return };
        let (all, ends) = path.written();
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        if steps >= all.len() {
            reached.sequences.insert(number);
        }
        let done = ends.iter().take_while(|end| **end <= steps).count();
        // Without the last look, nobody has seen what the last action does.
        let done = if steps >= all.len() { path.actions.len() } else { done.min(path.actions.len().saturating_sub(1)) };
        reached.add(&self.graph, &path.actions[..done]);
    }

    fn extent(&self) -> Extent {
        let reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        let share = |all: usize, covered: usize| Share { all, covered };
        Extent {
            scope: self.scope,
            length: self.length,
            sequences: share(self.paths.len(), reached.sequences.len()),
            states: share(self.graph.states.len(), reached.states.len()),
            transitions: share(self.graph.transitions.len(), reached.transitions.len()),
            pairs: share(self.graph.pairs.len(), reached.pairs.len()),
        }
    }
}
