//! The wire types of the suite: the required form of successful answers (section 2 of the requirements).
//!
//! They share no code with a server, so that a mistake in the types of a server is noticed. Unknown fields are
//! ignored; ids may be strings or numbers, since the protocol leaves their form to the server.

mod change;
mod collection;
mod field;
mod id;
mod member;
mod ok;
mod pull;
mod push;
mod role;
mod session;
mod snapshot;
mod stamp;
mod workspace;

pub use change::{Change, Operation};
pub use collection::Collected;
pub use field::optional_whole;
pub use id::Id;
pub use member::{Member, MembersAnswer};
pub use ok::OkAnswer;
pub use pull::PullAnswer;
pub use push::{ErrorCode, OpResult, PushAnswer};
pub use role::Role;
pub use session::{Session, SessionAnswer, SessionUser, SessionWorkspace};
pub use snapshot::{Item, SnapshotAnswer};
pub use stamp::{Revision, Stamp};
pub use workspace::{CreatedAnswer, Workspace, WorkspacesAnswer};
