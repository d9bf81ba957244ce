//! Servers that cases start themselves, each on its own store.

use std::path::PathBuf;

use crate::prelude::*;
use syncproof_harness::client::Client;
use syncproof_harness::credential::Identity;
use syncproof_harness::targets::{
    CANNOT_START, ExitedProcess, Launcher, ManagedServer, Process, StartError, StartOptions,
};

/// A temporary folder, and the launcher that starts servers on files in it.
pub(crate) struct ServerFixture {
    pub(crate) launcher: Launcher,
    folder: tempfile::TempDir,
}

impl ServerFixture {
    /// A new folder. Skips the case where the suite does not start the target by a command, or where its address is fixed.
    pub(crate) fn new(context: &Context) -> Checked<Self> {
        let launcher = context.target().launcher.clone().filter(|launcher| launcher.fixed_base.is_none());
        let launcher = launcher.ok_or_else(|| Stop::Skipped(CANNOT_START.to_owned()))?;
        let folder = tempfile::tempdir().map_err(|error| Stop::Skipped(format!("no temporary folder: {error}")))?;
        Ok(ServerFixture { launcher, folder })
    }

    /// The path of the file of that name in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The server has to refuse to start and exit by itself with a status that is not 0. Returns its output.
    pub(crate) async fn refuses(
        &self,
        launch: &StartOptions,
        requirement: &'static str,
        what: &str,
    ) -> Checked<String> {
        let fails = |actual: String| {
            let message = format!("a server started {what} does not refuse to start");
            Stop::from(Failure::new(requirement, message, "an exit with a status that is not 0", actual))
        };
        match self.launcher.start(launch).await {
            Ok((_, process)) => Err(fails(format!("it serves; its output: {}", process.stop().await.output.trim()))),
            Err(StartError::ExitedProcess(ExitedProcess { status: Some(status), output, .. })) if !status.success() => {
                Ok(output)
            }
            Err(other) => Err(fails(other.to_string())),
        }
    }

    /// As [`ServerFixture::refuses`], with an error message in the output.
    pub(crate) async fn refuses_with_error(
        &self,
        launch: &StartOptions,
        requirement: &'static str,
        what: &str,
    ) -> Checked {
        let output = self.refuses(launch, requirement, what).await?;
        if !output.trim().is_empty() {
            return Ok(());
        }
        let message = format!("a server started {what} refuses to start without saying why");
        Err(Failure::new(requirement, message, "an error message", "no output").into())
    }

    /// The server has to start and answer.
    pub(crate) async fn serves(
        &self,
        launch: &StartOptions,
        requirement: &'static str,
        what: &str,
    ) -> Checked<(String, Process)> {
        self.launcher.start(launch).await.map_err(|reason| does_not_serve(requirement, what, &reason))
    }
}

/// The failure of a server that does not start.
pub(crate) fn does_not_serve(requirement: &'static str, what: &str, reason: &StartError) -> Stop {
    let message = format!("a server started {what} does not serve");
    Failure::new(requirement, message, "a server that answers", reason.to_string()).into()
}

/// Fails unless the output has one of these words, in upper or lower case.
pub(crate) fn output_names(output: &str, names: &[&str], requirement: &'static str, message: &str) -> Checked {
    let lower = output.to_lowercase();
    if names.iter().any(|name| lower.contains(&name.to_lowercase())) {
        return Ok(());
    }
    Err(Failure::new(requirement, message, names.join(" or "), output.trim().to_owned()).into())
}

/// A server of the same kind as the target, for this case alone. Skips the case where the suite cannot start one.
pub(crate) async fn server(context: &Context, requirement: &'static str) -> Checked<ManagedServer> {
    let started = context.target().start_another().await;
    let started = started.ok_or_else(|| Stop::Skipped(CANNOT_START.to_owned()))?;
    started.map_err(|reason| does_not_serve(requirement, "on a new store", &reason))
}

/// Starts the server again on the same store.
pub(crate) async fn start_again(server: &mut ManagedServer, requirement: &'static str) -> Checked {
    let started = server.start_again().await;
    started.map_err(|reason| does_not_serve(requirement, "again on the same store", &reason))
}

/// Several servers on one store: those of the target, or processes that the case started.
pub(crate) struct Instances {
    /// Their addresses, at least two.
    pub(crate) bases: Vec<String>,
    servers: Vec<ManagedServer>,
    _folder: Option<tempfile::TempDir>,
}

impl Instances {
    /// The instances of the target, or new ones. Skips the case where there are not several.
    pub(crate) async fn open(context: &Context, requirement: &'static str) -> Checked<Self> {
        let target = context.target();
        if !target.controls.siblings.is_empty() {
            let bases = std::iter::once(&target.base).chain(&target.controls.siblings).cloned().collect();
            return Ok(Instances { bases, servers: Vec::new(), _folder: None });
        }
        if target.controls.instances < 2 {
            return Err(Stop::Skipped("the target has one address, and the suite starts one instance".into()));
        }
        let fixture = ServerFixture::new(context)?;
        let mut servers = Vec::new();
        for number in 1..=target.controls.instances {
            let started = ManagedServer::start_on(&fixture.launcher, &fixture.path("shared.sqlite")).await;
            let what = format!("as number {number} on one store");
            servers.push(started.map_err(|reason| does_not_serve(requirement, &what, &reason))?);
        }
        let bases = servers.iter().map(|server| server.base().to_owned()).collect();
        Ok(Instances { bases, servers, _folder: Some(fixture.folder) })
    }

    /// Skips the case where only a hook can add members, and the instances are not on the target's store.
    pub(crate) fn can_invite(&self, context: &Context) -> Checked {
        if self.servers.is_empty() || context.has(Capability::Members) {
            return Ok(());
        }
        Err(Stop::Skipped("the hook add_member works on the target's own store only".to_owned()))
    }

    /// An address for that number; numbers go round the instances.
    pub(crate) fn base(&self, number: usize) -> &str {
        &self.bases[number % self.bases.len()]
    }

    /// So many copies of the client, which go round the instances.
    pub(crate) fn spread(&self, client: &Client, count: usize) -> Checked<Vec<Client>> {
        (0..count).map(|number| client.at(self.base(number)).map_err(Stop::Skipped)).collect()
    }

    /// A user whom the target has never seen, with a client at each instance.
    pub(crate) async fn newcomer(&self, context: &Context) -> Checked<(Identity, Vec<Client>)> {
        let (identity, client) = context.newcomer("newcomer").await?;
        Ok((identity, self.spread(&client, self.bases.len())?))
    }
}
