//! A server under test, and what the suite can do to it.

use std::path::PathBuf;

use super::hook::Hooks;
use super::image::Image;
use super::launcher::{Launcher, StartError};
use super::managed_server::ManagedServer;
use syncproof_protocol::capability::Capabilities;

/// A server under test.
#[derive(Debug)]
pub struct Target {
    /// Scheme, host and port, without a slash at the end.
    pub base: String,
    /// What it can do, and what can be done to it.
    pub capabilities: Capabilities,
    /// How to start servers of its kind, when the suite starts them.
    pub launcher: Option<Launcher>,
    /// What else the suite can do to it.
    pub controls: TargetControls,
    /// What reports call it.
    pub description: String,
    /// What to add to `syncproof run` to reach it again.
    pub flags: Vec<String>,
}

/// What the suite can do to a target beside calling it and starting more of its kind.
#[derive(Debug, Clone, Default)]
pub struct TargetControls {
    /// Addresses of other processes on the same store that run already.
    pub siblings: Vec<String>,
    /// How many processes a case may start on one store of its own; fewer than 2 are no instances.
    pub instances: usize,
    /// The image that the target is a container of, with the secret that it is given.
    pub image: Option<(Image, Option<String>)>,
    /// The database of the target itself, where the suite chose it.
    pub database: Option<PathBuf>,
    /// The operator's commands.
    pub hooks: Hooks,
}

impl Target {
    /// Starts one more server of this kind, on a store of its own. None when the suite has no means to.
    pub async fn start_another(&self) -> Option<Result<ManagedServer, StartError>> {
        if let Some((image, secret)) = &self.controls.image {
            return Some(ManagedServer::start_image(image, secret.as_deref()).await);
        }
        let launcher = self.launcher.as_ref().filter(|launcher| launcher.fixed_base.is_none())?;
        Some(ManagedServer::start(launcher).await)
    }

    /// The path of the target's own database as a hook is given it; empty where the suite does not know it.
    #[must_use]
    pub fn database(&self) -> String {
        self.controls.database.as_ref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
    }
}
