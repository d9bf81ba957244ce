//! Generators: sequences by chance, in which what servers get wrong is common.
//!
//! A sequence has few keys and few clocks, so that writes meet and tie; its pushes draw from one pool of ops, so that
//! ops are sent again, in other batches and in another order; and it ends with what shows the state.

mod bytes;
mod collection;
mod op;
mod plan;
mod step;
mod text;
mod volume;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::sequence::{Member, PLAIN_PEOPLE, Step, WorkspaceRef};
pub use bytes::from_bytes;

/// What a sequence is mostly about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Writes that meet: who wins, what is replayed, what stays.
    Writes,
    /// Workspaces: made, renamed, shared, switched and deleted.
    Workspaces,
    /// Notifications, which are their users' own.
    Private,
    /// Requests and ops that are wrong.
    Wrong,
    /// Everything.
    Mixed,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Theme; 5] = [Theme::Writes, Theme::Workspaces, Theme::Private, Theme::Wrong, Theme::Mixed];
}

/// The people of a sequence.
const PEOPLE: u8 = 3;
/// Those who look like the first.
const LOOKALIKES: u8 = 13;
/// The most steps between the beginning and the end.
const MAX_STEPS: usize = 14;
/// The most ops in the pool.
const MAX_OPS: usize = 14;

/// The sequence of that number in the campaign of that seed.
///
/// # Errors
/// When the generator gives up, which none of these strategies does.
pub fn sequence(seed: u64, number: u64) -> Result<Vec<Step>, String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    let theme = usize::try_from(number % Theme::ALL.len() as u64).unwrap_or(0);
    // What sequences are made by is made once: it is as large as a sequence.
    thread_local! {
        static STEPS: [BoxedStrategy<Vec<Step>>; Theme::ALL.len()] = Theme::ALL.map(steps);
    }
    let tree = STEPS.with(|steps| steps[theme].new_tree(&mut runner(&bytes))).map_err(|reason| reason.to_string())?;
    Ok(tree.current())
}

/// Chance from that seed.
fn runner(seed: &[u8; 32]) -> TestRunner {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, seed);
    TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng)
}

/// Sequences on that theme.
pub fn steps(theme: Theme) -> BoxedStrategy<Vec<Step>> {
    let pool = (text::family(), text::clocks())
        .prop_flat_map(move |(family, clocks)| prop::collection::vec(op::draft(theme, family, clocks), 1..=MAX_OPS));
    let plans = prop::collection::vec(step::plan(theme), 1..=MAX_STEPS);
    (pool, plans, step::initial_members(theme), step::ending())
        .prop_map(|(mut pool, plans, mut steps, ending)| {
            for (number, draft) in (1..).zip(&mut pool) {
                draft.id = number;
            }
            steps.extend(plans.into_iter().flat_map(|plan| plan.into_steps(&pool)));
            steps.extend(ending);
            steps
        })
        .boxed()
}

/// Somebody, the first most of all.
fn person() -> BoxedStrategy<u8> {
    prop_oneof![5 => Just(0), 3 => 1..PEOPLE].boxed()
}

/// Somebody who may look like another.
fn anybody() -> BoxedStrategy<u8> {
    prop_oneof![2 => 0..PEOPLE, 3 => PLAIN_PEOPLE..PLAIN_PEOPLE + LOOKALIKES].boxed()
}

/// A workspace, the first home most of all.
fn place() -> BoxedStrategy<WorkspaceRef> {
    prop_oneof![
        16 => Just(WorkspaceRef::Home(0)),
        4 => (1..PEOPLE).prop_map(WorkspaceRef::Home),
        8 => (0_u32..3).prop_map(WorkspaceRef::Made),
        1 => Just(WorkspaceRef::Nowhere),
        1 => Just(WorkspaceRef::Nearby),
    ]
    .boxed()
}

fn member() -> BoxedStrategy<Member> {
    prop_oneof![8 => (0..PEOPLE).prop_map(Member::Person), 1 => Just(Member::Nobody)].boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_is_the_same_sequence_and_another_is_another() {
        let first = sequence(1, 2).unwrap();
        assert_eq!(first, sequence(1, 2).unwrap());
        assert_ne!(first, sequence(1, 6).unwrap());
        assert_ne!(first, sequence(2, 2).unwrap());
    }
}
