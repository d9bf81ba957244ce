//! From settings to a target that answers: reached by its address, or started.

use std::ffi::OsString;
use std::sync::Arc;

use crate::capability::{Capabilities, Capability};
use crate::config::{Settings, TargetArgs, settle};
use crate::credential::{Credentials, Minter};
use crate::doctor;
use crate::exit::Trouble;
use crate::failure::Stop;
use crate::target::{self, Launch, Launcher, Process, Target};
use crate::world::Run;

/// A target that answers, and what has to be ended after the run.
pub(super) struct Prepared {
    pub(super) run: Arc<Run>,
    /// How the capabilities are known.
    pub(super) capabilities_from: &'static str,
    /// The server, when it was started here.
    pub(super) process: Option<Process>,
    /// Its database; removed when this is dropped.
    pub(super) _folder: Option<tempfile::TempDir>,
}

/// Settings from the flags, the environment and the file.
pub(super) fn settings(args: &TargetArgs) -> Result<Settings, Trouble> {
    settle(args, &|name| std::env::var(name).ok())
}

/// Reaches or starts the target, looks whether it takes the credentials, and finds out what it can do.
pub(super) async fn prepare(settings: Settings, seed: u64) -> Result<Prepared, Trouble> {
    let Started { base, launcher, process, folder, description, mut flags, known } = start(&settings).await?;
    flags.extend(settings.flags);
    let credentials = match settings.credentials {
        Some(credentials) => credentials,
        None => match launcher.as_ref().and_then(|launcher| launcher.secret.as_ref()) {
            Some(secret) => Credentials::Minted(Minter::new(secret.as_bytes().to_vec())),
            None => return Err(Trouble::usage(NO_CREDENTIALS)),
        },
    };
    let (declared, capabilities_from) = match (settings.capabilities, known) {
        (Some(declared), _) => (Some(declared), "declared"),
        (None, Some(known)) => (Some(known), "known"),
        (None, None) => (None, "probed"),
    };
    let target = Target { base, capabilities: Capabilities::new(), launcher, description, flags };
    let mut run = Run::new(target, credentials, seed);
    // Before any case looks, the suite makes sure that there is something to look at; this is its own run, so that
    // nothing of it shows in the reports.
    let looking = Arc::new(run);
    doctor::check_access(&looking).await?;
    let mut capabilities = match &declared {
        Some(declared) => declared.clone(),
        None => match doctor::probe(&looking).await {
            Ok(shown) => shown,
            Err(Stop::Skipped(reason)) => return Err(Trouble::usage(reason)),
            // A server that cannot even be probed is broken; the cases that need no capability will say how.
            Err(Stop::Failed(_)) => Capabilities::new(),
        },
    };
    capabilities.extend(of_the_suite(&looking.credentials));
    if declared.is_none() && database_file_appeared(folder.as_ref(), looking.target.launcher.as_ref()) {
        capabilities.extend([Capability::Launch, Capability::Restart]);
    }
    if looking.target.launcher.is_none() {
        capabilities.retain(|capability| !matches!(capability, Capability::Launch | Capability::Restart));
    }
    run = Arc::into_inner(looking).ok_or_else(|| Trouble::fault("the probe still runs"))?;
    run.watch = Arc::default();
    run.target.capabilities = capabilities;
    Ok(Prepared { run: Arc::new(run), capabilities_from, process, _folder: folder })
}

const NO_CREDENTIALS: &str = "no credentials for the target: give --jwt-secret-file, --header, --credential-command or \
    --credentials, or set SYNCPROOF_JWT_SECRET";

struct Started {
    base: String,
    launcher: Option<Launcher>,
    process: Option<Process>,
    folder: Option<tempfile::TempDir>,
    description: String,
    flags: Vec<String>,
    known: Option<Capabilities>,
}

async fn start(settings: &Settings) -> Result<Started, Trouble> {
    if let (Some(base), None) = (&settings.target, &settings.exec) {
        let base = base.trim_end_matches('/').to_owned();
        let (description, flags) = (base.clone(), vec!["--target".to_owned(), base.clone()]);
        return Ok(Started { base, launcher: None, process: None, folder: None, description, flags, known: None });
    }
    let secret = match (&settings.secret, &settings.credentials) {
        (Some(secret), _) => Some(secret.clone()),
        (None, None) => Some(fresh_secret()),
        (None, Some(_)) => None,
    };
    let (launcher, description, flags, known) = match &settings.exec {
        Some(command) => {
            let mut flags = vec!["--exec".to_owned(), command.clone()];
            flags.extend(settings.target.iter().flat_map(|base| ["--target".to_owned(), base.clone()]));
            let arguments: Vec<OsString> = vec!["sh".into(), "-c".into(), command.into()];
            let fixed_base = settings.target.as_ref().map(|base| base.trim_end_matches('/').to_owned());
            let startup = settings.startup.clone();
            (Launcher { arguments, secret, settings: startup, fixed_base }, format!("`{command}`"), flags, None)
        }
        None => {
            let secret = secret.ok_or_else(|| {
                Trouble::usage("the reference server takes JWTs only: give --jwt-secret-file, or no credentials at all")
            })?;
            let launcher = target::reference::launcher(&secret, &[]).map_err(Trouble::fault)?;
            let known = Some(target::reference::capabilities());
            (launcher, "the reference server".to_owned(), Vec::new(), known)
        }
    };
    let folder = tempfile::tempdir().map_err(|error| Trouble::fault(format!("no temporary folder: {error}")))?;
    let launch = Launch::with_file(&folder.path().join(DATABASE));
    let (base, process) =
        launcher.start(&launch).await.map_err(|reason| Trouble::target(format!("{description}: {reason}")))?;
    let (launcher, process, folder) = (Some(launcher), Some(process), Some(folder));
    Ok(Started { base, launcher, process, folder, description, flags, known })
}

const DATABASE: &str = "syncproof.sqlite";

/// 256 bits, which HS256 asks for (RFC 7518, section 3.2).
fn fresh_secret() -> String {
    format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple())
}

/// What follows from the kind of credentials.
fn of_the_suite(credentials: &Credentials) -> Capabilities {
    let mut capabilities = Capabilities::new();
    if credentials.minter().is_some() {
        capabilities.insert(Capability::BadCredentials);
    }
    if credentials.has_providers() {
        capabilities.insert(Capability::Providers);
    }
    capabilities
}

/// A started server that has put its database where the environment told it to knows the start-up settings, so they
/// can be checked.
fn database_file_appeared(folder: Option<&tempfile::TempDir>, launcher: Option<&Launcher>) -> bool {
    let appeared = folder.is_some_and(|folder| folder.path().join(DATABASE).exists());
    appeared && launcher.is_some_and(|launcher| !launcher.fixes_database() && launcher.fixed_base.is_none())
}
