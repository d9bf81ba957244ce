//! Histories: what concurrent clients sent and saw, and when; and checkers that find contradictions in them.
//!
//! Versions are told by the server and op ids are unique, so that the order of writes is observed and need not be searched:
//! every checker sorts and sweeps, in time near-linear in the length of the history. Only of names and memberships no version is
//! told: there an order is searched, within bounds. A checker reports only what no correct server can have answered, whatever
//! calls without an answer did; what it cannot see is written at its head.
//!
//! This crate is an internal part of the suite, and its API may change at any time.

pub mod anomaly;
mod call;
mod checker;
mod digest;
pub mod export;
pub mod file;
mod history;
mod linear;
mod load;
mod op;
mod texts;
mod timeline;
mod verdict;
mod workspace;

pub use checker::{CHECKERS, Checker, judge};
pub use history::History;
pub use load::Load;
pub use timeline::{Bar, Disturbance, Lane, Timeline};
pub use verdict::{Broken, Contradiction, Verdict, Witness, not_decided_text};
