//! Cases: their definition, the table that lists them, and their reports.

mod definition;
mod milestone;
mod not_known;
mod report;
mod stage;
mod status;
mod summary;
mod table;

pub use crate::world::Homes;
pub use definition::{AFTER_COLLECTION, Case, CaseFuture};
pub use milestone::{MILESTONE_EXCEPTIONS, MilestoneException};
pub(crate) use not_known::{not_known, not_known_remarks};
pub use report::CaseReport;
pub use stage::Stage;
pub use status::{Stability, Status};
pub use summary::Summary;
// Public because `cases!` uses it.
pub use syncproof_protocol::capability::Capability;
