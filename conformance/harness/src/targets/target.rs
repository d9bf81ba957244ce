//! A server under test, and what the suite can do to it.

use std::path::PathBuf;

use super::hook::Hooks;
use super::image::Image;
use super::launcher::{Launcher, StartError};
use super::managed_server::ManagedServer;
use crate::tls::Tls;
use syncproof_protocol::capability::Capabilities;

/// A server under test.
#[derive(Debug)]
pub struct Target {
    /// Scheme, host and port, without a slash at the end.
    pub base: String,
    /// Which of its certificates are accepted.
    pub tls: Tls,
    /// What it can do, and what the suite can do to it.
    pub capabilities: Capabilities,
    /// Those of which a probe could not tell whether it has them: the cases that need them are not judged.
    pub undecided: Capabilities,
    /// The tables of which it refuses or hides the deletes, as a probe has seen, while it takes and shows those of others.
    pub tables_apart: Vec<&'static str>,
    /// How to start servers of its kind, if the suite starts them.
    pub launcher: Option<Launcher>,
    /// What else the suite can do to it.
    pub controls: TargetControls,
    /// Its name in reports.
    pub description: String,
    /// The flags of `syncproof run` that reach it again.
    pub flags: Vec<String>,
}

/// What the suite can do to a target apart from calling it and starting more servers of its kind.
#[derive(Debug, Clone, Default)]
pub struct TargetControls {
    /// Addresses of other running processes on the same store.
    pub siblings: Vec<String>,
    /// How many processes a case may start on one store. Cases about instances need at least 2.
    pub instances: usize,
    /// The image of the container that is the target, and the secret that it is given.
    pub image: Option<(Image, Option<String>)>,
    /// The database of the target, where the suite chose it.
    pub database: Option<PathBuf>,
    /// Commands of the operator.
    pub hooks: Hooks,
}

/// Why a case is skipped that needs a server of its own.
pub const CANNOT_START: &str = "the suite cannot start a server of its own beside this target";

impl Target {
    /// Whether the suite can start another server of this kind.
    #[must_use]
    pub fn starts_others(&self) -> bool {
        self.controls.image.is_some() || self.free_launcher().is_some()
    }

    /// Starts another server of this kind, with its own store. None when the suite cannot.
    pub async fn start_another(&self) -> Option<Result<ManagedServer, StartError>> {
        if let Some((image, secret)) = &self.controls.image {
            return Some(ManagedServer::start_image(image, secret.as_deref()).await);
        }
        Some(ManagedServer::start(self.free_launcher()?).await)
    }

    /// What launches servers that choose their own address.
    fn free_launcher(&self) -> Option<&Launcher> {
        self.launcher.as_ref().filter(|launcher| launcher.fixed_base.is_none())
    }

    /// The path of the target's database, for a hook; empty where the suite does not know it.
    #[must_use]
    pub fn database(&self) -> String {
        self.controls.database.as_ref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
    }
}
