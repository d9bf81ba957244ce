//! The catalogue of mutants, one file a chapter of the requirements.

mod concurrency;
mod http;
mod idempotency;
mod identity;
mod isolation;
mod member;
mod payload;
mod pull;
mod push;
mod snapshot;
mod winner;
mod workspace;

use super::mutant::Mutant;

/// All chapters.
pub(super) const CHAPTERS: [&[Mutant]; 12] = [
    http::MUTANTS,
    identity::MUTANTS,
    workspace::MUTANTS,
    member::MUTANTS,
    push::MUTANTS,
    payload::MUTANTS,
    idempotency::MUTANTS,
    winner::MUTANTS,
    isolation::MUTANTS,
    pull::MUTANTS,
    snapshot::MUTANTS,
    concurrency::MUTANTS,
];
