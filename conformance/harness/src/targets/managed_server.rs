//! A server with its own store, which can be stopped, killed and started again on that store.

use std::path::Path;
use std::time::Duration;

use super::container::Container;
use super::image::Image;
use super::launcher::{Launcher, StartError, StartOptions, Storage};
use super::process::{ExitedProcess, Process};

/// The file name of the database in a store that is created here.
const DATABASE: &str = "syncproof.sqlite";

/// A server that the suite started. Dropping it kills the server and removes the store.
#[derive(Debug)]
pub struct ManagedServer {
    base: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Process(Box<Started>),
    Container(Box<Container>),
}

#[derive(Debug)]
struct Started {
    launcher: Launcher,
    launch: StartOptions,
    /// None while it is stopped.
    process: Option<Process>,
    /// The store, when it was created here.
    _folder: Option<tempfile::TempDir>,
}

impl ManagedServer {
    /// Starts a process with a new file as its database, in a folder that is removed with the server.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(launcher: &Launcher) -> Result<Self, StartError> {
        ManagedServer::start_within(launcher, None).await
    }

    /// As [`ManagedServer::start`], with a limit to the size of its files, in bytes.
    ///
    /// # Errors
    /// When it does not start, as a server may that needs larger files from the start.
    pub async fn start_within(launcher: &Launcher, most_file_bytes: Option<u64>) -> Result<Self, StartError> {
        let folder = tempfile::tempdir().map_err(|error| StartError::Impossible(error.to_string()))?;
        let launch = StartOptions { most_file_bytes, ..StartOptions::with_file(&folder.path().join(DATABASE)) };
        ManagedServer::launch(launcher, launch, Some(folder)).await
    }

    /// From the next start on its files may be of any size.
    pub fn lift_limit(&mut self) {
        if let Kind::Process(started) = &mut self.kind {
            started.launch.most_file_bytes = None;
        }
    }

    /// Starts a process with that file as its database.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_on(launcher: &Launcher, database: &Path) -> Result<Self, StartError> {
        ManagedServer::launch(launcher, StartOptions::with_file(database), None).await
    }

    async fn launch(
        launcher: &Launcher,
        launch: StartOptions,
        folder: Option<tempfile::TempDir>,
    ) -> Result<Self, StartError> {
        let (base, process) = launcher.start(&launch).await?;
        let started = Started { launcher: launcher.clone(), launch, process: Some(process), _folder: folder };
        Ok(ManagedServer { base, kind: Kind::Process(Box::new(started)) })
    }

    /// Starts a container of that image.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_image(image: &Image, secret: Option<&str>) -> Result<Self, StartError> {
        let (base, container) = Container::start(image, secret).await?;
        Ok(ManagedServer { base, kind: Kind::Container(Box::new(container)) })
    }

    /// Its address. Another start may change it.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The database, where it is a file that the suite can see.
    #[must_use]
    pub fn database(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Process(started) => match &started.launch.storage {
                Storage::File(path) => Some(path),
                Storage::Unset => None,
            },
            Kind::Container(_) => None,
        }
    }

    /// Asks it to end (SIGTERM) and waits within a bound. If it has not ended by then, it is killed and has no status. None
    /// when it is not running.
    pub async fn stop_gracefully(&mut self) -> Option<ExitedProcess> {
        match &mut self.kind {
            Kind::Process(started) => Some(started.process.take()?.stop().await),
            Kind::Container(container) => container.stop_gracefully().await,
        }
    }

    /// Kills it at once (SIGKILL). None when it is not running.
    pub async fn kill(&mut self) -> Option<ExitedProcess> {
        match &mut self.kind {
            Kind::Process(started) => Some(started.process.take()?.kill().await),
            Kind::Container(container) => container.kill().await,
        }
    }

    /// Kills it (SIGKILL) after that delay, whatever it is doing then.
    pub async fn kill_in(&mut self, delay: Duration) -> Option<ExitedProcess> {
        tokio::time::sleep(delay).await;
        self.kill().await
    }

    /// Lets it stand still for that time. Returns whether it did, as a process does that runs.
    pub async fn freeze(&self, time: Duration) -> bool {
        match &self.kind {
            Kind::Process(started) => match &started.process {
                Some(process) => process.freeze(time).await,
                None => return false,
            },
            Kind::Container(_) => return false,
        }
        true
    }

    /// Starts it again on the same store, after it was stopped or killed, and waits until it answers.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_again(&mut self) -> Result<(), StartError> {
        match &mut self.kind {
            Kind::Process(started) => {
                started.process = None;
                let (base, process) = started.launcher.start(&started.launch).await?;
                (self.base, started.process) = (base, Some(process));
            }
            Kind::Container(container) => self.base = container.start_again().await?,
        }
        Ok(())
    }

    /// Stops it and removes its store.
    pub async fn stop(mut self) {
        self.stop_gracefully().await;
    }
}
