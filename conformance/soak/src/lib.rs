//! Concurrent clients, which work in rounds; each round is recorded as a history and judged.
//!
//! This crate is an internal part of the suite, and its API may change at any time.

mod caller;
mod job;
mod nemesis;
mod plan;
mod round;
mod shift;
mod shrink;
mod simulate;
mod tape;
mod team;
mod totals;
mod transit;
mod worker;

pub use plan::{Crew, Faults, Plan};
pub use round::{Round, perform};
pub use shrink::{Shrunk, shrink};
pub use simulate::simulate;
pub use totals::{BrokenInRounds, LoadUnder, Smallest, Totals};
