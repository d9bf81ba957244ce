//! What a case acts with: a context that invents users, and users who call the target.

mod case_slot;
mod concurrency;
mod context;
mod expectation;
mod journal;
pub mod retention;
mod session_view;
pub mod sync;
mod user;

pub use case_slot::{CaseSlot, CaseSlots};
pub use concurrency::{at_once, open_connections, send_together};
pub use context::{Context, Run};
pub use expectation::fold;
pub use journal::{Journal, PushOutcome};
pub use session_view::SessionView;
pub use user::{User, member_path, members_path, workspace_path};
