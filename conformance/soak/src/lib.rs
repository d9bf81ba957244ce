//! Concurrent clients, which work in rounds; each round is recorded as a history and judged.
//!
//! This crate is an internal part of the suite, and its API may change at any time.

mod caller;
mod nemesis;
mod plan;
mod round;
mod shift;
mod tape;
mod team;
mod totals;
mod worker;

pub use plan::{Faults, Plan};
pub use round::{Round, perform};
pub use totals::{BrokenInRounds, Totals};
