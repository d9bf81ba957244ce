//! The values of `--level`, apart from the harness, which does not know the command line.

use syncproof_harness::gate::Threshold;

/// Which requirements fail a run when they are violated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Level {
    /// A violated MUST fails the run; a violated SHOULD is a warning
    Must,
    /// A violated SHOULD fails the run, too
    Should,
}

impl From<Level> for Threshold {
    fn from(level: Level) -> Self {
        match level {
            Level::Must => Threshold::Must,
            Level::Should => Threshold::Should,
        }
    }
}
