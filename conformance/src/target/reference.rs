//! The reference server as a target: this very program, started again as `syncproof serve`.

use std::ffi::OsString;

use super::{Launcher, StartupSettings};
use crate::capability::{Capabilities, Capability};

/// What the reference server can do.
#[must_use]
pub fn capabilities() -> Capabilities {
    use Capability::{Applied, BadCredentials, Launch, Members, OpIdTieBreak, Providers, Restart, Snapshot};
    [BadCredentials, Providers, Members, Snapshot, OpIdTieBreak, Applied, Launch, Restart].into()
}

/// How to start it, with further arguments of `syncproof serve`.
///
/// # Errors
/// When the path of this program is unknown.
pub fn launcher(secret: &str, further: &[&str]) -> Result<Launcher, String> {
    let program = std::env::current_exe().map_err(|error| format!("the path of this program is unknown: {error}"))?;
    let mut arguments: Vec<OsString> = vec![program.into(), "serve".into()];
    arguments.extend(["--listen".into(), "127.0.0.1:{port}".into()]);
    arguments.extend(further.iter().map(OsString::from));
    let settings = StartupSettings::default();
    Ok(Launcher { arguments, secret: Some(secret.to_owned()), settings, fixed_base: None })
}
