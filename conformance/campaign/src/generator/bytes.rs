//! Sequences made from bytes, for a fuzzer that mutates the bytes and measures coverage.
//!
//! Four bytes are the seed of one op or one step, so that changing one byte changes only that op or step. proptest can
//! also draw its choices from bytes (`RngAlgorithm::PassThrough`), but that does not work here: at every alternative it
//! reserves half of the remaining bytes for shrinking, so that a kilobyte is used up before the first op is drawn, and
//! everything after that is the same.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::sequence::runner;
use super::shared::shared;
use super::theme::Theme;
use super::{op, step, text};
use crate::sequence::Step;

/// How many bytes are one op or one step.
const CHUNK: usize = 4;
/// The most ops and the most steps; further bytes are ignored.
const MAX_ITEMS: usize = 40;

/// The sequence of these bytes. The first byte chooses its theme, and the first four what the whole sequence shares. Every
/// four bytes after that are an op for the pool when they begin with an even byte, and a step otherwise.
///
/// # Errors
/// When the generator gives up, which none of these strategies does.
pub fn from_bytes(bytes: &[u8]) -> Result<Vec<Step>, String> {
    let mut chunks = bytes.chunks(CHUNK);
    let head = chunks.next().unwrap_or_default();
    let theme = head.first().map_or(0, |byte| usize::from(*byte) % Theme::ALL.len());
    let theme = Theme::ALL.get(theme).copied().unwrap_or(Theme::Mixed);
    let whole = (text::any_family().prop_flat_map(shared), step::initial_members(theme), step::ending());
    let (shared, mut steps, ending) = draw(&whole, head)?;
    let (ops, plans): (Vec<&[u8]>, Vec<&[u8]>) =
        chunks.partition(|chunk| chunk.first().is_none_or(|byte| byte % 2 == 0));
    let draft = op::draft(theme, shared);
    // A pool is never empty.
    let seeds = ops.into_iter().chain([head]).take(MAX_ITEMS);
    let mut pool = seeds.map(|seed| draw(&draft, seed)).collect::<Result<Vec<_>, _>>()?;
    for (number, draft) in (1..).zip(&mut pool) {
        (draft.id, draft.id_form) = (number, shared.id_form);
    }
    let plan = step::plan(theme, shared.family);
    for seed in plans.into_iter().take(MAX_ITEMS) {
        steps.extend(draw(&plan, seed)?.into_steps(&pool));
    }
    steps.extend(ending);
    Ok(steps)
}

/// What the strategy makes of that seed.
fn draw<S: Strategy>(strategy: &S, seed: &[u8]) -> Result<S::Value, String> {
    let mut bytes = [0; 32];
    for (byte, given) in bytes.iter_mut().zip(seed) {
        *byte = *given;
    }
    let tree = strategy.new_tree(&mut runner(&bytes)).map_err(|reason| reason.to_string())?;
    Ok(tree.current())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_changes_the_step_that_it_is_a_seed_of_and_no_other() {
        let bytes = [0, 1, 2, 3, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 7, 1, 0, 0, 0];
        let first = from_bytes(&bytes).unwrap();
        assert_eq!(first, from_bytes(&bytes).unwrap());
        let changed: Vec<_> = (0..=255_u8)
            .filter_map(|byte| {
                let mut bytes = bytes;
                bytes[15] = byte;
                let other = from_bytes(&bytes).unwrap();
                assert_eq!((&other[..1], other.last()), (&first[..1], first.last()));
                (other != first).then_some(other)
            })
            .collect();
        assert!(changed.len() > 200, "{}", changed.len());
    }

    #[test]
    fn no_bytes_are_a_sequence_too() {
        assert!(!from_bytes(&[]).unwrap().is_empty());
        assert!(from_bytes(&[1; 10_000]).unwrap().len() < 1000);
    }
}
