//! The flags that say how to reach a target.

use std::path::{Path, PathBuf};

use super::credential::CredentialArgs;
use super::hooks::HookArgs;
use super::tls::TlsArgs;
use crate::patience::PatienceArgs;

/// How to reach a target.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct TargetArgs {
    /// Address of a running server, such as http://127.0.0.1:8787; several are processes on one store
    /// [env: SYNCPROOF_TARGET, comma-separated]
    #[arg(long, value_name = "URL", help_heading = "Target")]
    pub target: Vec<String>,
    /// The certificates of `https` targets.
    #[command(flatten)]
    pub tls: TlsArgs,
    /// Command that starts a server; the suite waits until it answers, and stops it after the run. {port} and
    /// {database} are filled in, and are also in PORT and OR3_SQLITE_DB_PATH. Add --target if it listens at a fixed
    /// address [env: SYNCPROOF_EXEC]
    #[arg(long, value_name = "COMMAND", help_heading = "Target")]
    pub exec: Option<String>,
    /// Processes that a case may start on one store, if the server supports that; for the reference server: 2
    /// [env: SYNCPROOF_INSTANCES]
    #[arg(long, value_name = "N", help_heading = "Target")]
    pub instances: Option<u16>,
    /// Container image to run as the target, NAME or NAME:TAG; needs the command `docker`
    /// [env: SYNCPROOF_IMAGE]
    #[arg(long, value_name = "IMAGE", help_heading = "Target")]
    pub image: Option<String>,
    /// With --image: where the server listens inside [default: 8787] [env: SYNCPROOF_PORT]
    #[arg(long, value_name = "N", help_heading = "Target")]
    pub port: Option<u16>,
    /// With --image: a variable for the container's environment, NAME=VALUE, or NAME to take the value from the
    /// environment of syncproof; may be given more than once
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Target")]
    pub env: Vec<String>,
    /// What the target can do, comma-separated, or `none`; without it the target is probed
    /// [env: SYNCPROOF_CAPABILITIES]
    #[arg(long, value_name = "LIST", help_heading = "Target")]
    pub capabilities: Option<String>,
    /// The credentials.
    #[command(flatten)]
    pub credential: CredentialArgs,
    /// The operator's commands.
    #[command(flatten)]
    pub hooks: HookArgs,
    /// Configuration file [default: syncproof.toml in the working directory, if it exists] [env: SYNCPROOF_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Speed limits and waiting times
    #[command(flatten)]
    pub patience: PatienceArgs,
}

impl TargetArgs {
    /// The configuration file that was read, and the given flags except the target itself, for a command that repeats a
    /// case. None of them holds a secret.
    #[must_use]
    pub(crate) fn beside_the_target(&self, config: Option<&Path>) -> Vec<String> {
        let config = config.map(|path| path.to_string_lossy().into_owned());
        let flags = [("--config", config), ("--capabilities", self.capabilities.clone())];
        let flags =
            flags.into_iter().chain(self.credential.flags()).chain(self.hooks.flags()).chain(self.patience.given());
        let flags = flags.filter_map(|(name, value)| Some([name.to_owned(), value?])).flatten();
        self.tls.given().into_iter().chain(flags).collect()
    }
}
