//! Small worlds that are enumerated: every sequence of actions up to a length, and every pair of transitions. What is
//! exhaustive does not depend on luck.
//!
//! A world says what can be done in each of its states. From that come the graph, the sequences, and what they cover; they are
//! performed, judged and shrunk as those of the generator are.

mod collection;
mod enumeration;
mod exhaustion;
mod extent;
mod graph;
mod members;
mod ops;
mod path;
mod scope;
mod script;
mod sessions;
mod walk;
mod world;
mod worlds;

pub use exhaustion::Listed;
pub use extent::{Extent, Share};
pub use scope::Scope;

#[cfg(test)]
mod tests;
