//! The settings of a command, and the environment that they are read from.

use crate::config::{self, Settings, TargetArgs};
use syncproof_harness::exit::CliError;

/// Settings from the flags, the environment and the file.
pub(super) fn settings(args: &TargetArgs) -> Result<Settings, CliError> {
    config::resolve(args, &variable)
}

/// A variable of the environment, if it is set to valid text.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
