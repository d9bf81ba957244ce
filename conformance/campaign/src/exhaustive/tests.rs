//! Every scope: what it holds, and that its sequences cover it.

use std::collections::{BTreeSet, HashSet};

use super::collection::Log;
use super::graph::Graph;
use super::members::Members;
use super::ops::Ops;
use super::sessions::Sessions;
use super::world::World;
use super::{Extent, Scope, Share};
use crate::sequence::Step;

fn whole(extent: &Extent) -> [usize; 4] {
    assert!(extent.is_whole(), "{}", extent.text());
    [extent.sequences, extent.states, extent.transitions, extent.pairs].map(|Share { all, .. }| all)
}

/// Everything in the scope, as if all of it had been performed.
fn extent(scope: Scope, length: Option<usize>) -> Extent {
    let listed = scope.sequences(length);
    for number in 0..listed.count() {
        listed.performed(number, usize::MAX);
    }
    listed.extent()
}

#[test]
fn walks_cover_every_pair_of_every_scope() {
    for scope in Scope::ALL {
        let [sequences, states, transitions, pairs] = whole(&extent(scope, None));
        assert!(0 < sequences && sequences < pairs && states < transitions && transitions < pairs, "{scope:?}");
    }
}

#[test]
fn a_length_adds_every_sequence_and_leaves_no_pair_out() {
    for scope in [Scope::Ops, Scope::Sessions] {
        let sequences = scope.sequences(Some(2));
        assert!(sequences.count() > scope.sequences(Some(1)).count(), "{scope:?}");
        let written: HashSet<String> = (0..sequences.count()).map(|at| format!("{:?}", sequences.steps(at))).collect();
        assert_eq!(written.len() as u64, sequences.count(), "{scope:?} repeats itself");
    }
}

#[test]
fn what_was_not_performed_is_not_covered() {
    let listed = Scope::Members.sequences(None);
    let steps = listed.steps(0);
    // The last look is missing.
    listed.performed(0, steps.len() - 1);
    let extent = listed.extent();
    assert!(extent.sequences.covered == 0 && !extent.is_whole(), "{extent:?}");
    let before = extent.transitions.covered;
    listed.performed(0, steps.len());
    let after = listed.extent();
    assert!(after.sequences.covered == 1 && after.transitions.covered > before, "{after:?}");
    assert!(after.text().contains("was not looked at"), "{}", after.text());
}

/// Whoever is interchangeable has to be able to do the same, or else pairs of transitions would count that nobody can reach.
fn names_can_be_swapped<W: World>() {
    let graph = Graph::<W>::new();
    for state in &graph.states {
        let set = |actions: Vec<W::Action>| actions.into_iter().collect::<BTreeSet<_>>();
        let swapped = set(state.actions().into_iter().map(W::mirror).collect());
        assert_eq!(set(state.mirrored().actions()), swapped, "{state:?}");
        for action in state.actions() {
            assert_eq!(
                state.mirrored().after(W::mirror(action)),
                state.after(action).mirrored(),
                "{state:?} {action:?}"
            );
        }
    }
}

#[test]
fn interchangeable_people_can_do_the_same() {
    names_can_be_swapped::<Members>();
    names_can_be_swapped::<Ops>();
    names_can_be_swapped::<Log>();
    names_can_be_swapped::<Sessions>();
}

#[test]
fn everybody_is_asked_in_every_way_at_the_end() {
    let steps = Scope::Members.sequences(Some(1)).steps(0);
    for user in 0..3 {
        let asks = |is_way: fn(&Step) -> bool| steps.iter().any(|step| step.by() == Some(user) && is_way(step));
        assert!(asks(|step| matches!(step, Step::Session { .. })) && asks(|step| matches!(step, Step::List { .. })));
        assert!(asks(|step| matches!(step, Step::Members { .. })) && asks(|step| matches!(step, Step::Push { .. })));
        assert!(asks(|step| matches!(step, Step::Follow { .. })) && asks(|step| matches!(step, Step::Snapshot { .. })));
    }
}
