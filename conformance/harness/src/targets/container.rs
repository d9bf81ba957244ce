//! Containers as targets, by the command line of the container engine.
//!
//! The command `docker` needs no more than what whoever has containers has installed already; a client library of the
//! engine's HTTP interface is a hundred crates.

use std::time::{Duration, Instant};

use tokio::process::Command;
use uuid::Uuid;

use super::image::Image;
use super::launcher::{SECRET_VARIABLE, START_TIMEOUT, StartError, until_ready};
use super::port;
use super::process::{ExitedProcess, Process};

const ENGINE: &str = "docker";
/// How long the engine may take to say its version.
const ENGINE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long pulling an image and creating its container may take.
const CREATE_TIMEOUT: Duration = Duration::from_secs(600);
/// How long a container may take to end after SIGTERM before the engine kills it, in seconds.
const STOP_TIMEOUT_S: u64 = 20;
/// How long the engine may take to stop, kill or remove a container.
const END_TIMEOUT: Duration = Duration::from_secs(STOP_TIMEOUT_S + 20);
const INTERVAL: Duration = Duration::from_millis(20);

/// A container of one image, running or stopped. Dropping it removes it with its data.
#[derive(Debug)]
pub(super) struct Container {
    /// No other container has this name.
    name: String,
    base: String,
    /// The command that shows the output of the container, and ends with the container's exit code; None before the first
    /// start and while the container is stopped.
    process: Option<Process>,
}

/// Runs the engine's command to its end.
async fn engine(arguments: &[&str], within: Duration) -> Result<(), String> {
    let mut command = Command::new(ENGINE);
    command.args(arguments);
    run(command, within).await
}

async fn run(command: Command, within: Duration) -> Result<(), String> {
    let ended = Process::run(command, within).await.map_err(|error| format!("the command {ENGINE}: {error}"))?;
    match ended.status {
        Some(status) if status.success() => Ok(()),
        Some(_) => Err(ended.output.trim().to_owned()),
        None => Err(format!("no answer within {} s", within.as_secs())),
    }
}

fn impossible(what: &str) -> impl Fn(String) -> StartError {
    move |reason| StartError::Impossible(format!("{what}: {reason}"))
}

impl Container {
    /// Starts a container and waits until the server in it answers. Returns its address, too.
    ///
    /// # Errors
    /// When no engine answers, or the container does not start.
    pub(super) async fn start(image: &Image, secret: Option<&str>) -> Result<(String, Self), StartError> {
        let answer = engine(&["version", "--format", "{{.Server.Version}}"], ENGINE_TIMEOUT).await;
        answer.map_err(impossible("no container engine answers"))?;
        let port = port::free().map_err(StartError::Impossible)?;
        let base = format!("http://127.0.0.1:{port}");
        let mut container = Container { name: format!("syncproof-{}", Uuid::new_v4()), base, process: None };
        let created = run(container.create(image, secret, port), CREATE_TIMEOUT).await;
        created.map_err(impossible("the container cannot be created"))?;
        Ok((container.start_again().await?, container))
    }

    fn create(&self, image: &Image, secret: Option<&str>, port: u16) -> Command {
        let mut command = Command::new(ENGINE);
        command.args(["create", "--name", &self.name]);
        // On loopback only, and on a port that stays the same after a restart.
        command.args(["--publish", &format!("127.0.0.1:{port}:{}", image.port)]);
        let secret = secret.map(|secret| (SECRET_VARIABLE, secret));
        let others = image.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in secret.into_iter().chain(others) {
            // Without its value on the command line, which everybody on the machine can see.
            command.args(["--env", name]).env(name, value);
        }
        command.arg(format!("{}:{}", image.name, image.tag));
        command
    }

    /// Asks it to end, and lets the engine kill it if it does not. None when it is not running.
    pub(super) async fn stop_gracefully(&mut self) -> Option<ExitedProcess> {
        self.end(&["stop", "-t", &STOP_TIMEOUT_S.to_string()]).await
    }

    /// Kills it (SIGKILL). None when it is not running.
    pub(super) async fn kill(&mut self) -> Option<ExitedProcess> {
        self.end(&["kill", "--signal", "KILL"]).await
    }

    async fn end(&mut self, how: &[&str]) -> Option<ExitedProcess> {
        let mut process = self.process.take()?;
        // If the engine refuses, the status shows it.
        let _ = engine(&[how, &[&self.name]].concat(), END_TIMEOUT).await;
        let status = process.wait(END_TIMEOUT).await;
        Some(process.finish(status).await)
    }

    /// Starts it, the first time or again on its data, and waits until it answers. Returns its address.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) async fn start_again(&mut self) -> Result<String, StartError> {
        let mut command = Command::new(ENGINE);
        command.args(["start", "--attach", &self.name]);
        self.process = Some(until_ready(command, &self.base, START_TIMEOUT).await?);
        Ok(self.base.clone())
    }
}

impl Drop for Container {
    /// Waits until it is removed, because nobody can once this command has ended.
    fn drop(&mut self) {
        let mut command = std::process::Command::new(ENGINE);
        command.args(["rm", "--force", "--volumes", &self.name]);
        let nothing = std::process::Stdio::null;
        // If the engine refuses, there is nowhere to report it.
        let Ok(mut child) = command.stdin(nothing()).stdout(nothing()).stderr(nothing()).spawn() else { return };
        let deadline = Instant::now() + END_TIMEOUT;
        while Instant::now() < deadline && matches!(child.try_wait(), Ok(None)) {
            std::thread::sleep(INTERVAL);
        }
    }
}
