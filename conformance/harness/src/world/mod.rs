//! What a case acts with: a context that invents users, and users who call the target.

mod context;
mod crowd;
mod expectation;
mod journal;
mod place;
pub mod retention;
pub mod sync;
mod turn;
mod user;

pub use context::{Context, Run};
pub use crowd::{at_once, burst, open_connections};
pub use expectation::fold;
pub use journal::{Journal, Settled};
pub use place::Place;
pub use turn::{Turn, Turns};
pub use user::{User, member_path, members_path, workspace_path};
