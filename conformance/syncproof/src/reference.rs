//! The reference server as a target: this program, started again as `syncproof serve`.
//!
//! Internal: public for the command and the project's own tests and benchmarks only.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use syncproof_server::{AppState, Clock, Limits};

use syncproof_harness::shell;
use syncproof_harness::targets::{Hook, Hooks, Launcher, START_TIMEOUT, StartupSettings};
use syncproof_protocol::capability::{Capabilities, Capability};

/// The capabilities of the reference server: every one. `invite` is not declared, since `members` includes it.
#[must_use]
pub fn capabilities() -> Capabilities {
    Capability::ALL
        .into_iter()
        .filter(|capability| !matches!(capability, Capability::Invite | Capability::Manage))
        .collect()
}

/// How to start the reference server, with further arguments of `syncproof serve`.
///
/// # Errors
/// When the path of this program is unknown.
pub fn launcher(secret: &str, further: &[&str]) -> Result<Launcher, String> {
    let mut arguments: Vec<OsString> = vec![program()?.into(), "serve".into()];
    arguments.extend(["--listen".into(), "127.0.0.1:{port}".into()]);
    // A case has to see a collection within seconds.
    arguments.extend(["--gc-min-retention-seconds".into(), "1".into()]);
    arguments.extend(further.iter().map(OsString::from));
    let settings = StartupSettings::default();
    Ok(Launcher {
        arguments,
        secret: Some(secret.to_owned()),
        settings,
        fixed_base: None,
        start_timeout: START_TIMEOUT,
    })
}

/// The routes of a reference server in this process, with a new store in memory, and with a clock that is `ahead_ms`
/// milliseconds ahead of the machine's.
///
/// # Errors
/// When there is not enough memory, or no thread can be started.
pub fn router(secret: &str, ahead_ms: Arc<AtomicU64>) -> Result<axum::Router, String> {
    let store = syncproof_server::Store::in_memory().map_err(|error| error.to_string())?;
    let store = store.with_clock(Clock::ahead(ahead_ms));
    // Collections are tried with entries that are seconds old.
    let limits = Limits { gc_min_retention_seconds: 1, ..Limits::default() };
    let secret = syncproof_server::Secret::new(secret.as_bytes().to_vec());
    Ok(syncproof_server::router(AppState::with_limits(store, &secret, limits)))
}

/// The hooks of the reference server: hidden flags of `syncproof serve`.
///
/// # Errors
/// When the path of this program is unknown.
pub fn hooks() -> Result<Hooks, String> {
    let program = shell::quoted(&program()?.to_string_lossy());
    let hook =
        |name: &str, flags: &str| Some(Hook::new(name, format!("{program} serve --database {{database}} {flags}")));
    Ok(Hooks {
        count_tombstones: hook("count_tombstones", "--count-tombstones {workspace}"),
        older: hook("older", "--rewrite-schema older"),
        newer: hook("newer", "--rewrite-schema newer"),
        ..Hooks::default()
    })
}

/// What a hook does to a database that no server has open.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Maintenance {
    /// Counts the tombstones of this workspace.
    CountTombstones(String),
    /// Changes it to an older version.
    MakeOlder,
    /// Changes it to a newer version.
    MakeNewer,
}

/// Does the work of a hook. Returns the text that the hook prints.
///
/// # Errors
/// When the database cannot be read or written.
pub fn maintain(database: &Path, maintenance: &Maintenance) -> Result<String, String> {
    use syncproof_server::maintenance::{count_tombstones, make_newer, make_older};
    let done = match maintenance {
        Maintenance::CountTombstones(workspace) => {
            count_tombstones(database, workspace).map(|count| format!("{count}\n"))
        }
        Maintenance::MakeOlder => make_older(database).map(|()| String::new()),
        Maintenance::MakeNewer => make_newer(database).map(|()| String::new()),
    };
    done.map_err(|error| error.to_string())
}

fn program() -> Result<PathBuf, String> {
    std::env::current_exe().map_err(|error| format!("the path of this program is unknown: {error}"))
}
