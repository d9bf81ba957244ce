//! Campaigns: generated sequences against a target, judged by the oracle.
//!
//! Data flows one way: agenda → generator → sequence → performance (client, oracle) → finding → shrinking → trace. Only the
//! counts of the situations that were reached go back, to the agenda.
//!
//! This crate is internal to the suite: everything here is public only for `syncproof` (the commands `fuzz`, `diff` and
//! `replay`, and the combinations and regressions among the cases) and for the fuzz targets in `fuzz/`. It may change at any time; programs
//! that embed the suite use the facade of the crate `syncproof`.

#[macro_use]
mod with_all;

mod agenda;
pub mod byte_fuzz;
mod campaign_target;
mod clock;
pub mod combinations;
mod comparison_report;
mod endpoint;
mod exhaustive;
mod fault_shape;
mod finding_id;
mod found;
mod fresh_execution;
mod fresh_key;
pub mod generator;
mod judged_sequence;
mod observation;
mod offer;
pub mod oracle;
mod pair;
mod performance;
mod plan;
pub mod regression;
mod report;
mod run;
mod same_fault;
mod search;
pub mod sequence;
mod shrink;
mod simplify;
mod smaller_values;
mod source;
mod target_handle;
mod totals;
mod trial;
mod turns;
mod unanswered;
mod variation;

pub use campaign_target::CampaignTarget;
pub use clock::Clock;
pub use comparison_report::{ComparisonReport, DifferenceEntry, SideEntry};
pub use endpoint::endpoint;
pub use exhaustive::{Extent, Listed, Scope, Share};
pub use finding_id::finding_id;
pub use found::{Found, Shrunk};
pub use fresh_execution::{absent_endpoints, execute_on, execute_on_new_target};
pub use observation::{Equivalence, Observation, RequestKind};
pub use pair::{Difference, Pair, Side};
pub use performance::{Execution, Finding, execute_observed, execute_recorded, execute_sequence};
pub use plan::CampaignPlan;
pub use report::{CampaignReport, FindingEntry, REPORT_VERSION};
pub use run::{CampaignState, Progress, run};
pub use shrink::{ShrinkLimits, shrink};
pub use source::Source;
pub use target_handle::TargetHandle;
pub use totals::{Totals, left_out};
pub use trial::{Trial, TrialResult};
pub use turns::Turns;
