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
    /// The servers of this round alone: one if processes are to fail, several on one store if the target runs as several.
    servers: Vec<ManagedServer>,
    /// The folder of their store, which is removed with them.
    _folder: Option<TempDir>,
    /// A way to each address of the target, if anything is to fail.
    networks: Vec<Network>,
    /// Whether servers are killed.
    kills: bool,
    seed: u64,
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
        let mut nemesis =
            Nemesis { servers: Vec::new(), _folder: None, networks: Vec::new(), kills: false, seed: plan.seed };
        let Some(run) = handle.run() else { return Ok(nemesis) };
        nemesis.start_instances(&run.target).await?;
        if process
            && nemesis.servers.is_empty()
            && let Some(started) =
                run.target.start_another().await.transpose().map_err(|reason| not_started(&reason))?
        {
            nemesis.servers.push(started);
        }
        nemesis.kills = process && !nemesis.servers.is_empty();
        if network || nemesis.kills {
            // A server that comes back has another address, which only a proxy hides from clients.
            let share = if network { DISTURBED } else { 0.0 };
            for base in nemesis.addresses(handle) {
                nemesis.networks.push(Network::start(&base, &run.target.tls, share, plan.seed).await?);
            }
        }
        Ok(nemesis)
    }

    /// As many processes on one new store as the target says, if the suite can start them.
    async fn start_instances(&mut self, target: &Target) -> Result<(), String> {
        let count = target.controls.instances;
        let Some(launcher) = target.launcher.as_ref().filter(|launcher| count > 1 && !launcher.fixes_database()) else {
            return Ok(());
        };
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        for _ in 0..count {
            let started = ManagedServer::start_on(launcher, &folder.path().join("shared.sqlite")).await;
            self.servers.push(started.map_err(|reason| not_started(&reason))?);
        }
        self._folder = Some(folder);
        Ok(())
    }

    /// The client, led through what goes wrong, or to the first of the servers of this round.
    ///
    /// # Errors
    /// When the HTTP library cannot be set up.
    pub(crate) fn lead(&self, client: Client) -> Result<Client, String> {
        let first = self.servers.first().map(ManagedServer::base);
        match self.networks.first().map(Network::base).or(first) {
            Some(base) => client.at(base),
            None => Ok(client),
        }
    }

    /// Whether nothing goes wrong.
    pub(crate) fn is_absent(&self) -> bool {
        self.networks.is_empty()
    }

    /// The addresses over which clients spread, those of the ways through what goes wrong if there are any.
    pub(crate) fn addresses(&self, handle: &TargetHandle) -> Vec<String> {
        if !self.networks.is_empty() {
            return self.networks.iter().map(|network| network.base().to_owned()).collect();
        }
        if !self.servers.is_empty() {
            return self.servers.iter().map(|server| server.base().to_owned()).collect();
        }
        let Some(run) = handle.run() else { return Vec::new() };
        std::iter::once(&run.target.base).chain(&run.target.controls.siblings).cloned().collect()
    }

    /// Kills one server after the other and starts it again, or lets it stand still, until the round settles.
    ///
    /// # Errors
    /// When one does not start again.
    pub(crate) async fn strike(&mut self, shift: &Shift, tape: &Arc<Tape>) -> Result<(), String> {
        if !self.kills {
            return Ok(());
        }
        let mut random = StdRng::seed_from_u64(self.seed);
        while shift.goes_on() {
            tokio::time::sleep(Duration::from_millis(random.random_range(BETWEEN_MS))).await;
            let place = random.random_range(0..self.servers.len());
            let (server, began) = (&mut self.servers[place], tape.now());
            if random.random_bool(0.3) && server.freeze(Duration::from_millis(random.random_range(FROZEN_MS))).await {
                tape.record_fault(FREEZE, began);
                continue;
            }
            server.kill().await;
            server.start_again().await.map_err(|reason| format!("it does not start again after a kill: {reason}"))?;
            self.networks[place].lead_to(server.base())?;
            tape.record_fault(KILL, began);
        }
        Ok(())
    }

    /// Ends the servers of this round.
    pub(crate) async fn end(self) {
        for server in self.servers {
            server.stop().await;
        }
    }
}

fn not_started(reason: &impl std::fmt::Display) -> String {
    format!("another server of this kind does not start: {reason}")
}
