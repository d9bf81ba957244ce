//! Prepares the target of a run: reaches or starts it, checks the credentials, and finds out its capabilities.

use std::sync::Arc;
use std::time::Duration;

use crate::config::TargetSettings;
use crate::doctor::{self, ProbeReport};
use crate::start::{Started, apply_controls, start};
use syncproof_harness::blocker::Blocker;
use syncproof_harness::client::Pace;
use syncproof_harness::credential::Credentials;
use syncproof_harness::exit::CliError;
use syncproof_harness::targets::{Image, Launcher, ManagedServer, Target};
use syncproof_harness::world::Run;
use syncproof_protocol::capability::{Capabilities, Capability};
use syncproof_protocol::milestone::Milestone;
use syncproof_report::Subject;

/// How long a probe may take if no result depends on it.
const PROBE_TIMEOUT: Duration = Duration::from_secs(20);

/// A target that answers, and the server to stop after the run.
pub(crate) struct Prepared {
    pub(crate) run: Arc<Run>,
    /// How the capabilities are known.
    pub(crate) capabilities_from: &'static str,
    /// The results of the probe, if there was one.
    pub(crate) look: Option<ProbeReport>,
    /// The core operations that do not work at all.
    pub(crate) blockers: Vec<Blocker>,
    /// The capabilities that work although the target does not declare them.
    pub(crate) undeclared: Capabilities,
    /// The server, if the suite started it.
    pub(crate) process: Option<ManagedServer>,
}

impl Prepared {
    /// What the run is about, for the reports.
    pub(crate) fn subject(&self) -> Subject {
        let target = &self.run.target;
        Subject {
            target: format!("{} (capabilities {})", target.description, self.capabilities_from),
            capabilities: target.capabilities.iter().map(|capability| capability.name()).collect(),
            undeclared: self.undeclared.iter().map(|capability| capability.name()).collect(),
            flags: target.flags.clone(),
            ..Subject::before(String::new(), self.run.seed)
        }
    }

    /// The target as it was named, and its address if that is another.
    pub(crate) fn name_and_address(&self) -> String {
        let target = &self.run.target;
        match target.description == target.base {
            true => target.base.clone(),
            false => format!("{} at {}", target.description, target.base),
        }
    }

    /// The core operations that do not work at all and that a server of that level has to have.
    pub(crate) fn blockers_by(&self, up_to: Option<Milestone>) -> Vec<Blocker> {
        let is_due = |blocker: &&Blocker| {
            up_to.is_none_or(|up_to| Milestone::of_request(&blocker.endpoint).is_none_or(|due| due <= up_to))
        };
        self.blockers.iter().filter(is_due).cloned().collect()
    }
}

/// Reaches or starts the target, checks that it accepts the credentials, and finds out its capabilities.
pub(crate) async fn prepare(settings: TargetSettings, seed: u64) -> Result<Prepared, CliError> {
    let tls = settings.reach.tls.open(&settings.reach.targets)?;
    let flags = settings.flags();
    let Started { base, launcher, controls, process, description, known } = start(&settings).await?;
    let secrets = settings.secrets;
    let credentials = match settings.credentials {
        Some(credentials) => credentials,
        None => match secret_of(launcher.as_ref(), controls.image.as_ref()) {
            Some(secret) => Credentials::jwt_secret(secret.as_bytes()).with_provider(&settings.provider),
            None => return Err(CliError::usage(NO_CREDENTIALS)),
        },
    };
    let (declared, capabilities_from) = match (settings.capabilities, known) {
        (Some(declared), _) => (Some(declared), "declared"),
        (None, Some(known)) => (Some(known), "known"),
        (None, None) => (None, "probed"),
    };
    let (capabilities, undecided, tables_apart) = (Capabilities::new(), Capabilities::new(), Vec::new());
    let target = Target { base, tls, capabilities, undecided, tables_apart, launcher, controls, description, flags };
    let mut run = Run::new(target, credentials, seed);
    run.target.launcher.iter().filter_map(|launcher| launcher.secret.as_deref()).for_each(|known| secrets.keep(known));
    run.secrets = secrets;
    run.pace = Arc::new(Pace::new(settings.pace));
    // The target is checked before any case runs. This is a run of its own, so that its requests are not in the
    // reports.
    let looking = Arc::new(run);
    doctor::check_access(&looking).await?;
    let look = match capabilities_from {
        // A server that cannot even be probed is broken; the cases that need no capability will show how.
        "probed" => Some(doctor::probe(&looking).await.map_err(CliError::usage)?),
        // No result depends on this probe: it may not take long, and uses no user of a fixed list.
        "declared" if looking.credentials.invents() => {
            tokio::time::timeout(PROBE_TIMEOUT, doctor::probe(&looking)).await.ok().and_then(Result::ok)
        }
        _ => None,
    };
    let mut capabilities = match (&declared, &look) {
        (Some(declared), _) => declared.clone(),
        (None, Some(look)) => look.shown(),
        (None, None) => Capabilities::new(),
    };
    let working = look.as_ref().map(ProbeReport::working).unwrap_or_default();
    let undeclared = working.difference(&capabilities).copied().filter(|_| capabilities_from == "declared").collect();
    capabilities.extend(of_the_suite(&looking.credentials));
    if database_file_appeared(process.as_ref(), looking.target.launcher.as_ref()) {
        capabilities.extend([Capability::Launch, Capability::Restart]);
    }
    apply_controls(&mut capabilities, looking.target.launcher.as_ref(), &looking.target.controls);
    // The users of a fixed list keep their workspaces as they are.
    let blockers = match looking.credentials.invents() {
        true => {
            let look = look.clone().unwrap_or_default();
            let blockers = doctor::blockers(&looking, &capabilities, &look);
            tokio::time::timeout(PROBE_TIMEOUT, blockers).await.unwrap_or_default()
        }
        false => Vec::new(),
    };
    run = Arc::into_inner(looking).ok_or_else(|| CliError::fault("the probe still runs"))?;
    run.watch = Arc::default();
    if declared.is_none() {
        let undecided = look.as_ref().map(ProbeReport::undecided).unwrap_or_default();
        run.target.undecided = undecided.difference(&capabilities).copied().collect();
    }
    run.target.tables_apart = look.as_ref().map(|look| look.tables_apart.clone()).unwrap_or_default();
    run.target.capabilities = capabilities;
    Ok(Prepared { run: Arc::new(run), capabilities_from, look, blockers, undeclared, process })
}

const NO_CREDENTIALS: &str = "no credentials for the target: give --jwt-secret-file, --header, --credential-command or \
    --credentials, or set SYNCPROOF_JWT_SECRET";

/// The secret that was generated for a server that the suite starts.
fn secret_of<'a>(launcher: Option<&'a Launcher>, image: Option<&'a (Image, Option<String>)>) -> Option<&'a String> {
    launcher.and_then(|launcher| launcher.secret.as_ref()).or_else(|| image.and_then(|(_, secret)| secret.as_ref()))
}

/// The capabilities that follow from the kind of credentials.
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

/// Whether the started server has created its database where the environment says: then it knows the start-up settings,
/// so they can be checked.
fn database_file_appeared(server: Option<&ManagedServer>, launcher: Option<&Launcher>) -> bool {
    let appeared = server.and_then(ManagedServer::database).is_some_and(std::path::Path::exists);
    appeared && launcher.is_some_and(|launcher| !launcher.fixes_database() && launcher.fixed_base.is_none())
}
