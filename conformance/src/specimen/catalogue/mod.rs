//! The catalogue of mutants, one file a chapter of the requirements.

use super::mutant::Mutant;

/// All chapters.
pub(super) const CHAPTERS: [&[Mutant]; 0] = [];
