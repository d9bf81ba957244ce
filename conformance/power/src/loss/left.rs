//! What is left of a journal, in a model, by a draw.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::draw::Draw;
use super::model::Model;
use super::survivors::Survivors;
use super::{ordered, posix};
use crate::change::Change;

/// What is left when the power is lost after these changes.
#[must_use]
pub fn left(changes: &[Change], model: Model, draw: Draw) -> Survivors {
    let mut random = match draw {
        Draw::Harshest => None,
        Draw::Chance(seed) => Some(StdRng::seed_from_u64(seed ^ (changes.len() as u64).rotate_left(32))),
    };
    match model {
        Model::Ordered => ordered::left(changes, random.as_mut()),
        Model::Posix => posix::left(changes, random.as_mut()),
    }
}
