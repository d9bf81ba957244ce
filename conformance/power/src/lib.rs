//! What a server keeps over a loss of power: a file system records what it writes and syncs, and it is started on the disks
//! that may be left.
//!
//! This crate is an internal part of the suite, and its API may change at any time.

mod base64;
mod caller;
mod change;
mod contradiction;
mod disk;
mod fact;
mod file_system;
mod journal;
mod load;
mod loss;
mod mount;
mod point;
mod recording;
mod seen;
mod tree;
mod trial;
mod unsynced;

pub use change::{Change, Kind, Node, Place, ROOT};
pub use contradiction::{Contradiction, LossKind};
pub use disk::Disk;
pub use fact::{Acknowledged, Batch, Creation, Login, SentOp, User};
pub use journal::Journal;
pub use load::record;
pub use loss::{Draw, Model, Part, Survivors, left};
pub use mount::Mount;
pub use point::{Point, points};
pub use recording::Recording;
pub use trial::{Loss, Outcome, REQUIREMENT, Trial};
