//! Containers as targets: everything that talks to a container engine.
//!
//! Each container has a unique label, so that one that was created and could not be started can be found and removed.

use std::collections::HashMap;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use testcontainers::bollard::models::PortBinding;
use testcontainers::bollard::query_parameters::{KillContainerOptions, ListContainersOptions, RemoveContainerOptions};
use testcontainers::core::client::docker_client_instance;
use testcontainers::core::{ContainerPort, ContainerRequest};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, GenericImage, ImageExt as _};

use super::image::Image;
use super::launcher::{SECRET_VARIABLE, START_TIMEOUT, StartError};
use super::port;
use super::probe::wait_until_ready;
use super::process::ExitedProcess;

/// How long the engine may take to answer a ping.
const ENGINE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long pulling an image and starting its container may take.
const PULL_TIMEOUT: Duration = Duration::from_secs(600);
/// How long a container may take to end after SIGTERM before the engine kills it, in seconds.
const STOP_TIMEOUT_S: i32 = 20;
/// How long the engine may take to report that a killed container has ended.
const KILL_TIMEOUT: Duration = Duration::from_secs(20);
const INTERVAL: Duration = Duration::from_millis(50);
/// How much of the output of a container is kept, in bytes.
const MAX_OUTPUT_BYTES: usize = 64 * 1024;

const LABEL: &str = "syncproof.container";

/// A container of one image, running or stopped. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Container {
    container: ContainerAsync<GenericImage>,
    base: String,
}

fn impossible(what: &str, error: &dyn std::fmt::Display) -> StartError {
    StartError::Impossible(format!("{what}: {error}"))
}

/// Checks that a container engine answers.
async fn engine() -> Result<(), StartError> {
    const WHERE: &str = "no container engine answers (at DOCKER_HOST, or /var/run/docker.sock)";
    let ping = async {
        let engine = docker_client_instance().await.map_err(|error| impossible(WHERE, &error))?;
        engine.ping().await.map_err(|error| impossible(WHERE, &error))
    };
    match tokio::time::timeout(ENGINE_TIMEOUT, ping).await {
        Ok(answer) => answer.map(drop),
        Err(_) => Err(impossible(WHERE, &format!("no answer within {} s", ENGINE_TIMEOUT.as_secs()))),
    }
}

fn request(image: &Image, secret: Option<&str>, port: u16, label: &str) -> ContainerRequest<GenericImage> {
    let inside = ContainerPort::Tcp(image.port);
    let request = GenericImage::new(&image.name, &image.tag)
        .with_exposed_port(inside)
        .with_label(LABEL, label)
        .with_startup_timeout(START_TIMEOUT)
        .with_host_config_modifier(move |config| {
            // On loopback only, and on a port that stays the same after a restart.
            let binding = PortBinding { host_ip: Some("127.0.0.1".to_owned()), host_port: Some(port.to_string()) };
            config.publish_all_ports = Some(false);
            config.port_bindings = Some(HashMap::from([(inside.to_string(), Some(vec![binding]))]));
        });
    let secret = secret.map(|secret| (SECRET_VARIABLE.to_owned(), secret.to_owned()));
    let environment = secret.into_iter().chain(image.environment.iter().cloned());
    environment.fold(request, |request, (name, value)| request.with_env_var(name, value))
}

impl Container {
    /// Starts a container and waits until the server in it answers. Returns its address.
    ///
    /// # Errors
    /// When no engine answers, or the container does not start.
    pub(super) async fn start(image: &Image, secret: Option<&str>) -> Result<(String, Self), StartError> {
        engine().await?;
        let port = port::free().map_err(StartError::Impossible)?;
        let base = format!("http://127.0.0.1:{port}");
        let label = uuid::Uuid::new_v4().simple().to_string();
        let starting = tokio::time::timeout(PULL_TIMEOUT, request(image, secret, port, &label).start()).await;
        let container = match starting {
            Ok(Ok(container)) => Container { container, base },
            Ok(Err(error)) => {
                remove_labelled(&label).await;
                return Err(impossible("the container does not start", &error));
            }
            Err(_) => {
                remove_labelled(&label).await;
                return Err(impossible("the container does not start", &"the engine takes too long"));
            }
        };
        match container.ready().await {
            Ok(base) => Ok((base, container)),
            Err(reason) => {
                container.remove().await;
                Err(reason)
            }
        }
    }

    async fn ready(&self) -> Result<String, StartError> {
        let ready = tokio::select! {
            ready = wait_until_ready(&self.base, START_TIMEOUT, || None::<()>) => ready.is_ok(),
            () = self.ended(START_TIMEOUT * 2) => false,
        };
        if ready {
            return Ok(self.base.clone());
        }
        let running = self.container.is_running().await.unwrap_or(false);
        let ended = self.exit_status().await;
        Err(if running { StartError::Silent(ended) } else { StartError::ExitedProcess(ended) })
    }

    /// Waits until it no longer runs.
    async fn ended(&self, within: Duration) {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline && self.container.is_running().await.unwrap_or(false) {
            tokio::time::sleep(INTERVAL).await;
        }
    }

    async fn exit_status(&self) -> ExitedProcess {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_OUTPUT_BYTES)]).into_owned();
        let stdout = text(self.container.stdout_to_vec().await.unwrap_or_default());
        let stderr = text(self.container.stderr_to_vec().await.unwrap_or_default());
        let code = self.container.exit_code().await.ok().flatten().and_then(|code| i32::try_from(code).ok());
        // As wait(2) reports it: the exit code is in the second byte.
        let status = code.map(|code| ExitStatus::from_raw(code << 8));
        ExitedProcess { status, output: format!("{stdout}{stderr}"), stdout }
    }

    /// Asks it to end, and lets the engine kill it if it does not. None when it is not running.
    pub(super) async fn stop_gracefully(&self) -> Option<ExitedProcess> {
        if !self.container.is_running().await.unwrap_or(false) {
            return None;
        }
        // If the engine refuses, the status shows it.
        let _ = self.container.stop_with_timeout(Some(STOP_TIMEOUT_S)).await;
        Some(self.exit_status().await)
    }

    /// Kills it (SIGKILL). None when it is not running.
    pub(super) async fn kill(&self) -> Option<ExitedProcess> {
        let engine = docker_client_instance().await.ok()?;
        let how = KillContainerOptions { signal: "SIGKILL".to_owned() };
        engine.kill_container(self.container.id(), Some(how)).await.ok()?;
        self.ended(KILL_TIMEOUT).await;
        Some(self.exit_status().await)
    }

    /// Starts it again on its data, and waits until it answers.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) async fn start_again(&self) -> Result<String, StartError> {
        let started = self.container.start().await;
        started.map_err(|error| impossible("the container does not start again", &error))?;
        self.ready().await
    }

    /// Removes it.
    pub(super) async fn remove(self) {
        // If the engine refuses, there is nowhere to report it.
        let _ = self.container.rm().await;
    }
}

/// Removes the containers with that label.
async fn remove_labelled(label: &str) {
    let Ok(engine) = docker_client_instance().await else { return };
    let filters = HashMap::from([("label".to_owned(), vec![format!("{LABEL}={label}")])]);
    let which = ListContainersOptions { all: true, filters: Some(filters), ..ListContainersOptions::default() };
    for left in engine.list_containers(Some(which)).await.unwrap_or_default() {
        let how = RemoveContainerOptions { force: true, v: true, ..RemoveContainerOptions::default() };
        // If the engine refuses, there is nowhere to report it.
        let _ = engine.remove_container(&left.id.unwrap_or_default(), Some(how)).await;
    }
}
