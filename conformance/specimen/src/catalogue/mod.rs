//! The catalogue of mutants, one file a chapter of the requirements.

mod concurrency;
mod gc;
mod http;
mod idempotency;
mod identity;
mod isolation;
mod member;
mod notification;
mod payload;
mod places;
mod pull;
mod push;
mod raw;
mod snapshot;
mod winner;
mod workspace;

use super::mutant::Mutant;

/// All chapters.
pub(super) const CHAPTERS: [&[Mutant]; 16] = [
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
    raw::MUTANTS,
    gc::MUTANTS,
    notification::MUTANTS,
    places::MUTANTS,
    concurrency::MUTANTS,
];
