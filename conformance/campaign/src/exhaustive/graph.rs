//! The graph of a world: every state that can be reached, every transition, and every pair of transitions that follow each
//! other. What differs only in names that can be swapped is one.

use std::collections::{HashMap, HashSet, VecDeque};
use std::mem::{Discriminant, discriminant};

use super::script::Script;
use super::world::{World, canonical};
use crate::sequence::Step;
use syncproof_protocol::wire::Collected;

/// One action in one state.
pub(super) type Transition<W> = (W, [<W as World>::Action; 1]);
/// An action in a state, and the next one.
pub(super) type Pair<W> = (W, [<W as World>::Action; 2]);

/// What there is in a world.
#[derive(Debug)]
pub(super) struct Graph<W: World> {
    pub(super) states: HashSet<W>,
    pub(super) transitions: HashSet<Transition<W>>,
    pub(super) pairs: HashSet<Pair<W>>,
}

impl<W: World> Graph<W> {
    pub(super) fn new() -> Self {
        let mut graph = Graph { states: HashSet::new(), transitions: HashSet::new(), pairs: HashSet::new() };
        let mut open = VecDeque::from([W::start()]);
        graph.states.extend(open.iter().map(|state| canonical(*state, []).0));
        while let Some(state) = open.pop_front() {
            for action in state.actions() {
                graph.transitions.insert(canonical(state, [action]));
                let next = state.after(action);
                graph.pairs.extend(next.actions().into_iter().map(|second| canonical(state, [action, second])));
                if graph.states.insert(canonical(next, []).0) {
                    open.push_back(next);
                }
            }
        }
        graph
    }

    /// One step of each kind that is needed to begin and to act.
    pub(super) fn steps(&self) -> Vec<Step> {
        let mut script = Script::new();
        W::begin(&mut script);
        let mut transitions: Vec<_> = self.transitions.iter().collect();
        transitions.sort();
        transitions.into_iter().for_each(|(state, [action])| state.act(*action, &mut script));
        let mut kinds = HashSet::new();
        let mut steps = script.into_steps();
        // Reads by snapshot are left out where there are none: the state shows in pulls, too.
        steps.retain(|step| !matches!(step, Step::Snapshot { .. }) && kinds.insert(kind(step)));
        steps
    }

    /// How many of these pairs begin with each transition.
    pub(super) fn beginnings(pairs: &HashSet<Pair<W>>) -> HashMap<Transition<W>, usize> {
        let mut counts = HashMap::new();
        for (state, [first, _]) in pairs {
            *counts.entry(canonical(*state, [*first])).or_default() += 1;
        }
        counts
    }
}

/// What kind of step it is. The two collections are different endpoints.
fn kind(step: &Step) -> (Discriminant<Step>, Option<Collected>) {
    let only = if let Step::Collect { only, .. } = step { *only } else { None };
    (discriminant(step), only)
}
