//! The values of `--level`: the harness, which judges by them, knows no command line.

use syncproof_harness::gate::Threshold;

/// Which requirements break a run when they are broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Level {
    /// A broken MUST breaks the run; a broken SHOULD is a warning
    Must,
    /// A broken SHOULD breaks the run, too
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
