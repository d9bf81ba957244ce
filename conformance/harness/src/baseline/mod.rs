//! The baseline: failures that a team knows and accepts for a while. It works as a ratchet: fixed entries must be removed,
//! and each new entry names an owner.

mod entry;
mod judge;
mod list;
mod read;
mod update;

pub use entry::{Entry, KnownFinding};
pub use judge::{Judgement, Known};
pub use list::{Baseline, today};
pub use update::Update;
