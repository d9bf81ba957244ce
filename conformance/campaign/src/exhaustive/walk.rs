//! Walks through the graph of a world that cover pairs of transitions.

use std::collections::{HashMap, HashSet, VecDeque};

use super::graph::{Graph, Pair, Transition};
use super::path::Path;
use super::world::{World, canonical};

/// The most actions in one walk: a sequence has to be quick to repeat and to shrink.
const MAX_ACTIONS: usize = 12;

/// Walks that cover these pairs: each goes on with what is not covered yet for as long as there is something near.
pub(super) fn walks<W: World>(mut left: HashSet<Pair<W>>) -> Vec<Path<W>> {
    let mut beginnings = Graph::beginnings(&left);
    let mut paths = Vec::new();
    // Each round covers at least one pair, unless none can be reached.
    while !left.is_empty() {
        let before = left.len();
        let actions = walk(&mut left, &mut beginnings);
        if left.len() == before {
            break;
        }
        paths.push(Path { actions: actions.into_boxed_slice(), looks_between: true });
    }
    paths
}

fn walk<W: World>(left: &mut HashSet<Pair<W>>, beginnings: &mut HashMap<Transition<W>, usize>) -> Vec<W::Action> {
    let (mut state, mut last) = (W::start(), None);
    let mut actions: Vec<W::Action> = Vec::new();
    loop {
        let near = last.and_then(|(before, first)| {
            let is_left = |second: &W::Action| left.contains(&canonical(before, [first, *second]));
            let rest = |second: &W::Action| beginnings.get(&canonical(state, [*second])).copied().unwrap_or(0);
            // Of equal ones, the first.
            state.actions().into_iter().filter(is_left).rev().max_by_key(rest)
        });
        let route = match near {
            Some(action) => vec![action],
            None => route(state, beginnings),
        };
        // A route that covers nothing leads to a transition after which something is to be covered.
        let is_long = actions.len() + route.len() + usize::from(near.is_none()) > MAX_ACTIONS;
        if route.is_empty() || (is_long && !actions.is_empty()) {
            return actions;
        }
        for action in route {
            if let Some((before, first)) = last
                && left.remove(&canonical(before, [first, action]))
                && let Some(count) = beginnings.get_mut(&canonical(before, [first]))
            {
                *count -= 1;
            }
            last = Some((state, action));
            actions.push(action);
            state = state.after(action);
        }
    }
}

/// The shortest way to and over a transition after which a pair is left. Empty if there is none.
fn route<W: World>(from: W, beginnings: &HashMap<Transition<W>, usize>) -> Vec<W::Action> {
    let mut seen = HashSet::from([canonical(from, []).0]);
    let mut open = VecDeque::from([(from, Vec::new())]);
    while let Some((state, way)) = open.pop_front() {
        for action in state.actions() {
            let longer = || [&way[..], &[action]].concat();
            if beginnings.get(&canonical(state, [action])).is_some_and(|count| *count > 0) {
                return longer();
            }
            let next = state.after(action);
            if seen.insert(canonical(next, []).0) {
                open.push_back((next, longer()));
            }
        }
    }
    Vec::new()
}
