//! Starts servers of one kind with the settings that a case chooses.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use super::port;
use super::probe::wait_until_ready;
use super::process::{ExitedProcess, Process};

/// How long a server may take until it answers, or until it ends when it refuses to start, unless said otherwise.
pub const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The environment variable that carries the shared secret to a server that the suite starts.
pub(super) const SECRET_VARIABLE: &str = "SYNCPROOF_JWT_SECRET";

/// The environment variables by which a server that the suite starts gets its settings.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StartupSettings {
    /// The path of the database.
    pub database: String,
    /// The switch for in-memory storage, set to `true`.
    pub allow_in_memory: String,
    /// The switch for strict mode, set to `true`.
    pub strict: String,
}

impl Default for StartupSettings {
    /// The names from the end of section 3 of the requirements.
    fn default() -> Self {
        StartupSettings {
            database: "OR3_SQLITE_DB_PATH".to_owned(),
            allow_in_memory: "OR3_SQLITE_ALLOW_IN_MEMORY".to_owned(),
            strict: "OR3_SQLITE_STRICT".to_owned(),
        }
    }
}

/// Where a server keeps its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// No path is given.
    Unset,
    /// The file at that path.
    File(PathBuf),
}

/// The settings of one start.
#[derive(Debug, Clone)]
pub struct StartOptions {
    /// Where the data is kept.
    pub storage: Storage,
    /// Whether in-memory storage is allowed.
    pub allow_in_memory: bool,
    /// Whether strict mode is on.
    pub strict: bool,
    /// The most bytes that a file of the server may have: a write beyond fails, as on a full disk. None for no limit.
    pub most_file_bytes: Option<u64>,
}

/// Runs the rest of its arguments under that limit, in the blocks of 512 bytes of POSIX. A process that does not ignore the
/// signal would be ended by it in place of seeing the write fail.
const UNDER_A_LIMIT: &str = r#"trap '' XFSZ; ulimit -f "$0"; exec "$@""#;

impl StartOptions {
    /// A start with that database file and no other setting.
    #[must_use]
    pub fn with_file(path: &Path) -> Self {
        StartOptions { storage: Storage::File(path.to_owned()), ..StartOptions::without_path() }
    }

    /// A start with no database path.
    #[must_use]
    pub fn without_path() -> Self {
        StartOptions { storage: Storage::Unset, allow_in_memory: false, strict: false, most_file_bytes: None }
    }
}

/// How to start one kind of server.
#[derive(Debug, Clone)]
pub struct Launcher {
    /// Program and arguments. `{port}` and `{database}` are filled in.
    pub arguments: Vec<OsString>,
    /// The shared secret, for its environment.
    pub secret: Option<String>,
    /// The names of its settings.
    pub settings: StartupSettings,
    /// Its address; None when the suite chooses the port.
    pub fixed_base: Option<String>,
    /// How long a server may take until it answers, or until it ends when it refuses to start.
    pub start_timeout: Duration,
}

/// Why a server is not running.
#[derive(Debug)]
pub enum StartError {
    /// It ended by itself.
    ExitedProcess(ExitedProcess),
    /// It neither answered nor ended in time.
    Silent(ExitedProcess),
    /// The command could not be run.
    Impossible(String),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = |ended: &ExitedProcess| {
            let last: Vec<&str> = ended.output.trim().lines().rev().take(5).collect();
            last.into_iter().rev().collect::<Vec<_>>().join(" | ")
        };
        match self {
            StartError::ExitedProcess(ended) => {
                let status = ended.status.map_or_else(|| "unknown status".to_owned(), |status| status.to_string());
                write!(f, "the server ended at once ({status}): {}", words(ended))
            }
            StartError::Silent(ended) => {
                write!(f, "the server gave no answer in time: {}", words(ended))
            }
            StartError::Impossible(reason) => write!(f, "the server cannot be started: {reason}"),
        }
    }
}

/// Starts a command that serves at that address, and waits until it answers.
///
/// # Errors
/// When it ends, does not answer, or cannot be started.
pub(super) async fn until_ready(command: Command, base: &str, within: Duration) -> Result<Process, StartError> {
    let mut process = Process::start(command).map_err(|error| StartError::Impossible(error.to_string()))?;
    match wait_until_ready(base, within, || process.ended()).await {
        // Another server may answer at a fixed address although this one has ended.
        Ok(()) => match process.ended() {
            None => Ok(process),
            Some(status) => Err(StartError::ExitedProcess(process.finish(Some(status)).await)),
        },
        Err(Some(status)) => Err(StartError::ExitedProcess(process.finish(Some(status)).await)),
        Err(None) => Err(StartError::Silent(process.kill().await)),
    }
}

impl Launcher {
    /// Whether the command line contains the path, so that a start without one is impossible.
    #[must_use]
    pub fn fixes_database(&self) -> bool {
        self.arguments.iter().any(|argument| argument.to_string_lossy().contains("{database}"))
    }

    /// Starts a server and waits until it answers. Returns its address and its process.
    ///
    /// # Errors
    /// When it ends, does not answer, or cannot be started.
    pub async fn start(&self, launch: &StartOptions) -> Result<(String, Process), StartError> {
        let port = port::free().map_err(StartError::Impossible)?;
        let base = self.fixed_base.clone().unwrap_or_else(|| format!("http://127.0.0.1:{port}"));
        let command = self.command(launch, port).map_err(StartError::Impossible)?;
        let process = until_ready(command, &base, self.start_timeout).await?;
        Ok((base, process))
    }

    fn command(&self, launch: &StartOptions, port: u16) -> Result<Command, String> {
        let database = match &launch.storage {
            Storage::File(path) => path.to_string_lossy().into_owned(),
            Storage::Unset => String::new(),
        };
        let fill = |argument: &OsString| match argument.to_str() {
            Some(text) => text.replace("{port}", &port.to_string()).replace("{database}", &database).into(),
            None => argument.clone(),
        };
        let mut arguments = self.arguments.iter().map(fill);
        let program = arguments.next().ok_or("the command is empty")?;
        let mut command = match launch.most_file_bytes {
            None => Command::new(program),
            Some(bytes) => {
                let mut limited = Command::new("sh");
                limited.args(["-c", UNDER_A_LIMIT, &(bytes / 512).to_string()]).arg(program);
                limited
            }
        };
        command.args(arguments);
        for name in [&self.settings.database, &self.settings.allow_in_memory, &self.settings.strict] {
            command.env_remove(name);
        }
        if let Storage::File(path) = &launch.storage {
            command.env(&self.settings.database, path);
        }
        if launch.allow_in_memory {
            command.env(&self.settings.allow_in_memory, "true");
        }
        if launch.strict {
            command.env(&self.settings.strict, "true");
        }
        if let Some(secret) = &self.secret {
            command.env(SECRET_VARIABLE, secret);
        }
        command.env("PORT", port.to_string());
        Ok(command)
    }
}
