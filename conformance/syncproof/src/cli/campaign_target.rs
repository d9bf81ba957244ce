//! The target of sequences: one as in `run`, or a server in this process.

use std::sync::Arc;

use super::serve::{read_mutants, read_variants};
use super::settings::settings;
use crate::config::TargetArgs;
use crate::in_process;
use crate::prepare::{Prepared, prepare};
use syncproof_campaign::{CampaignTarget, TargetHandle, absent_endpoints};
use syncproof_harness::client::{Client, Recorder};
use syncproof_harness::exit::CliError;
use syncproof_harness::redaction::Secrets;
use syncproof_harness::targets::ManagedServer;
use syncproof_protocol::capability::Capability;
use syncproof_report::RunSettings;
use syncproof_specimen as specimen;

/// A target, or a server in this process.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct CampaignTargetArgs {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    /// Call a server in this process, in memory and new for every sequence, instead of one that is reached over sockets
    #[arg(long, value_enum, value_name = "SERVER", help_heading = "Target", conflicts_with_all = ["target", "exec", "image"])]
    in_process: Option<Server>,
    /// With --in-process specimen: the mutant with this id (`syncproof mutants --list`); may be given more than once
    #[arg(long, value_name = "ID", help_heading = "Target", requires = "in_process")]
    mutant: Vec<String>,
    /// With --in-process specimen: the variant with this id (`syncproof variants --list`); may be given more than once
    #[arg(long, value_name = "ID", help_heading = "Target", requires = "in_process")]
    variant: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Server {
    Reference,
    Specimen,
}

/// An address without the name and the password that it may have.
fn without_password(address: &str) -> String {
    let parts = address.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1)));
    parts.map_or_else(|| address.to_owned(), |(scheme, host)| format!("{scheme}://{host}"))
}

/// A target that is running.
pub(super) struct OpenTarget {
    pub(super) target: Arc<CampaignTarget>,
    /// The name of the target in reports.
    pub(super) description: String,
    /// The flags that select it again.
    pub(super) flags: Vec<String>,
    /// Its address, if it has one.
    pub(super) base: Option<String>,
    /// Its settings, if it is reached over sockets.
    pub(super) settings: Option<RunSettings>,
    /// What no report may show.
    pub(super) secrets: Arc<Secrets>,
    /// The server, if the suite started it.
    process: Option<ManagedServer>,
}

impl OpenTarget {
    /// Stops the server, if the suite started it.
    pub(super) async fn close(self) {
        if let Some(process) = self.process {
            process.stop().await;
        }
    }
}

impl CampaignTargetArgs {
    /// A target as in `run`.
    pub(super) fn of_target(target: TargetArgs) -> Self {
        CampaignTargetArgs { target, ..CampaignTargetArgs::default() }
    }

    /// A server in this process, by its name: `reference`, `specimen`, or `specimen:ID+ID` with the ids of mutants and
    /// variants. `None` for any other word.
    pub(super) fn in_process(word: &str) -> Option<Self> {
        let (server, ids) = match word.split_once(':') {
            None if word == "reference" => (Server::Reference, Vec::new()),
            None if word == "specimen" => (Server::Specimen, Vec::new()),
            Some(("specimen", ids)) => (Server::Specimen, ids.split('+').map(str::to_owned).collect()),
            _ => return None,
        };
        let is_variant = |id: &String| specimen::find(id).is_none() && specimen::find_variant(id).is_some();
        let (variant, mutant) = ids.into_iter().partition(is_variant);
        Some(CampaignTargetArgs { in_process: Some(server), mutant, variant, ..CampaignTargetArgs::default() })
    }

    /// What the target is called before it is reached.
    pub(super) fn described(&self) -> String {
        match (self.in_process, self.target.target.as_slice()) {
            (Some(Server::Reference), _) => "the reference server, in process".to_owned(),
            (Some(Server::Specimen), _) => "the specimen, in process".to_owned(),
            (None, []) => "the configured target".to_owned(),
            (None, addresses) => {
                addresses.iter().map(|address| without_password(address)).collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// Reaches or starts the target.
    pub(super) async fn open(&self, seed: u64) -> Result<OpenTarget, CliError> {
        match self.in_process {
            Some(server) => self.open_in_process(server),
            None => self.open_target(seed).await,
        }
    }

    fn open_in_process(&self, server: Server) -> Result<OpenTarget, CliError> {
        let is_specimen = server == Server::Specimen;
        if !is_specimen && (!self.mutant.is_empty() || !self.variant.is_empty()) {
            return Err(CliError::usage("only the specimen has mutants and variants: --in-process specimen"));
        }
        let target = match server {
            Server::Reference => in_process::reference(),
            Server::Specimen => in_process::specimen(read_mutants(&self.mutant)?, read_variants(&self.variant)?),
        };
        let (name, description) = match server {
            Server::Reference => ("reference", "the reference server, in process"),
            Server::Specimen => ("specimen", "the specimen, in process"),
        };
        let mut flags = vec!["--in-process".to_owned(), name.to_owned()];
        flags.extend(self.mutant.iter().flat_map(|id| ["--mutant".to_owned(), id.clone()]));
        flags.extend(self.variant.iter().flat_map(|id| ["--variant".to_owned(), id.clone()]));
        let mut description = description.to_owned();
        for id in self.mutant.iter().chain(&self.variant) {
            description = format!("{description}, {id}");
        }
        let secrets = Arc::default();
        Ok(OpenTarget {
            target: Arc::new(target),
            description,
            flags,
            base: None,
            settings: None,
            secrets,
            process: None,
        })
    }

    async fn open_target(&self, seed: u64) -> Result<OpenTarget, CliError> {
        let settings = settings(&self.target)?.target;
        let described = Some(settings.run_settings());
        settings.secrets.keep_environment(std::env::vars());
        let secrets = Arc::clone(&settings.secrets);
        let hidden = |problems: CliError| CliError { message: secrets.text(&problems.message), ..problems };
        let Prepared { run, process, undeclared, .. } = prepare(settings, seed).await.map_err(hidden)?;
        if !run.credentials.invents() {
            let reason = "sequences need new users, which a fixed list of credentials does not have: use \
                          --jwt-secret-file, --header or --credential-command";
            return Err(CliError::usage(reason));
        }
        let recorder = Arc::new(Recorder::paced("fuzz", Arc::default(), Arc::clone(&run.pace)));
        let client =
            Client::anonymous(&run.target.base, &run.target.tls, Arc::clone(&recorder)).map_err(CliError::fault)?;
        let mut capabilities = run.target.capabilities.clone();
        // The oracle has to know who sees a notification, and nothing fails for a capability that is not declared.
        if undeclared.contains(&Capability::PrivateNotifications) {
            capabilities.insert(Capability::PrivateNotifications);
        }
        let handle =
            TargetHandle::new(client, Arc::clone(&run.credentials), capabilities).at_pace(Arc::clone(&run.pace));
        let absent = absent_endpoints(&handle).await.map_err(CliError::target)?;
        let handle = handle.without(absent);
        let (description, base) = (run.target.description.clone(), Some(run.target.base.clone()));
        let flags = run.target.flags.clone();
        // What is kept over a restart is asked of nobody who does not say so.
        let restarts = run.target.starts_others() && Capability::Restart.is_met_by(handle.capabilities());
        let handle = handle.of_run(Arc::clone(&run));
        let handle = if restarts { handle.started_by(run) } else { handle };
        let target = CampaignTarget::One(handle);
        Ok(OpenTarget { target: Arc::new(target), description, flags, base, settings: described, secrets, process })
    }
}
