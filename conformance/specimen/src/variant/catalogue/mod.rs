//! The catalogue of variants, by what they are about. None of them brings a warning.

mod behaviour;
mod delivery;
mod reduced;
mod shape;
mod status;

use super::{Choice, Freedom, Variant};

/// All of them.
pub(super) const CHAPTERS: [&[Variant]; 5] =
    [status::VARIANTS, shape::VARIANTS, delivery::VARIANTS, behaviour::VARIANTS, reduced::VARIANTS];
