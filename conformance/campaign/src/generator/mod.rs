//! Generators: sequences by chance, in which what servers get wrong is common.
//!
//! A sequence has few keys and few clocks, so that writes meet and tie; its pushes draw from one pool of ops, so that
//! ops are sent again, in other batches and in another order; and it ends with what shows the state.

mod bytes;
mod collection;
mod op;
mod page;
mod people;
mod plan;
mod sequence;
mod step;
mod text;
mod theme;
mod volume;

pub use bytes::from_bytes;
pub use sequence::{sequence, steps};
pub use theme::Theme;
