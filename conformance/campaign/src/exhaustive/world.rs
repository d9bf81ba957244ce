//! What a small world is: its abstract states, what can be done in each of them, and how that is written as steps.

use std::fmt::Debug;
use std::hash::Hash;

use super::script::Script;

/// How thorough a look is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// After an action, with others to come: it must not change the state.
    Between,
    /// At the end of a sequence.
    Last,
}

/// A small world. A value is one of its abstract states: it says what can be done next and what that changes. It need not
/// say what a target answers; the oracle judges that.
pub(super) trait World: Copy + Ord + Hash + Debug + Send + Sync + 'static {
    /// What someone does.
    type Action: Copy + Ord + Hash + Debug + Send + Sync + 'static;

    /// The state in which every sequence begins.
    fn start() -> Self;

    /// What can be done, including what a target has to refuse and what changes nothing.
    fn actions(&self) -> Vec<Self::Action>;

    /// What can also be done, and is too much for pairs of transitions: it only stands in enumerated sequences.
    fn rare_actions(&self) -> Vec<Self::Action> {
        Vec::new()
    }

    /// The state afterwards.
    fn after(&self, action: Self::Action) -> Self;

    /// How much of the length of a sequence the action takes. What changes nothing takes twice as much, so that longer
    /// sequences are of actions that lead somewhere.
    fn cost(&self, action: Self::Action) -> usize {
        if self.after(action) == *self { 2 } else { 1 }
    }

    /// The same state with the names of two interchangeable users swapped, if there are any.
    fn mirrored(&self) -> Self {
        *self
    }

    /// The same action with those names swapped.
    fn mirror(action: Self::Action) -> Self::Action {
        action
    }

    /// What comes before the first action.
    fn begin(script: &mut Script);

    /// The steps of an action in this state.
    fn act(&self, action: Self::Action, script: &mut Script);

    /// The reads that show whether the state is what it should be.
    fn look(&self, look: Look, script: &mut Script);
}

/// These actions from this state on, or the same with swapped names: whichever comes first. Two paths that are the same but
/// for names have one such form.
pub(super) fn canonical<W: World, const N: usize>(state: W, path: [W::Action; N]) -> (W, [W::Action; N]) {
    let (mirrored, mirror) = (state.mirrored(), path.map(W::mirror));
    if (mirrored, mirror) < (state, path) { (mirrored, mirror) } else { (state, path) }
}
