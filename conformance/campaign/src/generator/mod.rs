//! Generators of random sequences in which the situations that servers get wrong are frequent.
//!
//! A sequence has few keys and few clocks, so that writes conflict and tie; its pushes draw from one pool of ops, so that
//! ops are sent again, in other batches and in another order; and it ends with reads that show the state.
//!
//! The number of a sequence says of which kind it is: a usual one, a long life of a large world, a catalogue of
//! values or of what is wrong, or one that is aimed at a situation. A campaign chooses the kinds by what it has reached so far.

mod bytes;
mod catalogue;
mod collection;
mod defect;
mod life;
mod op;
mod page;
mod plan;
mod pool;
mod scene;
mod script;
mod sequence;
mod shared;
mod step;
mod text;
mod theme;
mod users;
mod volume;
mod wrong;

pub use bytes::from_bytes;
pub use script::Kind;
pub use sequence::{family, sequence, steps};
pub use theme::Theme;
pub use wrong::Wrong;
