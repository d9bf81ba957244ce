//! One sequence of a scope: actions from the first state on, and when there is a look.

use super::script::Script;
use super::world::{Look, World};
use crate::sequence::Step;

/// Actions from the first state on.
#[derive(Debug)]
pub(super) struct Path<W: World> {
    pub(super) actions: Box<[W::Action]>,
    /// Whether there is a look after each action. At the end there always is one.
    pub(super) looks_between: bool,
}

impl<W: World> Path<W> {
    /// The steps, and for each action how many of them there are up to its end with its look.
    pub(super) fn written(&self) -> (Vec<Step>, Vec<usize>) {
        let (mut script, mut ends, mut state) = (Script::new(), Vec::with_capacity(self.actions.len()), W::start());
        W::begin(&mut script);
        for action in &self.actions {
            state.act(*action, &mut script);
            state = state.after(*action);
            if self.looks_between && ends.len() + 1 < self.actions.len() {
                state.look(Look::Between, &mut script);
            }
            ends.push(script.len());
        }
        state.look(Look::Last, &mut script);
        (script.into_steps(), ends)
    }
}
