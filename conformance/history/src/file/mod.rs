//! The file of a history: JSON Lines, the first of which says the version of the format.
//!
//! A line holds one HTTP exchange as it was sent and seen, so that any proxy can write such a file. Lines need no order but
//! that of the times in them. Times are microseconds on one clock that never goes back.

mod answer;
mod any_line;
mod builder;
mod known_ops;
mod line;
mod number;
mod read;
mod recent;
mod request;

pub use line::{CallLine, FORMAT, FaultLine, Header, Line, schema};
pub use read::{ReadError, read};
