//! The generator of whole sequences, by theme or by number in a campaign.

use std::cell::RefCell;
use std::collections::HashMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::catalogue::catalogue;
use super::life::life;
use super::plan::StepPlan;
use super::pool::pool;
use super::scene::scene;
use super::script::{Kind, Script};
use super::theme::Theme;
use super::{step, text};
use crate::oracle::CoverageEvent;
use crate::sequence::Step;
use syncproof_protocol::family::Family;

/// The most steps between the beginning and the end.
const MAX_STEPS: usize = 14;
/// The most steps on each side of a scene.
const MAX_STEPS_BESIDE: usize = 4;

/// The strategies that were made before, by what they are about.
type Strategies = HashMap<Script, BoxedStrategy<Vec<Step>>>;

/// The family of values that the sequence with that number draws from.
#[must_use]
pub fn family(number: u64) -> Family {
    Script::of(number).family
}

/// The sequence of that number in the campaign of that seed.
///
/// # Errors
/// When the generator gives up, which none of these strategies does.
pub fn sequence(seed: u64, number: u64) -> Result<Vec<Step>, String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    // The strategies are built only once: each is as large as a sequence.
    thread_local! {
        static STEPS: RefCell<Strategies> = RefCell::default();
    }
    let script = Script::of(number);
    let steps = STEPS.with_borrow_mut(|all| all.entry(script).or_insert_with(|| steps_by(script)).clone());
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

/// Sequences by that script.
fn steps_by(script: Script) -> BoxedStrategy<Vec<Step>> {
    match script.kind {
        Kind::Usual => steps_of(script.theme, script.family),
        Kind::Life => life(script),
        Kind::Catalogue => catalogue(script.family),
        Kind::Wrong(part) => Just(part.steps(script.part)).boxed(),
        Kind::Aimed(event) => aimed(event, script),
    }
}

/// Sequences on that theme with values of that family.
fn steps_of(theme: Theme, family: Family) -> BoxedStrategy<Vec<Step>> {
    let plans = prop::collection::vec(step::plan(theme, family), 1..=MAX_STEPS);
    (pool(theme, family), plans, step::initial_members(theme), step::ending())
        .prop_map(|(pool, plans, mut steps, ending)| {
            steps.extend(plans.into_iter().flat_map(|plan| plan.into_steps(&pool)));
            steps.extend(ending);
            steps
        })
        .boxed()
}

/// Sequences that come to that situation: a scene, with some usual steps before and after it.
fn aimed(event: CoverageEvent, Script { theme, family, .. }: Script) -> BoxedStrategy<Vec<Step>> {
    let some = move || prop::collection::vec(step::plan(theme, family), 0..=MAX_STEPS_BESIDE);
    let scene = text::set(family).prop_flat_map(move |set| scene(event, family, set));
    (pool(theme, family), some(), scene, some(), step::initial_members(theme))
        .prop_map(|(pool, before, scene, after, mut steps)| {
            let planned = |plans: Vec<StepPlan>| plans.into_iter().flat_map(|plan| plan.into_steps(&pool));
            steps.extend(planned(before));
            steps.extend(scene);
            steps.extend(planned(after));
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
