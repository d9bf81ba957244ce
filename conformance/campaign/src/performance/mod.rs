//! Executing a sequence against a target, step by step, until it is over or the oracle finds a violation.

mod actor;
mod at_once;
mod collection;
mod execution;
mod invalid;
mod metamorphic;
mod missing;
mod observation_log;
mod observing;
mod restart;
mod second_look;
mod stage;
mod step;
mod sync;
mod tenancy;
mod token;

pub use execution::{Execution, Finding, execute_observed, execute_recorded, execute_sequence};
pub(crate) use missing::missing_endpoints;
