//! Cases: what one is, how they are listed, and what becomes of them.

mod definition;
mod report;
mod stage;
mod status;
mod summary;
mod table;

pub use definition::{Case, CaseFuture};
pub use report::CaseReport;
pub use stage::Stage;
pub use status::{Stability, Status};
pub use summary::Summary;
// Public, since `cases!` names it.
pub use syncproof_protocol::capability::Capability;
