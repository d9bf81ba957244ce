//! The generator of whole sequences, by theme or by number in a campaign.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::theme::Theme;
use super::{op, step, text};
use crate::sequence::Step;

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
    // The strategies are built only once: each is as large as a sequence.
    thread_local! {
        static STEPS: [BoxedStrategy<Vec<Step>>; Theme::ALL.len()] = Theme::ALL.map(steps);
    }
    let tree = STEPS.with(|steps| steps[theme].new_tree(&mut runner(&bytes))).map_err(|reason| reason.to_string())?;
    Ok(tree.current())
}

/// A source of randomness with that seed.
pub(super) fn runner(seed: &[u8; 32]) -> TestRunner {
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
