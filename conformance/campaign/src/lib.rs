//! Campaigns: generated sequences against a target, with the oracle looking on.
//!
//! Data flows one way: generator → sequence → performance (client, oracle) → finding → shrinking → trace.

mod account;
pub mod byte_fuzz;
mod clock;
mod comparison;
mod door;
mod endpoint;
pub mod generator;
mod less;
mod observation;
pub mod oracle;
mod pair;
mod performance;
mod plainer;
pub mod regression;
mod run;
pub mod sequence;
mod shrink;
mod trial;
mod venue;

pub use account::{ACCOUNT_VERSION, Account, FindingEntry};
pub use clock::Clock;
pub use comparison::{Comparison, DifferenceEntry, SideEntry};
pub use door::Door;
pub use endpoint::endpoint;
pub use observation::{Asked, Likeness, Observation};
pub use pair::{Difference, Pair, Side};
pub use performance::{Finding, Performance, perform, perform_observed, perform_recorded};
pub use run::{Found, Plan, Progress, perform_anew, perform_here, run};
pub use shrink::{Bound, Shrunk, shrink};
pub use trial::{Trial, Tried};
pub use venue::Venue;
