//! What a case acts with: a context that invents users, and users who call the target.

mod case_slot;
mod collected_home;
mod concurrency;
mod context;
mod endpoint_call;
mod expectation;
mod homes;
mod journal;
mod login;
pub mod pages;
mod push_outcome;
pub mod retention;
mod session_view;
mod setup;
mod sign;
pub mod sync;
mod user;

pub(crate) use case_slot::{CaseSlot, CaseSlots};
pub use concurrency::{at_once, send_together};
pub use context::{Context, Run};
pub use endpoint_call::{EndpointCall, filled_path, member_path, members_path, method, replaced, workspace_path};
pub use expectation::{fold, item_json};
pub use homes::Homes;
pub use journal::Journal;
pub use push_outcome::PushOutcome;
pub use session_view::SessionView;
pub(crate) use setup::explained;
pub use user::User;
