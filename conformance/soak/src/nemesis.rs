//! The nemesis: what goes wrong in a round, and the server that it goes wrong with.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::plan::{Faults, Plan};
use crate::shift::Shift;
use crate::tape::Tape;
use syncproof_campaign::TargetHandle;
use syncproof_harness::client::Client;
use syncproof_harness::fault::Network;
use syncproof_harness::targets::{ManagedServer, Target};
use syncproof_protocol::capability::Capability;
use tempfile::TempDir;

/// The share of exchanges that a bad network disturbs.
const DISTURBED: f64 = 0.08;
/// The times between two faults of the process, in milliseconds.
const BETWEEN_MS: std::ops::Range<u64> = 150..700;
/// How long a process stands still, in milliseconds.
const FROZEN_MS: std::ops::Range<u64> = 20..300;
/// What a kill is called in a history.
const KILL: &str = "kill";
/// What a standstill is called.
const FREEZE: &str = "freeze";

/// What goes wrong in a round.
pub(crate) struct Nemesis {
    /// The server of this round alone, if processes are to fail.
    server: Option<ManagedServer>,
    network: Option<Network>,
    /// Several processes on one store for this round alone, if nothing goes wrong in it.
    instances: Option<Instances>,
    seed: u64,
}

/// Several processes on one store, in a folder that is removed with them.
struct Instances {
    servers: Vec<ManagedServer>,
    folder: TempDir,
}

impl Instances {
    /// As many as the target says, if the suite can start them.
    async fn of(target: &Target) -> Result<Option<Self>, String> {
        let count = target.controls.instances;
        let Some(launcher) = target.launcher.as_ref().filter(|launcher| count > 1 && !launcher.fixes_database()) else {
            return Ok(None);
        };
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut servers = Vec::new();
        for _ in 0..count {
            let started = ManagedServer::start_on(launcher, &folder.path().join("shared.sqlite")).await;
            servers.push(started.map_err(|reason| format!("another instance does not start: {reason}"))?);
        }
        Ok(Some(Instances { servers, folder }))
    }
}

impl Nemesis {
    /// What the plan asks for, as far as the target allows it.
    ///
    /// # Errors
    /// When another server of the target's kind does not start, or no proxy can be opened.
    pub(crate) async fn new(handle: &TargetHandle, plan: &Plan) -> Result<Self, String> {
        let Faults { network, process } = plan.faults;
        // A server that keeps nothing over a restart, and does not say that it does, is not blamed for it.
        let process = process && Capability::Restart.is_met_by(handle.capabilities());
        let none = Nemesis { server: None, network: None, instances: None, seed: plan.seed };
        let Some(run) = handle.run() else { return Ok(none) };
        if !network && !process {
            return Ok(Nemesis { instances: Instances::of(&run.target).await?, ..none });
        }
        let server = match process.then(|| run.target.start_another()) {
            Some(starting) => starting
                .await
                .transpose()
                .map_err(|reason| format!("another server of this kind does not start: {reason}"))?,
            None => None,
        };
        let base = server.as_ref().map_or(run.target.base.as_str(), ManagedServer::base);
        // A server that comes back has another address, which only a proxy hides from clients.
        let share = if network { DISTURBED } else { 0.0 };
        let network = Network::start(base, &run.target.tls, share, plan.seed).await?;
        Ok(Nemesis { server, network: Some(network), ..none })
    }

    /// The client, led through what goes wrong, or to the first of several instances.
    ///
    /// # Errors
    /// When the HTTP library cannot be set up.
    pub(crate) fn lead(&self, client: Client) -> Result<Client, String> {
        let first = self.instances.as_ref().and_then(|instances| instances.servers.first());
        match self.network.as_ref().map(Network::base).or(first.map(ManagedServer::base)) {
            Some(base) => client.at(base),
            None => Ok(client),
        }
    }

    /// Whether nothing goes wrong.
    pub(crate) fn is_absent(&self) -> bool {
        self.server.is_none() && self.network.is_none()
    }

    /// The addresses over which clients spread: those of all instances, as long as nothing goes wrong between them and clients.
    pub(crate) fn instances(&self, handle: &TargetHandle) -> Vec<String> {
        if let Some(instances) = &self.instances {
            return instances.servers.iter().map(|server| server.base().to_owned()).collect();
        }
        let Some(run) = handle.run().filter(|_| self.network.is_none()) else { return Vec::new() };
        std::iter::once(&run.target.base).chain(&run.target.controls.siblings).cloned().collect()
    }

    /// Kills the server and starts it again, or lets it stand still, until the round settles.
    ///
    /// # Errors
    /// When it does not start again.
    pub(crate) async fn strike(&mut self, shift: &Shift, tape: &Arc<Tape>) -> Result<(), String> {
        let (Some(server), Some(network)) = (&mut self.server, &self.network) else { return Ok(()) };
        let mut random = StdRng::seed_from_u64(self.seed);
        while shift.goes_on() {
            tokio::time::sleep(Duration::from_millis(random.random_range(BETWEEN_MS))).await;
            let began = tape.now();
            if random.random_bool(0.3) && server.freeze(Duration::from_millis(random.random_range(FROZEN_MS))).await {
                tape.record_fault(FREEZE, began);
                continue;
            }
            server.kill().await;
            server.start_again().await.map_err(|reason| format!("it does not start again after a kill: {reason}"))?;
            network.lead_to(server.base())?;
            tape.record_fault(KILL, began);
        }
        Ok(())
    }

    /// Ends the server of this round.
    pub(crate) async fn end(self) {
        let instances = self.instances.map(|instances| (instances.servers, instances.folder));
        let (servers, _folder) = instances.map_or((Vec::new(), None), |(servers, folder)| (servers, Some(folder)));
        for server in servers.into_iter().chain(self.server) {
            server.stop().await;
        }
    }
}
