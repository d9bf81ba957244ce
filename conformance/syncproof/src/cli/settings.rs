//! Where the settings of a command come from.

use crate::config::{self, Settings, TargetArgs};
use syncproof_harness::exit::CliError;

/// Settings from the flags, the environment and the file.
pub(super) fn settings(args: &TargetArgs) -> Result<Settings, CliError> {
    config::resolve(args, &variable)
}

/// A variable of the environment, where it can be read.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
