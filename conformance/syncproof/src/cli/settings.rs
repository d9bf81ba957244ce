//! The settings of a command, and the environment that they are read from.

use super::console::note;
use crate::config::{self, Settings, TargetArgs, TlsSettings};
use syncproof_harness::exit::CliError;

/// Settings from the flags, the environment and the file.
pub(super) fn settings(args: &TargetArgs) -> Result<Settings, CliError> {
    let settings = config::resolve(args, &variable)?;
    if settings.target.reach.tls == TlsSettings::Insecure {
        note(
            "WARNING --insecure: certificates are not checked, so anybody on the way to the target can read the credentials",
        );
    }
    Ok(settings)
}

/// A variable of the environment, if it is set to valid text.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
