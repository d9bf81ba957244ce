//! The suite against every server that it is meant for: honest ones, unfinished ones and wrong ones.
//!
//! These tests take the longest. Tests begin in the order of their names, so this folder and its files are named to come
//! first: nothing else is left for both cores at the end of a test run that waits for these alone.

mod honest;
pub(crate) mod levels;
mod mutants;

use std::sync::RwLock;

/// Held to write by the test that tries every mutant, and to read by those that try variants: some cases about time need
/// a server that answers within seconds, and both together leave none of two cores for that.
static BOTH_CORES: RwLock<()> = RwLock::new(());
