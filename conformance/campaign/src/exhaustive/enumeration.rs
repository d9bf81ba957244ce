//! Every sequence up to a length.

use super::path::Path;
use super::world::World;

/// The sequences that are not longer than that, shorter ones first. Of sequences that differ only in names that can be
/// swapped there is one. Each is performed with a look at its end alone, also those that others begin with: a look may
/// hide what an action leaves behind.
pub(super) fn enumerated<W: World>(length: usize) -> Vec<Path<W>> {
    let mut paths = Vec::new();
    let mut layer: Vec<(W, Vec<W::Action>, usize)> = vec![(W::start(), Vec::new(), length)];
    // Each round makes the sequences longer by one action, which takes at least 1 of the length.
    while !layer.is_empty() {
        let mut next = Vec::new();
        for (state, actions, left) in layer {
            for action in state.actions().into_iter().chain(state.rare_actions()) {
                let cost = state.cost(action).max(1);
                let longer = [&actions[..], &[action]].concat();
                if cost <= left && is_canonical::<W>(&longer) {
                    next.push((state.after(action), longer, left - cost));
                }
            }
        }
        paths.extend(
            next.iter()
                .map(|(_, actions, _)| Path { actions: actions.clone().into_boxed_slice(), looks_between: false }),
        );
        layer = next;
    }
    paths
}

/// Whether the sequence comes before the same one with swapped names.
fn is_canonical<W: World>(actions: &[W::Action]) -> bool {
    W::start().mirrored() != W::start() || actions.iter().copied().le(actions.iter().map(|action| W::mirror(*action)))
}
