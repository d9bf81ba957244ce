//! The baseline: the failures that a team knows and accepts for a while. It is a ratchet: it only ever gets shorter
//! without somebody's name under what was added.

mod entry;
mod judge;
mod list;
mod read;
mod update;

pub use entry::Entry;
pub use judge::{Judgement, Known};
pub use list::{Baseline, today};
pub use update::Update;
