//! Campaigns: generated sequences against a target, with the oracle looking on.
//!
//! Data flows one way: generator → sequence → performance (client, oracle) → finding → shrinking → trace.

mod account;
mod door;
pub mod generator;
pub mod in_process;
mod performance;
mod plainer;
mod run;
mod shrink;
mod venue;

pub use account::{ACCOUNT_VERSION, Account, FindingEntry};
pub use door::Door;
pub use performance::{Finding, Performance, perform, perform_recorded};
pub use run::{Found, Plan, Progress, perform_anew, perform_here, run};
pub use shrink::{Bound, Shrunk, shrink};
pub use venue::Venue;
