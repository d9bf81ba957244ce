//! The generator of whole sequences, by theme or by number in a campaign.

use std::cell::RefCell;
use std::collections::HashMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::shared::shared;
use super::theme::Theme;
use super::{op, step, text};
use crate::sequence::Step;
use syncproof_protocol::family::Family;

/// The most steps between the beginning and the end.
const MAX_STEPS: usize = 14;
/// The most ops in the pool.
const MAX_OPS: usize = 14;

/// The family of the sequence with that number: of every two numbers of one theme one is plain, and the others have the
/// families in turn, so that those come first that were not drawn yet.
#[must_use]
pub fn family(number: u64) -> Family {
    let turn = number / Theme::ALL.len() as u64;
    match turn % 2 {
        0 => Family::Plain,
        _ => Family::ALL[usize::try_from(turn / 2 % Family::ALL.len() as u64).unwrap_or(0)],
    }
}

/// The sequence of that number in the campaign of that seed.
///
/// # Errors
/// The strategies that were made before, by the place of the theme and the family.
type Strategies = HashMap<(usize, Family), BoxedStrategy<Vec<Step>>>;

/// When the generator gives up, which none of these strategies does.
pub fn sequence(seed: u64, number: u64) -> Result<Vec<Step>, String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    let theme = usize::try_from(number % Theme::ALL.len() as u64).unwrap_or(0);
    // The strategies are built only once: each is as large as a sequence.
    thread_local! {
        static STEPS: RefCell<Strategies> = RefCell::default();
    }
    let family = family(number);
    let steps = STEPS.with_borrow_mut(|all| {
        all.entry((theme, family)).or_insert_with(|| steps_of(Theme::ALL[theme], family)).clone()
    });
    Ok(steps.new_tree(&mut runner(&bytes)).map_err(|reason| reason.to_string())?.current())
}

/// A source of randomness with that seed.
pub(super) fn runner(seed: &[u8; 32]) -> TestRunner {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, seed);
    TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng)
}

/// Sequences on that theme.
pub fn steps(theme: Theme) -> BoxedStrategy<Vec<Step>> {
    text::any_family().prop_flat_map(move |family| steps_of(theme, family)).boxed()
}

/// Sequences on that theme with values of that family.
fn steps_of(theme: Theme, family: Family) -> BoxedStrategy<Vec<Step>> {
    let pool = shared(family).prop_flat_map(move |shared| {
        let form = shared.id_form;
        prop::collection::vec(op::draft(theme, shared), 1..=MAX_OPS).prop_map(move |pool| (pool, form))
    });
    let plans = prop::collection::vec(step::plan(theme, family), 1..=MAX_STEPS);
    (pool, plans, step::initial_members(theme), step::ending())
        .prop_map(|((mut pool, id_form), plans, mut steps, ending)| {
            for (number, draft) in (1..).zip(&mut pool) {
                (draft.id, draft.id_form) = (number, id_form);
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

    #[test]
    fn every_family_is_drawn_before_one_is_drawn_again() {
        let themes = Theme::ALL.len() as u64;
        let drawn: Vec<Family> = (0..2 * Family::ALL.len() as u64).map(|turn| family(turn * themes + 1)).collect();
        assert!(Family::ALL.iter().all(|family| drawn.contains(family)));
    }
}
