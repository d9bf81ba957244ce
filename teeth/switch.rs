//! Which of the generated mutants is on: `teeth generated` writes this file into its copy of the server.

use std::sync::OnceLock;

/// Whether this is the mutant whose number the environment names.
pub(crate) fn on(mutant: usize) -> bool {
    static CHOSEN: OnceLock<Option<usize>> = OnceLock::new();
    *CHOSEN.get_or_init(|| std::env::var("SYNCPROOF_SWITCH").ok()?.parse().ok()) == Some(mutant)
}
