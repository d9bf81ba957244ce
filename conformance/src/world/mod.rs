//! What a case acts with: a context that invents users, and users who call the target.

mod context;
mod crowd;
mod expectation;
mod journal;
pub mod sync;
mod user;

pub use context::{Context, Run};
pub use crowd::at_once;
pub use expectation::fold;
pub use journal::{Journal, Settled};
pub use user::User;
